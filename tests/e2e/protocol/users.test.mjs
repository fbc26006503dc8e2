// SPDX-License-Identifier: MIT

// Signed-in users: §8 of the WebSocket protocol, §8 of the HTTP API for what it terminates.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { publisher } from '../support/clients.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { userAuth } from '../support/signing.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({
  back: { terminate_close_code: 4200 },
  must: { user_authentication: true, user_authentication_timeout: 5 },
});
const UNAUTHORIZED = { code: 4009, message: 'Connection is unauthorized' };
const SUCCESS = 'pusher:signin_success';
const SUCCEEDED = 'pusher_internal:subscription_succeeded';

withStack(
  'users',
  'nginx',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name) => PusherSocket.connect(name ? apps.env(stack, name) : stack.env);
    const sdk = (name) => publisher(name ? apps.env(stack, name) : stack.env);

    async function signedIn(user, name) {
      const socket = await connect(name);
      await socket.signIn(typeof user === 'string' ? { id: user } : user);
      return socket;
    }

    // --- §8 Sign-in --------------------------------------------------------------------------------

    const USERS = {
      'an id': '{"id":"7"}',
      'everything, spaces and escapes':
        '{ "x":1.0, "id":"7","user_info":{"name":"Zo\\u00eb ñ\\/"},"watchlist":["8"] }',
      'an integer id': '{"id":7}',
      'an id of 128 characters': JSON.stringify({ id: 'x'.repeat(128) }),
      'an id of all kinds of characters': '{"id":"aZ09_-=@,.;"}',
    };
    for (const [kind, userData] of Object.entries(USERS)) {
      test(`§8 success returns user_data unchanged, and no auth: ${kind}`, async () => {
        const socket = await connect();
        await socket.signIn(userData);
        const data = JSON.stringify({ user_data: userData });
        assert.deepEqual(JSON.parse(socket.texts.at(-1)), { event: SUCCESS, data });
      });
    }

    const signIn = (socket, userData, auth) =>
      socket.send('pusher:signin', {
        user_data: userData,
        auth: auth ?? userAuth(socket.env, socket.id, String(userData)),
      });
    const BAD_USERS = ['', 'x', '[]', '"7"', '7', 'null', '{}', '{"id":""}', '{"id":null}'];
    BAD_USERS.push('{"id":true}', '{"id":["7"]}', '{"id":"a b"}', '{"id":"#7"}', '{"id":"7\\n"}');
    BAD_USERS.push(JSON.stringify({ id: 'x'.repeat(129) }));
    for (const userData of BAD_USERS) {
      test(`§8 user_data ${userData.slice(0, 40)}: 4009, the socket stays`, async () => {
        const socket = await connect();
        signIn(socket, userData);
        assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
        await socket.signIn({ id: '7' });
      });
    }

    const ANA = '{"id":"7"}';
    const FORGED = {
      'an empty auth': () => '',
      'the key alone': ({ APP_KEY }) => `${APP_KEY}:`,
      'the digest alone': (env, id) => userAuth(env, id, ANA).split(':')[1],
      'KEY::user::DIGEST': (env, id) => userAuth(env, id, ANA).replace(':', '::user::'),
      'another key': (env, id) => userAuth({ ...env, APP_KEY: 'x' }, id, ANA),
      'another secret': (env, id) => userAuth({ ...env, APP_SECRET: 'x' }, id, ANA),
      "another socket's": (env) => userAuth(env, '1234.5678', ANA),
      "another user's": (env, id) => userAuth(env, id, '{"id":"8"}'),
      'upper-case hex': (env, id) =>
        userAuth(env, id, ANA).replace(/[a-f0-9]{64}$/, (hex) => hex.toUpperCase()),
    };
    for (const [kind, forge] of Object.entries(FORGED)) {
      test(`§8 a signature that is bad: ${kind}: 4009, not signed in`, async () => {
        const socket = await connect();
        signIn(socket, ANA, forge(stack.env, socket.id));
        assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
        await sdk().sendToUser('7', 'secret', {});
        assert.deepEqual(await socket.heard(/^(secret|pusher:signin_success)$/), []);
      });
    }

    test('§8 sign-in without usable members: 4009', async () => {
      const socket = await connect();
      for (const data of [{}, { auth: null, user_data: ANA }, { auth: 'x:y' }, { user_data: {} }]) {
        socket.send('pusher:signin', data);
        assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
      }
    });

    test('§4.5 sign-in without data: 4200, the socket stays', async () => {
      const socket = await connect();
      for (const data of [undefined, null, 7, [], 'nonsense']) {
        socket.send('pusher:signin', data);
        assert.deepEqual(await socket.nextError(), { code: 4200, message: 'Invalid message format' });
      }
      await socket.settled();
    });

    test('§8 again as the same user: success; as another: 4009, the first stays', async () => {
      const socket = await signedIn('7');
      await socket.signIn({ id: '7', user_info: { name: 'Ana' } });
      await socket.signIn({ id: 7 });
      signIn(socket, '{"id":"8"}');
      assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
      await sdk().sendToUser('8', 'for-8', {});
      await sdk().sendToUser('7', 'for-7', {});
      assert.deepEqual(
        (await socket.heard(/^for-/)).map(({ event }) => event),
        ['for-7'],
      );
    });

    test('§8 the own #server-to-user channel is confirmed, another or an early one is 4009', async () => {
      const socket = await connect();
      const subscribe = (id) =>
        socket.send('pusher:subscribe', { auth: '', channel: `#server-to-user-${id}` });
      subscribe('7');
      assert.deepEqual(await socket.nextError(), UNAUTHORIZED);
      await socket.signIn({ id: '7' });
      subscribe('7');
      assert.equal((await socket.next(SUCCEEDED)).channel, '#server-to-user-7');
      for (const id of ['8', '77', '7 ']) {
        subscribe(id);
        assert.deepEqual(await socket.nextError(), UNAUTHORIZED, id);
      }
    });

    // --- §8.1 Server-to-user events ----------------------------------------------------------------

    test("§8.1 every socket of the user's gets it once, subscribed or not; nobody else", async () => {
      const [first, second] = [await signedIn('7'), await signedIn({ id: 7 })];
      const strangers = [await connect(), await signedIn('8'), await signedIn('7', 'back')];
      for (const channel of ['#server-to-user-7', 'news'])
        first.send('pusher:subscribe', { channel });
      await first.settled();
      await strangers[0].join('presence-x', '{"user_id":"7"}');

      await sdk().sendToUser('7', 'notice', { m: 1 });

      const expected = { event: 'notice', data: '{"m":1}', channel: '#server-to-user-7' };
      for (const socket of [first, second]) {
        await socket.settled();
        const notices = socket.texts.filter((text) => text.includes('notice'));
        assert.deepEqual(
          notices.map((text) => JSON.parse(text)),
          [expected],
        );
      }
      for (const socket of strangers) assert.deepEqual(await socket.heard(/^notice$/), []);
    });

    test('§8.1 such channels are not listed', async () => {
      const socket = await signedIn('7');
      socket.send('pusher:subscribe', { channel: '#server-to-user-7' });
      await socket.next(SUCCEEDED);
      const { channels } = await (await sdk().get({ path: '/channels' })).json();
      assert.deepEqual(channels, {});
    });

    // --- §8.2 Terminate ----------------------------------------------------------------------------

    for (const [name, code] of [
      [undefined, 4009],
      ['back', 4200],
    ]) {
      test(`§8.2 terminate: error 4009, then Close ${code}; other users stay`, async () => {
        const gone = [await signedIn('7', name), await connect(name), await connect(name)];
        await gone[1].join('presence-x', '{"user_id":"7"}');
        await gone[2].join('presence-y', '{"user_id":7}');
        const others = [await signedIn('8', name), await connect(name)];
        await others[1].join('presence-x', '{"user_id":"8"}');

        await sdk(name).terminateUserConnections('7');

        const message = 'You got disconnected by the app.';
        for (const socket of gone) {
          assert.deepEqual(await socket.nextError(), { code: 4009, message });
          assert.deepEqual(await socket.ended(), { code, reason: message });
        }
        await others[0].settled();
        const { data } = await others[1].next('pusher_internal:member_removed');
        assert.deepEqual(data, { user_id: '7' });
      });
    }

    test("§8.2 terminate ends no socket of another application's user", async () => {
      const [ours, theirs] = [await signedIn('7'), await signedIn('7', 'back')];
      await sdk().terminateUserConnections('7');
      await ours.ended();
      await theirs.settled();
    });

    // --- §8.4 Authorised connections ---------------------------------------------------------------

    test('§8.4 who neither signed in nor joined a signed channel in time: 4009', async () => {
      const authorised = [
        await signedIn('7', 'must'),
        await connect('must'),
        await connect('must'),
      ];
      await authorised[1].join('private-x');
      await authorised[2].join('presence-x', '{"user_id":"7"}');
      const free = await connect();
      const late = [await connect('must'), await connect('must'), await connect('must')];
      await late[1].join('news');
      late[2].send('pusher:subscribe', { channel: 'private-x', auth: 'x:y' });
      await late[2].nextError();
      signIn(late[0], ANA, 'x:y');
      await late[0].nextError();

      const why = { code: 4009, message: 'Connection not authorized within timeout.' };
      for (const socket of late) assert.deepEqual(await socket.refused(), why);
      for (const socket of [...authorised, free]) await socket.settled();
    });
  },
  { settings: apps.settings },
);
