// SPDX-License-Identifier: MIT

// Channels and subscriptions: §4.1 to §4.4 of the WebSocket protocol.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile, REVERBS_CLIENT_EVENTS } from '../support/apps.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { channelAuth } from '../support/signing.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({ told: { emit_subscription_error: true } });
const UNAUTHORIZED = { code: 4009, message: 'Connection is unauthorized' };
const SUCCEEDED = 'pusher_internal:subscription_succeeded';
const ANA = '{"user_id":"7"}';

withStack(
  'subscribing',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = () => PusherSocket.connect(stack.env);
    const whisper = async (socket, event, channel) => {
      socket.send(event, {}, { channel });
      await socket.settled();
    };

    // --- §4.1 Names and types ----------------------------------------------------------------------

    const KINDS = {
      'private-encrypted-cache-x': { signed: true, cache: true },
      'private-encrypted-x': { signed: true },
      'private-cache-x': { signed: true, cache: true },
      'private-x': { signed: true },
      'presence-cache-x': { signed: true, presence: true, cache: true },
      'presence-x': { signed: true, presence: true },
      'cache-x': { cache: true },
      news: {},
      'private-cachet': { signed: true },
      'private-encrypted-cachet': { signed: true },
      'presence-cachet': { signed: true, presence: true },
      privateer: {},
      presence_x: {},
      cachet: {},
      private: {},
      'Private-x': {},
      'CACHE-x': {},
      'x-private-y': {},
      'my-cache-x': {},
      'my-presence-x': {},
    };
    for (const [channel, { signed = false, presence = false, cache = false }] of Object.entries(
      KINDS,
    )) {
      test(`§4.1 the prefix makes the kind: ${channel}`, async () => {
        const socket = await connect();
        socket.send('pusher:subscribe', { channel, auth: '', channel_data: ANA });
        if (signed) assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
        else await socket.next(SUCCEEDED);

        const { data } = await socket.join(channel, presence ? ANA : undefined);

        assert.deepEqual(Object.keys(data), presence ? ['presence'] : []);
        assert.equal((await socket.heard(/^pusher:cache_miss$/)).length > 0, cache);
      });
    }

    test('§4.1 a signed kind accepts only its own signature, plain or with channel_data', async () => {
      const socket = await connect();
      await socket.join('private-x', '{"any":"thing"}');
      await socket.join('private-encrypted-x');
    });

    const NAMES = ['AZaz09_-=@,.;', '-', 'a', '9', 'App.Models.User.1', ';;'];
    for (const name of NAMES) {
      test(`§4.1 a valid name: ${name}`, async () => {
        await (await connect()).join(name);
      });
    }

    const BAD_NAMES = ['', 'a b', 'a/b', 'a:b', 'ñ', 'a\n', '\n', 'a\u0000', '#', '#x', 'a#b', '*'];
    for (const name of [...BAD_NAMES, '#server-to-user-', '#server-to-user', 'presence-x?']) {
      test(`§4.1 an invalid name: ${JSON.stringify(name)}: 4300, not subscribed`, async () => {
        const socket = await connect();
        socket.send('pusher:subscribe', { channel: name, auth: '' });
        const why = { code: 4300, message: 'Invalid channel name' };
        assert.deepEqual(await socket.nextError(), why);
        assert.deepEqual(await socket.heard(/succeeded$/), []);
      });
    }

    test("§4.1 somebody's #server-to-user channel: 4009", async () => {
      const socket = await connect();
      socket.send('pusher:subscribe', { channel: '#server-to-user-7', auth: '' });
      assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
    });

    // --- §4.2 Subscribe ----------------------------------------------------------------------------

    test('§4.2 public, private and encrypted channels are confirmed alike', async () => {
      const socket = await connect();
      for (const channel of ['news', 'private-x', 'private-encrypted-x']) {
        await socket.join(channel);
        assert.deepEqual(JSON.parse(socket.texts.at(-1)), {
          event: SUCCEEDED,
          data: '{}',
          channel,
        });
      }
    });

    test('§4.2 a second subscribe succeeds too, and events still come once', async () => {
      const [ana, beto] = [await connect(), await connect()];
      for (const socket of [ana, ana, beto]) await socket.join('news');
      await whisper(beto, 'client-said', 'news');
      assert.equal((await ana.heard(/^client-said$/)).length, 1);
    });

    test('§4.2 auth and channel_data may be null or absent, other members are ignored', async () => {
      const socket = await connect();
      socket.send('pusher:subscribe', { channel: 'a', auth: null, channel_data: null, more: [1] });
      await socket.next(SUCCEEDED);
      socket.send('pusher:subscribe', { channel: 'b' });
      await socket.next(SUCCEEDED);
      const auth = channelAuth(stack.env, socket.id, 'private-x');
      socket.send('pusher:subscribe', { channel: 'private-x', auth, channel_data: null });
      await socket.next(SUCCEEDED);
    });

    // --- §4.3 Signature ----------------------------------------------------------------------------

    const SIGNED = {
      'without channel_data': [undefined],
      'with empty channel_data': [''],
      'with channel_data': ['{"user_id":"7","user_info":{"name":"Ana"}}'],
      'over the escapes as they were sent': [
        '{"user_id":"7","user_info":{"name":"Zo\\u00eb","url":"a\\/b"}}',
      ],
      'over raw UTF-8 and spaces as they were sent': ['{ "user_id":"7" ,"x":"ñ💸" }'],
    };
    for (const [kind, [channelData]] of Object.entries(SIGNED)) {
      test(`§4.3 a signature ${kind}`, async () => {
        const socket = await connect();
        await socket.join('private-x', channelData);
        if (channelData) await socket.join('presence-x', channelData);
      });
    }

    const digest = (env, ...rest) => channelAuth(env, ...rest).split(':')[1];
    const FORGED = {
      'no auth': () => undefined,
      'an empty auth': () => '',
      'the key alone': ({ APP_KEY }) => `${APP_KEY}:`,
      'the digest alone': (env, id) => digest(env, id, 'private-x'),
      'an empty key': (env, id) => `:${digest(env, id, 'private-x')}`,
      'another key': (env, id) => channelAuth({ ...env, APP_KEY: 'other' }, id, 'private-x'),
      'another secret': (env, id) => channelAuth({ ...env, APP_SECRET: 'x' }, id, 'private-x'),
      'another socket': (env) => channelAuth(env, '1234.5678', 'private-x'),
      'another channel': (env, id) => channelAuth(env, id, 'private-y'),
      'upper-case hex': (env, id) => `${env.APP_KEY}:${digest(env, id, 'private-x').toUpperCase()}`,
      'a longer digest': (env, id) => `${channelAuth(env, id, 'private-x')}0`,
      'a shorter digest': (env, id) => channelAuth(env, id, 'private-x').slice(0, -1),
      'a space before': (env, id) => ` ${channelAuth(env, id, 'private-x')}`,
      'channel_data that is not there': (env, id) => channelAuth(env, id, 'private-x', ANA),
    };
    for (const [kind, forge] of Object.entries(FORGED)) {
      test(`§4.3 refused with 4009, and the socket stays: ${kind}`, async () => {
        const socket = await connect();
        const auth = forge(stack.env, socket.id);
        socket.send('pusher:subscribe', { channel: 'private-x', auth });
        assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
        assert.deepEqual(await socket.heard(/succeeded|subscription_error/), []);
        await socket.join('private-x');
      });
    }

    test('§4.3 refused: channel_data other than the signed, even by one space', async () => {
      const socket = await connect();
      for (const sent of [`${ANA} `, '{"user_id":"8"}']) {
        const auth = channelAuth(stack.env, socket.id, 'presence-x', ANA);
        socket.send('pusher:subscribe', { channel: 'presence-x', auth, channel_data: sent });
        assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
      }
    });

    test('§4.3 a refused socket gets nothing of the channel', async () => {
      const [ana, stranger] = [await connect(), await connect()];
      await ana.join('private-x');
      stranger.send('pusher:subscribe', { channel: 'private-x', auth: 'x:y' });
      await stranger.nextError();
      await whisper(ana, 'client-secret', 'private-x');
      assert.deepEqual(await stranger.heard(/^client-/), []);
    });

    test('§4.3 emit_subscription_error: told again after the 4009, for pusher-js to see', async () => {
      const socket = await PusherSocket.connect(apps.env(stack, 'told'));
      const channels = ['private-x', 'presence-x', '#server-to-user-7'];
      for (const channel of channels) socket.send('pusher:subscribe', { channel, auth: 'x:y' });
      await socket.settled();
      const answers = socket.texts.slice(1, -1).map((text) => JSON.parse(text));
      const data = { type: 'AuthError', error: 'The connection is unauthorized.', status: 401 };
      assert.deepEqual(
        answers,
        channels.flatMap((channel) => [
          { event: 'pusher:error', data: UNAUTHORIZED },
          { event: 'pusher:subscription_error', channel, data },
        ]),
      );
    });

    test('§4.3 emit_subscription_error: an invalid name is told too', async () => {
      const socket = await PusherSocket.connect(apps.env(stack, 'told'));
      socket.send('pusher:subscribe', { channel: 'a b' });
      const { channel, data } = await socket.next('pusher:subscription_error');
      assert.deepEqual([channel, data.type, data.status], ['a b', 'AuthError', 400]);
    });

    // --- §4.4 Unsubscribe --------------------------------------------------------------------------

    test('§4.4 no answer, and no event after it', async () => {
      const [ana, beto] = [await connect(), await connect()];
      for (const socket of [ana, beto]) await socket.join('news');
      ana.send('pusher:unsubscribe', { channel: 'news' });
      await ana.settled();
      await whisper(beto, 'client-said', 'news');
      const heard = (await ana.heard()).map(({ event }) => event);
      assert.deepEqual(heard, [SUCCEEDED]);
    });

    test('§4.4 a channel that is unknown or not joined is ignored', async () => {
      const [ana, beto] = [await connect(), await connect()];
      await beto.join('news');
      for (const channel of ['news', 'nothing', '', 'a b', '#server-to-user-7'])
        ana.send('pusher:unsubscribe', { channel });
      assert.deepEqual(await ana.heard(), []);
    });

    test('§4.4 a channel ends with its last subscriber, whichever way it leaves', async () => {
      const channels = async () => (await stack.workerStatus()).apps[0].channels;
      const [ana, beto] = [await connect(), await connect()];
      for (const socket of [ana, beto]) await socket.join('news');
      await ana.join('more');
      assert.equal(await channels(), 2);
      ana.send('pusher:unsubscribe', { channel: 'news' });
      ana.send('pusher:unsubscribe', { channel: 'more' });
      await ana.settled();
      assert.equal(await channels(), 1);
      await beto.close();
      assert.equal(await channels(), 0);
    });
  },
  { settings: { ...apps.settings, ...REVERBS_CLIENT_EVENTS } },
);
