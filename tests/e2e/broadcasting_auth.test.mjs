// SPDX-License-Identifier: MIT

// The auth endpoints with unmodified clients: encrypted channels, sign-in, several channels at once.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { afterEach, before, test } from 'node:test';
import { closeClients, connectPusher, createEcho, publisher, subscribe } from './support/clients.mjs';
import { Inbox, within } from './support/inbox.mjs';
import { changeSettings, logged, reloadProgram, writeRules } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { channelAuth, userAuth } from './support/signing.mjs';
import { FRONTS, withStack } from './support/stack.mjs';
import { sql } from './support/store.mjs';

const PusherBatchAuthorizer = createRequire(import.meta.url)('pusher-js-auth');
const MASTER_KEY = randomBytes(32).toString('base64');
const AUTH = '/api/broadcasting/auth';
const USER_AUTH = '/api/broadcasting/user-auth';
const RULES = {
  rules: [
    { channel: 'commerce.{id}', allow: { id: 'user.commerce_id' } },
    { channel: 'vault.{id}', allow: { id: 'user.id' } },
    {
      channel: 'room.{id}',
      allow: {},
      presence: { user_id: 'user.id', user_info: { called: 'name', email: 'email' } },
    },
    {
      channel: 'shop.{shop}',
      query: 'SELECT 1 FROM commerces WHERE id = :shop AND owner_user_id = :user.id',
    },
    { channel: 'broken', query: 'SELECT 1 FROM nowhere' },
  ],
  user: {
    id: 'user.id',
    user_info: ['name'],
    watchlist: 'SELECT id FROM users WHERE id <> :user.id AND commerce_id = :user.commerce_id',
  },
};
const settings = { PREGON_ENCRYPTION_MASTER_KEY: MASTER_KEY };

for (const front of FRONTS)
  withStack(
    'broadcasting auth',
    front,
    (stack) => {
      before(() => writeRules(stack, RULES));
      afterEach(() => closeClients());

      const bearer = (token = stack.env.TOKEN_A) => ({ Authorization: `Bearer ${token}` });
      const ask = (fields, path = AUTH, headers = bearer()) =>
        request(stack.env, path, { method: 'POST', headers, body: new URLSearchParams(fields) });
      const askJson = (fields, path = AUTH) =>
        request(stack.env, path, {
          method: 'POST',
          headers: { ...bearer(), 'Content-Type': 'application/json' },
          body: JSON.stringify(fields),
        });
      const shop = () => stack.env.COMMERCE_A;
      const user = () => JSON.parse(sql(stack, `SELECT json_object('id', id || '', 'name', name)
        FROM users WHERE id = (SELECT owner_user_id FROM commerces WHERE id = ${shop()});`));

      test('an encrypted channel: our key, the SDK publishes, pusher-js reads', async () => {
        const channel = `private-encrypted-vault.${user().id}`;
        const inbox = await subscribe(await connectPusher(stack.env, stack.env.TOKEN_A), channel);
        const sdk = publisher(stack.env, { encryptionMasterKeyBase64: MASTER_KEY });
        await sdk.trigger(channel, 'opened', { code: 'ñ 42' });
        const { data } = await inbox.next(({ event }) => event === 'opened');
        assert.deepEqual(data, { code: 'ñ 42' });
        const answer = await ask({ socket_id: '1.2', channel_name: channel });
        assert.deepEqual(answer.body, sdk.authorizeChannel('1.2', channel));
      });

      test('an encrypted channel in laravel-echo; a foreign one is refused', async () => {
        const echo = createEcho(stack.env, stack.env.TOKEN_A);
        const seen = new Inbox('subscriptions');
        echo.encryptedPrivate(`vault.${user().id}`).subscribed(() => seen.push('in'));
        echo.encryptedPrivate('vault.9999').error(({ status }) => seen.push(status));
        assert.deepEqual([await seen.next(), await seen.next()].sort(), [403, 'in']);
      });

      test('a presence channel shows the columns under the names of the rule', async () => {
        const answer = await ask({ socket_id: '1.2', channel_name: 'presence-room.1' });
        const { user_id: id, user_info: info } = JSON.parse(answer.body.channel_data);
        assert.deepEqual([id, info.called], [user().id, user().name]);
        assert.deepEqual(Object.keys(info), ['called', 'email']);
        const expected = channelAuth(stack.env, '1.2', 'presence-room.1', answer.body.channel_data);
        assert.equal(answer.body.auth, expected);
      });

      for (const number of ['01', '1e0', '0x1', '1x'])
        test(`a rule that asks the store refuses the number ${number}`, async () => {
          const own = { socket_id: '1.2', channel_name: `private-shop.${shop()}` };
          assert.equal((await ask(own)).status, 200);
          const name = number.replace('1', shop());
          assert.equal((await ask({ ...own, channel_name: `private-shop.${name}` })).status, 403);
        });

      // --- Sign-in -----------------------------------------------------------------------------

      test('pusher-js signs in by our endpoint', async () => {
        const pusher = await connectPusher(stack.env, null, {
          userAuthentication: { endpoint: stack.env.HTTP_URL + USER_AUTH, headers: bearer() },
        });
        pusher.signin();
        await within(pusher.user.signinDonePromise, 'signed in');
        assert.equal(pusher.user.user_data.id, user().id);
        const news = new Inbox('events to the user');
        pusher.user.bind('news', (data) => news.push(data));
        await publisher(stack.env).sendToUser(user().id, 'news', { text: 'hola' });
        assert.deepEqual(await news.next(), { text: 'hola' });
      });

      test('user_data has the id, the columns and the watchlist of the rule', async () => {
        for (const path of [USER_AUTH, '/broadcasting/user-auth']) {
          const { status, headers, body } = await ask({ socket_id: '1.2' }, path);
          assert.equal(status, 200);
          assert.equal(headers.get('content-type'), 'application/json');
          assert.equal(headers.get('cache-control'), 'no-store');
          assert.equal(body.auth, userAuth(stack.env, '1.2', body.user_data));
          const data = JSON.parse(body.user_data);
          assert.deepEqual([data.id, data.user_info], [user().id, { name: user().name }]);
          assert.equal(data.watchlist.length, 1); // the shop's other user
        }
        const get = await request(stack.env, `${USER_AUTH}?socket_id=1.2`, { headers: bearer() });
        assert.equal(get.status, 200);
      });

      test('sign-in without token or socket is refused', async () => {
        assert.equal((await ask({ socket_id: '1.2' }, USER_AUTH, {})).status, 401);
        assert.equal((await ask({ socket_id: '1.2' }, '/broadcasting/user-auth', {})).status, 403);
        assert.equal((await ask({ socket_id: '1.2::user::x' }, USER_AUTH)).status, 400);
        assert.equal((await ask({}, USER_AUTH)).status, 400);
      });

      // --- Several channels at once ------------------------------------------------------------

      test('laravel-echo with pusher-js-auth joins many channels by one request', async () => {
        const seen = new Inbox('subscriptions');
        const echo = createEcho(stack.env, stack.env.TOKEN_A, { authorizer: PusherBatchAuthorizer });
        const names = [`commerce.${shop()}`, `vault.${user().id}`, 'commerce.999'];
        for (const name of names)
          echo
            .private(name)
            .subscribed(() => seen.push(`${name} in`))
            .error(() => seen.push(`${name} refused`));
        echo.join('room.7').here((members) => seen.push(`room ${members.length}`));
        const outcomes = [];
        for (let i = 0; i < 4; i += 1) outcomes.push(await seen.next());
        const expected = [`${names[0]} in`, `${names[1]} in`, `${names[2]} refused`, 'room 1'];
        assert.deepEqual(outcomes.sort(), expected.sort());
        const refusal = /auth refused.*private-commerce\.999.*status=403/;
        assert.equal((await logged(stack, 'fcgi', refusal)).length, 1);
      });

      const MIXED = () => [
        `private-commerce.${shop()}`,
        'private-commerce.999',
        'private-a b',
        'private-broken',
        'presence-room.1',
        'news',
      ];
      const STATUSES = [200, 403, 400, 503, 200, 403];
      const indexed = (channels) =>
        Object.fromEntries(channels.map((name, index) => [`channel_name[${index}]`, name]));

      test('each channel of a batch is decided alone, as form and as JSON', async () => {
        const channels = MIXED();
        const form = await ask({ socket_id: '1.2', ...indexed(channels) });
        const json = await askJson({ socket_id: '1.2', channels });
        for (const { status, body } of [form, json]) {
          assert.equal(status, 200);
          assert.deepEqual(channels.map((name) => body[name].status), STATUSES);
          assert.equal(body[channels[0]].data.auth, channelAuth(stack.env, '1.2', channels[0]));
          assert.equal('auth' in body[channels[1]].data, false);
        }
        assert.equal((await ask({ socket_id: '1.2', channel_name: channels[0] })).status, 200);
      });

      test('a batch needs a token and a socket, and has a limit', async () => {
        const channels = Array.from({ length: 101 }, (_, i) => `private-commerce.${i}`);
        assert.equal((await askJson({ socket_id: '1.2', channels })).status, 413);
        const { status, body } = await askJson({ socket_id: '1.2', channels: channels.slice(1) });
        assert.deepEqual([status, Object.keys(body).length], [200, 100]);
        assert.equal((await askJson({ socket_id: 'x', channels: ['private-a'] })).status, 400);
        assert.equal((await ask(indexed(['private-a']), AUTH, {})).status, 401);
      });

      // --- What is switched on -----------------------------------------------------------------

      test('a callback is answered with a script only where JSONP is on', async () => {
        const callback = "Pusher.auth_callbacks['0']";
        const url = (name) =>
          `${AUTH}?callback=${encodeURIComponent(name)}&socket_id=1.2&channel_name=private-vault.${user().id}`;
        const get = (name) => request(stack.env, url(name), { headers: bearer() });
        const plain = await get(callback);
        assert.equal(plain.headers.get('content-type'), 'application/json');

        changeSettings(stack, { PREGON_AUTH_JSONP: 'true' });
        await reloadProgram(stack, 'fcgi');
        const script = await get(callback);
        assert.equal(script.text, `/**/${callback}(${plain.text});`);
        assert.match(script.headers.get('content-type'), /^text\/javascript/);
        assert.equal((await get('alert(1)//')).status, 400);
        changeSettings(stack, { PREGON_AUTH_JSONP: null });
        await reloadProgram(stack, 'fcgi');
      });

      test('one address may ask so often in a minute', async () => {
        const own = { socket_id: '1.2', channel_name: `private-commerce.${shop()}` };
        changeSettings(stack, { PREGON_AUTH_RATE_PER_MINUTE: '3' });
        await reloadProgram(stack, 'fcgi');
        let answer;
        for (let i = 0; i < 8 && answer?.status !== 429; i += 1) answer = await ask(own);
        assert.equal(answer.status, 429); // also where a minute ends in between
        assert.ok(Number(answer.headers.get('retry-after')) > 0);
        assert.equal((await request(stack.env, '/up')).status, 200);
        changeSettings(stack, { PREGON_AUTH_RATE_PER_MINUTE: null });
        await reloadProgram(stack, 'fcgi');
        assert.equal((await ask(own)).status, 200);
      });

      test('a body of more than 16 KiB: 413', async () => {
        const fields = { socket_id: '1.2', channel_name: 'private-x', more: 'x'.repeat(16384) };
        assert.equal((await ask(fields)).status, 413);
      });

      test('no credential is in the log', async () => {
        assert.equal((await ask({ socket_id: '1.2' }, AUTH, bearer('7|wrongwrong'))).status, 401);
        assert.equal((await ask({ socket_id: '1.2', channel_name: 'private-no' })).status, 403);
        const secrets = [stack.env.TOKEN_A.split('|')[1], 'wrongwrong', MASTER_KEY];
        await logged(stack, 'fcgi', /auth refused.*channel=private-no /);
        for (const line of await logged(stack, 'fcgi', /./))
          for (const secret of secrets) assert.equal(line.includes(secret), false, line);
      });
    },
    { settings },
  );
