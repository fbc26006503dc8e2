// SPDX-License-Identifier: MIT

// Single messages: §2 (envelope), §3.1 (ping) and §4.5 (malformed input) of the WebSocket protocol.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile, REVERBS_CLIENT_EVENTS } from '../support/apps.mjs';
import { within } from '../support/inbox.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({
  small: { max_message_size: 100 },
  large: { max_message_size: 20000, client_events_on_public: true },
});
const MALFORMED = { code: 4200, message: 'Invalid message format' };
const MAX_DATA = 10240;

withStack(
  'messages',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name) => PusherSocket.connect(name ? apps.env(stack, name) : stack.env);

    /** What the server says to this text before it answers a ping; the socket must stay. */
    async function answersTo(text) {
      const socket = await connect();
      socket.ws.send(text);
      return (await socket.heard()).map(({ event, data }) => (data ? [event, data] : [event]));
    }
    const subscribeTo = (channel, more) =>
      JSON.stringify({ event: 'pusher:subscribe', data: { channel, ...more } });
    const SUCCEEDED = [['pusher_internal:subscription_succeeded', {}]];

    // --- §2.1 Double encoding ----------------------------------------------------------------------

    test('§2.1 what the server sends, to the letter', async () => {
      const socket = await connect();
      await socket.join('news');
      socket.ws.send('nonsense');
      await socket.settled();
      assert.deepEqual(
        socket.texts.slice(1).map((text) => JSON.parse(text)),
        [
          { event: 'pusher_internal:subscription_succeeded', data: '{}', channel: 'news' },
          { event: 'pusher:error', data: MALFORMED },
          { event: 'pusher:pong', data: '{}' },
        ],
      );
    });

    test('§2.1 data of subscribe, unsubscribe and signin may be a string of JSON', async () => {
      const [ana, beto] = [await connect(), await connect()];
      await ana.join('news');
      beto.send('pusher:subscribe', JSON.stringify({ channel: 'news', auth: '' }));
      await beto.next('pusher_internal:subscription_succeeded');
      ana.send('client-first', 1, { channel: 'news' });
      await ana.settled();
      beto.send('pusher:unsubscribe', JSON.stringify({ channel: 'news' }));
      await beto.settled();
      ana.send('client-second', 2, { channel: 'news' });
      await ana.settled();
      beto.send('pusher:signin', JSON.stringify({ auth: 'x', user_data: '{}' }));

      assert.equal((await beto.nextError()).code, 4009);
      assert.deepEqual(
        (await beto.heard(/^client-/)).map(({ event }) => event),
        ['client-first'],
      );
    });

    // --- §2.2 JSON and bytes -----------------------------------------------------------------------

    test('§2.2 a binary message counts as text; one that is not UTF-8 is 4200', async () => {
      assert.deepEqual(await answersTo(Buffer.from(subscribeTo('news'))), SUCCEEDED);
      assert.deepEqual(await answersTo(Buffer.from([0x7b, 0xff, 0x7d])), [
        ['pusher:error', MALFORMED],
      ]);
    });

    test('§2.2 a text message that is not UTF-8: Close 1007', async () => {
      const socket = await connect();
      socket.ws.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
      assert.equal((await socket.ended()).code, 1007);
    });

    test('§2.2 fragments are put together', async () => {
      const socket = await connect();
      const text = subscribeTo('news');
      socket.ws.send(text.slice(0, 9), { fin: false });
      socket.ws.send(text.slice(9, 20), { fin: false });
      socket.ws.send(text.slice(20), { fin: true });
      await socket.next('pusher_internal:subscription_succeeded');
    });

    // --- §2.3 Sizes --------------------------------------------------------------------------------

    for (const [name, size] of [
      ['small', 100],
      ['large', 20000],
    ]) {
      test(`§2.3 the application's own limit: ${size} bytes pass, one more is Close 1009`, async () => {
        const frame = (filler) => JSON.stringify({ event: 'pusher:ping', data: { filler } });
        const largest = frame('x'.repeat(size - frame('').length));
        const socket = await connect(name);
        socket.ws.send(largest);
        await socket.next('pusher:pong');
        socket.ws.send(`${largest} `);
        const tooLarge = { code: 1009, reason: 'Maximum message size exceeded' };
        assert.deepEqual(await socket.ended(), tooLarge);
        assert.equal(
          socket.texts.some((text) => text.includes('pusher:error')),
          false,
        );
      });
    }

    test('§2.3 a channel name of 200 bytes passes, 201 are 4300', async () => {
      assert.deepEqual(await answersTo(subscribeTo('c'.repeat(200))), SUCCEEDED);
      const [[event, { code }]] = await answersTo(subscribeTo('c'.repeat(201)));
      assert.deepEqual([event, code], ['pusher:error', 4300]);
    });

    test('§2.3 an event name is counted in characters, data in bytes', async () => {
      const socket = await connect('large');
      await socket.join('news');
      const whisper = (event, data) => socket.send(event, data, { channel: 'news' });
      whisper(`client-${'ñ'.repeat(193)}`, 1);
      whisper('client-a', 'x'.repeat(MAX_DATA - 2));
      assert.deepEqual(await socket.heard(/error/), []);
      whisper(`client-${'ñ'.repeat(194)}`, 1);
      assert.match((await socket.nextError()).message, /^Event name is too long/);
      whisper('client-a', 'x'.repeat(MAX_DATA - 1));
      assert.match((await socket.nextError()).message, /less than 10 KB/);
      whisper('client-a', 'ñ'.repeat(MAX_DATA / 2));
      assert.match((await socket.nextError()).message, /less than 10 KB/);
    });

    // --- §3.1 Ping and pong ------------------------------------------------------------------------

    const PINGS = ['', ',"data":{}', ',"data":""', ',"data":"{}"', ',"data":null', ',"data":7'];
    for (const data of [...PINGS, ',"data":"x"', ',"data":[1]', ',"channel":"news"']) {
      test(`§3.1 a ping is answered whatever its data: {…${data}}`, async () => {
        const socket = await connect();
        socket.ws.send(`{"event":"pusher:ping"${data}}`);
        await socket.next('pusher:pong');
        assert.equal(socket.texts.at(-1), '{"event":"pusher:pong","data":"{}"}');
      });
    }

    test('§3.1 a Ping frame is answered with its own bytes', async () => {
      const socket = await connect();
      const pong = new Promise((resolve) => socket.ws.once('pong', resolve));
      socket.ws.ping('abc');
      assert.equal((await within(pong, 'a Pong frame')).toString(), 'abc');
    });

    test('§3.1 pusher:pong gets no answer', async () => {
      assert.deepEqual(await answersTo('{"event":"pusher:pong","data":{}}'), []);
    });

    // --- §4.5 Malformed input ----------------------------------------------------------------------

    const nested = (levels) =>
      `{"event":"client-x","channel":"c","data":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const event = (name, more) => JSON.stringify({ event: name, ...more });
    const INVALID = {
      'not JSON': ['x', '{', '{"event":"pusher:ping"', "{'event':'pusher:ping'}", ''],
      'no object': ['[]', '"pusher:ping"', '7', 'null', 'true'],
      'no usable event': ['{}', event(''), event(7), event(null), event({}), event(['x'])],
      'an unknown pusher: event': [event('pusher:unknown'), event('pusher:'), event('pusher:Ping')],
      'the greeting from a client': [event('pusher:connection_established', { data: '{}' })],
      'another event without a channel': [
        event('news'),
        event('client-x'),
        event('pusher_internal:x'),
      ],
      'another event whose channel is no string': [
        event('client-x', { channel: 7 }),
        event('news', { channel: null }),
      ],
      'another case of a pusher: event, without a channel': [event('PUSHER:PING')],
      'a byte order mark': [`\ufeff${event('pusher:ping')}`],
      'trailing bytes': [`${event('pusher:ping')}x`, `${event('pusher:ping')}{}`],
      'a lone surrogate': ['{"event":"client-x","channel":"c","data":"\\ud800"}'],
      'a raw control character in a string': ['{"event":"client-x","channel":"c","data":"\u0001"}'],
      'deep nesting': [nested(600)],
    };
    for (const command of ['pusher:subscribe', 'pusher:unsubscribe']) {
      INVALID[`${command} without usable data`] = [undefined, null, 7, 'x', '', [], '[]'].map(
        (data) => event(command, { data }),
      );
      INVALID[`${command} without a usable channel`] = [undefined, null, [], {}, 5, true].map(
        (channel) => event(command, { data: { channel } }),
      );
    }
    INVALID['auth that is a list or an object'] = [
      subscribeTo('private-x', { auth: [] }),
      subscribeTo('news', { auth: {} }),
    ];
    INVALID['channel_data that is no string of a JSON object'] = [
      7,
      true,
      {},
      [],
      'x',
      '[]',
      '7',
    ].map((data) => subscribeTo('presence-x', { auth: '', channel_data: data }));
    for (const [kind, texts] of Object.entries(INVALID)) {
      test(`§4.5 ${kind}: 4200, and the socket stays`, async () => {
        for (const text of texts) {
          assert.deepEqual(await answersTo(text), [['pusher:error', MALFORMED]], text.slice(0, 99));
        }
      });
    }

    test('§4.5 other events of clients are ignored if they are well-formed', async () => {
      for (const name of ['news', 'pusher_internal:member_added', 'PUSHER:PING', 'Client-x'])
        assert.deepEqual(await answersTo(event(name, { channel: 'news', data: {} })), [], name);
    });

    test('§4.5 an empty channel: 4300', async () => {
      const why = { code: 4300, message: 'Invalid channel name' };
      assert.deepEqual(await answersTo(subscribeTo('')), [['pusher:error', why]]);
    });

    test('§4.5 auth that is a scalar counts as absent', async () => {
      const why = { code: 4009, message: 'Connection is unauthorized' };
      for (const auth of [7, true, null]) {
        assert.deepEqual(await answersTo(subscribeTo('news', { auth })), SUCCEEDED);
        assert.deepEqual(await answersTo(subscribeTo('private-x', { auth })), [
          ['pusher:error', why],
        ]);
      }
    });

    test('§4.5 the last of equal keys counts', async () => {
      const text =
        '{"event":"x","event":"pusher:subscribe","data":7,"data":{"channel":5,"channel":"news"}}';
      assert.deepEqual(await answersTo(text), SUCCEEDED);
    });

    test('§4.5 500 levels of nesting pass', async () => {
      const [ana, beto] = [await connect(), await connect()];
      for (const socket of [ana, beto]) await socket.join('c');
      ana.ws.send(nested(500));
      await beto.next('client-x');
    });

    test('§4.5 spaces and members of any other name do no harm', async () => {
      const text = `\n { "x" : [1, {"event":"y"}], "event" : "pusher:subscribe",
        "data":{"channel":"news","extra":null} }\t`;
      assert.deepEqual(await answersTo(text), SUCCEEDED);
    });
  },
  { settings: { ...apps.settings, ...REVERBS_CLIENT_EVENTS } },
);
