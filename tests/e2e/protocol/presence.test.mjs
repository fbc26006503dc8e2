// SPDX-License-Identifier: MIT

// Presence channels: §5 of the WebSocket protocol.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { channelAuth } from '../support/signing.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({
  limited: { presence_max_members: 2, presence_max_info_size: 20 },
  told: { presence_max_members: 1, presence_max_info_size: 20, emit_subscription_error: true },
});
const CHANNEL = 'presence-room.1';
const SUCCEEDED = 'pusher_internal:subscription_succeeded';
const ADDED = 'pusher_internal:member_added';
const REMOVED = 'pusher_internal:member_removed';
const UNAUTHORIZED = { code: 4009, message: 'Connection is unauthorized' };
const member = (id, info) => JSON.stringify({ user_id: id, user_info: info });

withStack(
  'presence channels',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name) => PusherSocket.connect(name ? apps.env(stack, name) : stack.env);

    /** A socket in the room; `list` is what it was told. */
    async function enter(channelData, name) {
      const socket = await connect(name);
      socket.list = (await socket.join(CHANNEL, channelData)).data.presence;
      return socket;
    }
    /** Signs correctly and does not wait for the answer. */
    function tryToEnter(socket, channelData) {
      const auth = channelAuth(socket.env, socket.id, CHANNEL, channelData);
      socket.send('pusher:subscribe', { channel: CHANNEL, auth, channel_data: channelData });
    }
    async function leave(socket) {
      socket.send('pusher:unsubscribe', { channel: CHANNEL });
      await socket.settled();
    }
    /** The comings and goings that the socket was told, as `+8` and `-8`. */
    async function news(socket) {
      const told = await socket.heard(/^pusher_internal:member_/);
      return told.map(({ event, data }) => (event === ADDED ? '+' : '-') + data.user_id);
    }

    // --- §5.1 channel_data -------------------------------------------------------------------------

    const IDS = {
      'a string': ['"7"', '7'],
      'a number': ['7', '7'],
      'a large number, to the digit': ['12345678901234567890', '12345678901234567890'],
      zero: ['0', '0'],
      'the string zero': ['"0"', '0'],
      'any characters': ['"ñ \\u00e1 💸"', 'ñ á 💸'],
      '128 characters': [`"${'ñ'.repeat(128)}"`, 'ñ'.repeat(128)],
    };
    for (const [kind, [json, id]] of Object.entries(IDS)) {
      test(`§5.1 user_id may be ${kind}; everybody is told a string`, async () => {
        const witness = await enter(member('w'));
        const socket = await enter(`{"user_id":${json}}`);
        assert.deepEqual(socket.list, { count: 2, ids: ['w', id], hash: { w: null, [id]: null } });
        await leave(socket);
        assert.deepEqual((await witness.next(ADDED)).data, { user_id: id });
        assert.deepEqual((await witness.next(REMOVED)).data, { user_id: id });
      });
    }

    test('§5.1 7 and "7" are the same user', async () => {
      const ana = await enter('{"user_id":7}');
      const again = await enter('{"user_id":"7"}');
      assert.deepEqual(again.list.ids, ['7']);
      assert.deepEqual(await news(ana), []);
    });

    const REFUSED = ['""', 'true', 'null', '[]', '{}', `"${'x'.repeat(129)}"`];
    for (const channelData of [...REFUSED.map((id) => `{"user_id":${id}}`), '{}', undefined]) {
      test(`§5.1 4009 and not subscribed: ${channelData?.slice(0, 40) ?? 'none'}`, async () => {
        const ana = await enter(member('7'));
        const stranger = await connect();
        tryToEnter(stranger, channelData);
        assert.deepEqual(await stranger.nextError(), UNAUTHORIZED);
        assert.deepEqual(await stranger.heard(/succeeded$/), []);
        assert.deepEqual(await news(ana), []);
        ana.send('client-said', {}, { channel: CHANNEL });
        await ana.settled();
        assert.deepEqual(await stranger.heard(/^client-/), []);
      });
    }

    // --- §5.2 Membership ---------------------------------------------------------------------------

    test('§5.2 a user comes with the first socket and goes with the last', async () => {
      const ana = await enter(member('7'));
      const tabs = [await enter(member('8')), await enter(member('8'))];
      assert.deepEqual(await news(ana), ['+8']);
      await leave(tabs[0]);
      assert.deepEqual(await news(ana), ['+8']);
      await tabs[1].close();
      assert.deepEqual(await news(ana), ['+8', '-8']);
      assert.deepEqual(await news(tabs[0]), []);
    });

    test('§5.2 the joiner is told of nobody, least of all of itself', async () => {
      await enter(member('7'));
      const beto = await enter(member('8'));
      assert.deepEqual(await news(beto), []);
    });

    test("§5.2 the earliest socket's user_info is shown, then the next one's", async () => {
      const ana = await enter(member('7'));
      const first = await enter(member('8', 'first'));
      const second = await enter(member('8', 'second'));
      assert.equal(second.list.hash[8], 'first');
      await leave(first);
      assert.equal((await enter(member('9'))).list.hash[8], 'second');
      assert.deepEqual(await news(ana), ['+8', '+9']);
    });

    test('§5.2 a second subscribe: the list again, no events, the new user_info', async () => {
      const ana = await enter(member('7'));
      const beto = await enter(member('8', 'old'));
      const { data } = await beto.join(CHANNEL, member('8', 'new'));
      const hash = { 7: null, 8: 'new' };
      assert.deepEqual(data.presence, { count: 2, ids: ['7', '8'], hash });
      assert.deepEqual((await enter(member('9'))).list.hash, { ...hash, 9: null });
      assert.deepEqual(await news(ana), ['+8', '+9']);
    });

    test('§5.2 a second subscribe as another user: the old one leaves, the new one joins', async () => {
      const ana = await enter(member('7'));
      const beto = await enter(member('8'));
      const { data } = await beto.join(CHANNEL, member('9'));
      assert.deepEqual(data.presence.ids, ['7', '9']);
      assert.deepEqual(await news(ana), ['+8', '-8', '+9']);
      await leave(beto);
      assert.deepEqual(await news(ana), ['+8', '-8', '+9', '-9']);
    });

    // --- §5.3, §5.4 Messages -----------------------------------------------------------------------

    test('§5.3 the list, to the letter: join order, null for no user_info, an object', async () => {
      await enter(member('1', { name: 'Ana' }));
      await enter(member('0'));
      const socket = await enter('{"user_id":"x","user_info":{"b":1.0,"a":[],"e":{}}}');
      const text = socket.texts.at(-1);
      const { data } = JSON.parse(text);
      assert.match(data, /"ids":\["1","0","x"\]/);
      assert.match(
        data,
        /"hash":\{"1":\{"name":"Ana"\},"0":null,"x":\{"b":1\.0,"a":\[\],"e":\{\}\}\}/,
      );
    });

    test('§5.4 member_added has user_id and user_info as it was sent, nothing else', async () => {
      const ana = await enter(member('7'));
      const info = '{"big":9007199254740993,"z":1.0,"a":"ñ\\/\\u00eb"}';
      const beto = await enter(`{"secret":1,"user_id":8,"user_info":${info}}`);
      await beto.close();
      await ana.next(REMOVED);
      const [added, removed] = ana.texts.slice(-2).map((text) => JSON.parse(text));
      assert.deepEqual(added, {
        event: ADDED,
        data: `{"user_id":"8","user_info":${info}}`,
        channel: CHANNEL,
      });
      assert.deepEqual(removed, { event: REMOVED, data: '{"user_id":"8"}', channel: CHANNEL });
    });

    // --- §5.5 Limits -------------------------------------------------------------------------------

    test('§5.5 a full channel: 4100 without Close; a known user always fits', async () => {
      const ana = await enter(member('1'), 'limited');
      const beto = await enter(member('2'), 'limited');
      const carla = await connect('limited');
      tryToEnter(carla, member('3'));
      assert.deepEqual(await carla.nextError(), { code: 4100, message: 'Over capacity' });
      assert.deepEqual(await carla.heard(/succeeded|subscription_error/), []);
      assert.deepEqual((await enter(member('2'), 'limited')).list.count, 2);
      await leave(ana);
      await carla.join(CHANNEL, member('3'));
      assert.deepEqual(await news(beto), ['-1', '+3']);
    });

    test('§5.5 with emit_subscription_error a user_info that is too large is told', async () => {
      const socket = await PusherSocket.connect(apps.env(stack, 'told'));
      const member = JSON.stringify({ user_id: '7', user_info: { name: 'x'.repeat(20) } });
      const auth = channelAuth(socket.env, socket.id, 'presence-room', member);
      socket.send('pusher:subscribe', { channel: 'presence-room', auth, channel_data: member });
      assert.equal((await socket.nextError()).code, 4301);
      const { data } = await socket.next('pusher:subscription_error');
      assert.deepEqual([data.type, data.status], ['LimitReached', 413]);
    });

    test('§5.5 with emit_subscription_error a full channel says LimitReached', async () => {
      await enter(member('1'), 'told');
      const beto = await connect('told');
      tryToEnter(beto, member('2'));
      assert.deepEqual(await beto.next('pusher:subscription_error'), {
        event: 'pusher:subscription_error',
        channel: CHANNEL,
        data: {
          type: 'LimitReached',
          error: 'The maximum members per presence channel limit was reached',
          status: 4100,
        },
      });
    });

    test('§5.5 user_info beyond the limit: 4301, not subscribed', async () => {
      const ana = await enter(member('1', 'x'.repeat(18)), 'limited');
      const beto = await connect('limited');
      tryToEnter(beto, member('2', 'x'.repeat(19)));
      assert.equal((await beto.nextError()).code, 4301);
      assert.deepEqual(await beto.heard(/succeeded$/), []);
      assert.deepEqual(await news(ana), []);
    });

    // --- §5.6 Without channel_data -----------------------------------------------------------------

    test('§5.6 who has signed in needs no channel_data', async () => {
      const ana = await enter(member('7'));
      const beto = await connect();
      await beto.signIn({ id: '8', user_info: { name: 'Beto' } });
      const { data } = await beto.join(CHANNEL);
      assert.deepEqual(data.presence.hash, { 7: null, 8: { name: 'Beto' } });
      const told = (await ana.next(ADDED)).data;
      assert.deepEqual(told, { user_id: '8', user_info: { name: 'Beto' } });
    });

    test('§5.6 channel_data, when given, wins over the sign-in', async () => {
      const socket = await connect();
      await socket.signIn({ id: '8', user_info: { name: 'Beto' } });
      const { data } = await socket.join(CHANNEL, member('9', 'Carla'));
      assert.deepEqual(data.presence.hash, { 9: 'Carla' });
    });

    test('§5.6 signed in without user_info: a member without one', async () => {
      const socket = await connect();
      await socket.signIn({ id: 8 });
      const { data, event } = await socket.join(CHANNEL);
      assert.equal(event, SUCCEEDED);
      assert.deepEqual(data.presence, { count: 1, ids: ['8'], hash: { 8: null } });
    });
  },
  { settings: apps.settings },
);
