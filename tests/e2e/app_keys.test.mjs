// SPDX-License-Identifier: MIT

// Keys of applications in Laravel's own form, base64:…=, from the browser to the event API.

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { AppsFile } from './support/apps.mjs';
import { closeClients, connectPusher, openDashboard, publisher, subscribe } from './support/clients.mjs';
import { Inbox, within } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { channelAuth } from './support/signing.mjs';
import { FRONTS, withStack } from './support/stack.mjs';

const KEY = 'base64:aB/cdEf/0123456789AbCdEfGhIjKlMnOpQrStUvw=';
const PLUS_KEY = 'base64:a+b/c==';
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const ANA = { id: '7', user_info: { name: 'Ana' } };

const apps = new AppsFile({ plus: { key: PLUS_KEY } });

/** A folder of a stack whose application has that key. */
function folderWithKey(key) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-e2e-'));
  const lines = ['REVERB_APP_ID=417704', `REVERB_APP_KEY=${key}`, 'REVERB_APP_SECRET=keys-secret'];
  writeFileSync(path.join(dir, 'keys.env'), lines.join('\n') + '\n', { mode: 0o600 });
  return dir;
}

for (const front of FRONTS)
  withStack(
    `an application with the key ${KEY}`,
    front,
    (stack) => {
      afterEach(() => {
        closeClients();
        return PusherSocket.leaveAll();
      });
      const sdk = (env = stack.env) =>
        publisher(env, { encryptionMasterKeyBase64: MASTER_KEY });
      /** What the application's own server answers to Ana. */
      const asAna = (env = stack.env) => ({
        channelAuthorization: {
          customHandler: ({ socketId, channelName }, answer) => {
            const isPresence = channelName.startsWith('presence-');
            const member = isPresence ? { user_id: ANA.id, user_info: ANA.user_info } : undefined;
            answer(null, sdk(env).authorizeChannel(socketId, channelName, member));
          },
        },
        userAuthentication: {
          customHandler: ({ socketId }, answer) =>
            answer(null, sdk(env).authenticateUser(socketId, ANA)),
        },
      });

      test('the stack has the whole key, with its = at the end', () => {
        assert.equal(stack.env.APP_KEY, KEY);
        assert.equal(stack.values().REVERB_APP_KEY, KEY);
      });

      test('a dashboard is let into its private channel by our endpoint', async () => {
        const { TOKEN_A, COMMERCE_A } = stack.env;
        const { payments } = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
        await sdk().trigger(`private-commerce.${COMMERCE_A}`, 'notification.created', { id: 42 });
        assert.deepEqual(await payments.next(), { id: 42 });
      });

      for (const channel of ['private-a', 'private-encrypted-a', 'presence-a', 'private-cache-a'])
        test(`pusher-js joins ${channel} and gets its events`, async () => {
          const inbox = await subscribe(await connectPusher(stack.env, null, asAna()), channel);
          await sdk().trigger(channel, 'said', { n: 1 });
          assert.deepEqual((await inbox.next(({ event }) => event === 'said')).data, { n: 1 });
        });

      test('a key with a + is the same in the path of a browser', async () => {
        const env = { ...apps.env(stack, 'plus'), APP_KEY: PLUS_KEY };
        const inbox = await subscribe(await connectPusher(env, null, asAna(env)), 'private-a');
        await stack.pregonctl('publish', 'private-a', 'said', '{"n":1}', '--app', 'plus');
        assert.equal((await sdk(env).trigger('private-a', 'triggered', {})).status, 200);
        assert.deepEqual((await inbox.next(({ event }) => event === 'said')).data, { n: 1 });
      });

      test('pusher-js signs in', async () => {
        const pusher = await connectPusher(stack.env, null, asAna());
        pusher.signin();
        await within(pusher.user.signinDonePromise, 'signed in');
        const news = new Inbox('events to the user');
        pusher.user.bind('news', (data) => news.push(data));
        await sdk().sendToUser(ANA.id, 'news', { text: 'hola' });
        assert.deepEqual(await news.next(), { text: 'hola' });
      });

      test('a client may escape every character of the key', async () => {
        const escaped = KEY.replace(/[^0-9A-Za-z]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
        for (const key of [encodeURIComponent(KEY), escaped]) {
          const socket = await PusherSocket.connect(stack.env, { key });
          await socket.join('private-a');
        }
      });

      test('a part of the key is another key', async () => {
        const socket = await PusherSocket.connect(stack.env);
        const [start, signature] = [KEY.split(':')[0], channelAuth(stack.env, socket.id, 'private-a').split(':').at(-1)];
        for (const auth of [`${start}:${signature}`, `${KEY.slice(0, -1)}:${signature}`]) {
          socket.send('pusher:subscribe', { channel: 'private-a', auth });
          assert.equal((await socket.nextError()).code, 4009);
        }
        const cut = { key: KEY.split('/')[0] };
        assert.equal((await new PusherSocket(stack.env, cut).refused()).code, 4001);
      });
    },
    { dir: folderWithKey(KEY), settings: apps.settings },
  );
