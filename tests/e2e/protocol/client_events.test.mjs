// SPDX-License-Identifier: MIT

// Client events (whispers): §7 of the WebSocket protocol, §7 of Reverb's configuration.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile, REVERBS_CLIENT_EVENTS } from '../support/apps.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({
  all: { accept_client_events_from: 'all', client_events_on_public: true },
  plain: {},
  none: { accept_client_events_from: 'none' },
  'not-public': { client_events_on_public: false },
  'not-public-all': { client_events_on_public: false, accept_client_events_from: 'all' },
  rated: { client_events_on_public: true, client_events_per_second: 2 },
});
const OFF = { code: 4301, message: 'The app does not have client messaging enabled.' };
const NOT_A_MEMBER = {
  code: 4009,
  message: 'The client is not a member of the specified channel.',
};
const memberOf = (channel, id) =>
  channel.startsWith('presence-') ? JSON.stringify({ user_id: id }) : undefined;

withStack(
  'client events',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name) => PusherSocket.connect(name ? apps.env(stack, name) : stack.env);

    /** So many sockets in the channel. */
    async function gather(count, channel, name) {
      const sockets = [];
      for (let number = 1; number <= count; number++) {
        const socket = await connect(name);
        await socket.join(channel, memberOf(channel, String(number)));
        sockets.push(socket);
      }
      return sockets;
    }

    /** Sends this text; the messages that `listener` gets from it, as they came. */
    async function passedOn(sender, listener, text) {
      const before = listener.texts.length;
      sender.ws.send(text);
      await sender.settled();
      await listener.settled();
      return listener.texts.slice(before, -1);
    }
    const whisper = (channel, more) =>
      JSON.stringify({ event: 'client-said', data: { n: 1 }, channel, ...more });

    // --- §7.1 Request and delivery -----------------------------------------------------------------

    for (const channel of [
      'private-x',
      'private-encrypted-x',
      'private-cache-x',
      'news',
      'cache-x',
    ]) {
      test(`§7.1 to every other socket of ${channel}, never to the sender`, async () => {
        const [ana, beto, carla] = await gather(3, channel);
        ana.ws.send(whisper(channel));
        await ana.settled();
        const expected = { event: 'client-said', channel, data: { n: 1 } };
        for (const socket of [beto, carla])
          assert.deepEqual(await socket.heard(/^client-/), [expected]);
        assert.deepEqual(await ana.heard(/^(client-.*|pusher:error)$/), []);
      });
    }

    test("§7.1 on a presence channel with the member's user_id, a string", async () => {
      const channel = 'presence-x';
      const [, beto] = await gather(2, channel);
      const carla = await connect();
      await carla.join(channel, '{"user_id":9}');
      carla.ws.send(whisper(channel));
      await carla.settled();
      const said = { event: 'client-said', channel, data: { n: 1 }, user_id: '9' };
      assert.deepEqual(await beto.heard(/^client-/), [said]);
    });

    test('§7.1 nobody outside the channel hears it', async () => {
      const [ana] = await gather(2, 'news');
      const [stranger] = await gather(1, 'other');
      assert.deepEqual(await passedOn(ana, stranger, whisper('news')), []);
    });

    // --- §7.2 Rules --------------------------------------------------------------------------------

    test('§7.2 accept_client_events_from=none: 4301, nobody gets it, the socket stays', async () => {
      const [ana, beto] = await gather(2, 'private-x', 'none');
      assert.deepEqual(await passedOn(ana, beto, whisper('private-x')), []);
      assert.deepEqual(await ana.nextError(), OFF);
    });

    for (const channel of ['news', 'private-x', 'presence-x']) {
      test(`§7.2 a non-member's client event to ${channel}: 4009`, async () => {
        const [ana] = await gather(1, channel);
        const stranger = await connect();
        assert.deepEqual(await passedOn(stranger, ana, whisper(channel)), []);
        assert.deepEqual(await stranger.nextError(), NOT_A_MEMBER);
      });
    }

    test('§7.2 also to a channel that nobody is in, or that has been left: 4009', async () => {
      const [ana] = await gather(1, 'news');
      ana.ws.send(whisper('empty'));
      assert.deepEqual(await ana.nextError(), NOT_A_MEMBER);
      ana.send('pusher:unsubscribe', { channel: 'news' });
      ana.ws.send(whisper('news'));
      assert.deepEqual(await ana.nextError(), NOT_A_MEMBER);
    });

    test('§7.2 a name without client- is ignored, by members too', async () => {
      const [ana, beto] = await gather(2, 'news');
      for (const event of ['said', 'Client-said', 'xclient-said', 'client', 'clients-x']) {
        assert.deepEqual(await passedOn(ana, beto, whisper('news', { event })), [], event);
      }
      assert.deepEqual(await ana.heard(/error/), []);
    });

    for (const name of ['not-public', 'not-public-all']) {
      test(`§7.2 client_events_on_public=off, ${name}: public channels alone are refused`, async () => {
        for (const channel of ['news', 'cache-x']) {
          const [ana, beto] = await gather(2, channel, name);
          assert.deepEqual(await passedOn(ana, beto, whisper(channel)), []);
          assert.equal((await ana.nextError()).code, 4301);
        }
        for (const channel of ['private-x', 'presence-x', 'private-encrypted-x']) {
          const [ana, beto] = await gather(2, channel, name);
          assert.equal((await passedOn(ana, beto, whisper(channel))).length, 1);
        }
      });
    }

    test('§7.2 beyond the rate: dropped with 4301, the others arrive, the socket stays', async () => {
      const sent = 50;
      const [ana, beto] = await gather(2, 'news', 'rated');
      for (let n = 0; n < sent; n++) ana.ws.send(whisper('news', { data: n }));
      const refused = await ana.heard(/^pusher:error$/);
      const arrived = await beto.heard(/^client-said$/);
      const why = { code: 4301, message: 'Client event rejected due to rate limit' };
      assert.ok(refused.length > 0);
      assert.deepEqual(refused[0].data, why);
      assert.equal(refused.length + arrived.length, sent);
      assert.deepEqual(
        arrived.slice(0, 2).map(({ data }) => data),
        [0, 1],
      );
    });

    test("§7.2 the rate is each connection's own, and 0 is none", async () => {
      const [ana, beto, carla] = await gather(3, 'news', 'rated');
      for (const socket of [ana, beto]) {
        for (const n of [1, 2]) socket.ws.send(whisper('news', { data: n }));
        assert.deepEqual(await socket.heard(/error/), []);
      }
      assert.equal((await carla.heard(/^client-/)).length, 4);

      const [dora, ester] = await gather(2, 'news');
      for (let n = 0; n < 200; n++) dora.ws.send(whisper('news', { data: n }));
      await dora.settled();
      const numbers = (await ester.heard(/^client-/)).map(({ data }) => data);
      assert.deepEqual(
        numbers,
        Array.from({ length: 200 }, (_, n) => n),
      );
    });

    test('§7.2 by default not on public channels, and ten a second', async () => {
      const [ana, beto] = await gather(2, 'news', 'plain');
      assert.deepEqual(await passedOn(ana, beto, whisper('news')), []);
      assert.equal((await ana.nextError()).code, 4301);

      const [dora, ester] = await gather(2, 'private-x', 'plain');
      for (let n = 0; n < 100; n++) dora.ws.send(whisper('private-x', { data: n }));
      const refused = (await dora.heard(/^pusher:error$/)).map(({ data }) => data.message);
      const arrived = (await ester.heard(/^client-/)).map(({ data }) => data);
      assert.deepEqual(arrived.slice(0, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.equal(refused[0], 'Client event rejected due to rate limit');
      assert.equal(arrived.length + refused.length, 100);
    });

    // --- §7.3 all ----------------------------------------------------------------------------------

    test('§7.3 all: a stranger may send, without the user_id that it claims', async () => {
      for (const channel of ['news', 'private-x', 'presence-x']) {
        const [ana] = await gather(1, channel, 'all');
        const stranger = await connect('all');
        const forged = whisper(channel, { user_id: '1', socket_id: ana.id, more: 1 });
        const [text, ...rest] = await passedOn(stranger, ana, forged);
        assert.deepEqual(JSON.parse(text), { event: 'client-said', channel, data: { n: 1 } });
        assert.deepEqual(rest, []);
      }
    });

    test('§7.3 all: a channel that nobody is in is no error', async () => {
      const stranger = await connect('all');
      stranger.ws.send(whisper('empty'));
      assert.deepEqual(await stranger.heard(), []);
    });

    test('§7.3 only event, channel, data and the verified user_id are passed on', async () => {
      const [ana, beto] = await gather(2, 'presence-x');
      const [text] = await passedOn(ana, beto, whisper('presence-x', { user_id: '2', more: 1 }));
      const said = { event: 'client-said', channel: 'presence-x', data: { n: 1 }, user_id: '1' };
      assert.deepEqual(JSON.parse(text), said);
    });

    // --- §7.4 Data ---------------------------------------------------------------------------------

    const VALUES = [
      '{}',
      '[]',
      '{"z":1.0,"a":9007199254740993,"10":-0,"e":1E400}',
      '"text"',
      '"{\\"a\\":1}"',
      '"\\u00eb\\/ñ💸\\u2028"',
      '""',
      '7',
      'true',
      'null',
      '{ "spaces" : [ 1 ,2 ] }',
    ];
    for (const value of VALUES) {
      test(`§7.4 data is passed on as it was sent: ${value}`, async () => {
        const [ana, beto] = await gather(2, 'private-x');
        const sent = `{"data":${value},"event":"client-said","channel":"private-x"}`;
        const [text] = await passedOn(ana, beto, sent);
        assert.equal(text, `{"event":"client-said","channel":"private-x","data":${value}}`);
      });
    }

    test('§7.4 missing data becomes null', async () => {
      const [ana, beto] = await gather(2, 'private-x');
      const [text] = await passedOn(ana, beto, whisper('private-x', { data: undefined }));
      assert.equal(text, '{"event":"client-said","channel":"private-x","data":null}');
    });

    test('§2.2 an event name of any characters is passed on', async () => {
      const [ana, beto] = await gather(2, 'private-x');
      const event = 'client-\\ "ñ💸"\u2028\u0000\n/';
      const [text] = await passedOn(ana, beto, whisper('private-x', { event }));
      assert.equal(JSON.parse(text).event, event);
    });
  },
  { settings: { ...apps.settings, ...REVERBS_CLIENT_EVENTS } },
);
