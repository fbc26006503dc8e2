// SPDX-License-Identifier: MIT

// Unmodified pusher-js and laravel-echo, with the pusher SDK as the application's own server.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import {
  closeClients,
  connectPusher,
  createEcho,
  publisher,
  subscribe,
} from '../support/clients.mjs';
import { Inbox, within } from '../support/inbox.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({
  full: { subscription_count: true, watchlist: true, emit_subscription_error: true },
});
const MASTER_KEY = randomBytes(32).toString('base64');

withStack(
  'unmodified clients',
  'nginx',
  (stack) => {
    afterEach(async () => {
      closeClients();
      await PusherSocket.leaveAll();
    });

    const env = () => apps.env(stack, 'full');
    const sdk = () => publisher(env(), { encryptionMasterKeyBase64: MASTER_KEY });

    /** What the application's own server answers to this user. */
    const authorisedAs = (user) => ({
      channelAuthorization: {
        customHandler: ({ socketId, channelName }, answer) => {
          const member = channelName.startsWith('presence-')
            ? { user_id: user.id, user_info: user.user_info }
            : undefined;
          answer(null, sdk().authorizeChannel(socketId, channelName, member));
        },
      },
      userAuthentication: {
        customHandler: ({ socketId }, answer) =>
          answer(null, sdk().authenticateUser(socketId, user)),
      },
    });
    const ANA = { id: '7', user_info: { name: 'Ana' } };
    const BETO = { id: '8', user_info: { name: 'Beto' } };
    const connect = (user) => connectPusher(env(), null, authorisedAs(user));
    const echoOf = (user) => createEcho(env(), null, authorisedAs(user));

    /** An Inbox of the events with these names of a channel, a connection or a user. */
    function listen(emitter, ...names) {
      const inbox = new Inbox(names.join());
      for (const name of names) emitter.bind(name, (data) => inbox.push(data));
      return inbox;
    }
    async function signIn(pusher) {
      pusher.signin();
      await within(pusher.user.signinDonePromise, 'signed in');
    }

    test('pusher-js: an encrypted channel, with the key of the SDK', async () => {
      const inbox = await subscribe(await connect(ANA), 'private-encrypted-vault');
      const witness = await PusherSocket.connect(env());
      await witness.join('private-encrypted-vault');

      await sdk().trigger('private-encrypted-vault', 'opened', { code: 'ñ 42' });

      const { data } = await inbox.next(({ event }) => event === 'opened');
      assert.deepEqual(data, { code: 'ñ 42' });
      const wire = (await witness.next('opened')).data;
      assert.deepEqual(Object.keys(wire).sort(), ['ciphertext', 'nonce']);
    });

    test('pusher-js: an encrypted cache channel gives the last event to who comes later', async () => {
      const channel = (await connect(ANA)).subscribe('private-encrypted-cache-vault');
      await listen(channel, 'pusher:cache_miss').next();
      await sdk().trigger('private-encrypted-cache-vault', 'opened', { code: 42 });

      const late = (await connect(BETO)).subscribe('private-encrypted-cache-vault');
      assert.deepEqual(await listen(late, 'opened').next(), { code: 42 });
    });

    test('laravel-echo: an encrypted private channel', async () => {
      const seen = new Inbox('encrypted');
      const channel = echoOf(ANA).encryptedPrivate('vault');
      channel.listen('.opened', (data) => seen.push(data));
      channel.subscribed(() => seen.push('subscribed'));
      assert.equal(await seen.next(), 'subscribed');

      await sdk().trigger('private-encrypted-vault', 'opened', { code: 1 });

      assert.deepEqual(await seen.next(), { code: 1 });
    });

    test('laravel-echo: a whisper reaches the other client and not its sender', async () => {
      const [ana, beto] = [echoOf(ANA), echoOf(BETO)].map((echo) => {
        const seen = new Inbox('whispers');
        const channel = echo.private('chat');
        channel.listenForWhisper('typing', (data) => seen.push(data));
        channel.subscribed(() => seen.push('subscribed'));
        return { channel, seen };
      });
      for (const { seen } of [ana, beto]) assert.equal(await seen.next(), 'subscribed');

      ana.channel.whisper('typing', { name: 'Ana', list: [], object: {} });
      assert.deepEqual(await beto.seen.next(), { name: 'Ana', list: [], object: {} });

      beto.channel.whisper('typing', { name: 'Beto' });
      assert.deepEqual(await ana.seen.next(), { name: 'Beto' });
    });

    test('pusher-js: a whisper on a presence channel tells who whispers', async () => {
      const [ana, beto] = [await connect(ANA), await connect(BETO)];
      const channels = [ana, beto].map((pusher) => pusher.subscribe('presence-room'));
      const joined = channels.map((channel) => listen(channel, 'pusher:subscription_succeeded'));
      for (const inbox of joined) await inbox.next();
      const seen = new Inbox('whispers');
      channels[1].bind('client-typing', (data, metadata) => seen.push({ data, metadata }));

      channels[0].trigger('client-typing', { n: 1 });

      assert.deepEqual(await seen.next(), { data: { n: 1 }, metadata: { user_id: '7' } });
    });

    test('laravel-echo: who is here, who joins and who leaves, users and not tabs', async () => {
      const enter = (user) => {
        const echo = echoOf(user);
        const seen = new Inbox(`what ${user.id} sees`);
        echo
          .join('room')
          .here((users) => seen.push({ here: users }))
          .joining((other) => seen.push({ joining: other }))
          .leaving((other) => seen.push({ leaving: other }));
        return { echo, seen };
      };
      const ana = enter(ANA);
      assert.deepEqual(await ana.seen.next(), { here: [ANA.user_info] });
      const tabs = [enter(BETO)];
      assert.deepEqual(await tabs[0].seen.next(), { here: [ANA.user_info, BETO.user_info] });
      tabs.push(enter(BETO));
      assert.deepEqual(await tabs[1].seen.next(), { here: [ANA.user_info, BETO.user_info] });
      tabs[0].echo.disconnect();
      tabs[1].echo.leave('room');

      assert.deepEqual(await ana.seen.next(), { joining: BETO.user_info });
      assert.deepEqual(await ana.seen.next(), { leaving: BETO.user_info });
    });

    test('pusher-js: a cache channel misses once, then has the event at once', async () => {
      const first = (await connect(ANA)).subscribe('cache-prices');
      await listen(first, 'pusher:cache_miss').next();
      await sdk().trigger('cache-prices', 'changed', { p: 12 });

      const late = (await connect(BETO)).subscribe('cache-prices');
      const seen = listen(late, 'pusher:cache_miss', 'changed');
      assert.deepEqual(await seen.next(), { p: 12 });
    });

    test('pusher-js: sign-in, and an event to the user on all its connections', async () => {
      const [ana, tab, beto] = [await connect(ANA), await connect(ANA), await connect(BETO)];
      for (const pusher of [ana, tab, beto]) await signIn(pusher);
      assert.equal(ana.user.user_data.id, '7');
      const inboxes = [ana, tab, beto].map((pusher) => listen(pusher.user, 'notice'));

      await sdk().sendToUser('7', 'notice', { to: 7 });
      await sdk().sendToUser('8', 'notice', { to: 8 });

      assert.deepEqual(await inboxes[0].next(), { to: 7 });
      assert.deepEqual(await inboxes[1].next(), { to: 7 });
      assert.deepEqual(await inboxes[2].next(), { to: 8 });
    });

    test('pusher-js: terminated by the SDK, it does not come back', async () => {
      const ana = await connect(ANA);
      await signIn(ana);
      const { socket } = ana.connection.connection.transport;
      const states = listen(ana.connection, 'disconnected', 'connecting');
      const errors = listen(ana.connection, 'error');

      await sdk().terminateUserConnections('7');

      await states.next();
      assert.equal(ana.connection.state, 'disconnected');
      assert.equal((await errors.next()).data.code, 4009);
      // It waits half a minute for the Close that has come already, and so would this process.
      clearTimeout(socket._closeTimer);
    });

    test('pusher-js: the watchlist says who is online', async () => {
      const ana = await connect({ ...ANA, watchlist: ['8', '9'] });
      const seen = listen(ana.user.watchlist, 'online', 'offline');
      await signIn(ana);
      assert.deepEqual(await seen.next(), { name: 'offline', user_ids: ['8', '9'] });

      const beto = await connect(BETO);
      await signIn(beto);
      assert.deepEqual(await seen.next(), { name: 'online', user_ids: ['8'] });
      beto.disconnect();
      assert.deepEqual(await seen.next(), { name: 'offline', user_ids: ['8'] });
    });

    test('pusher-js: a presence channel by the sign-in alone', async () => {
      const ana = await connect(ANA);
      await signIn(ana);
      const socket = await PusherSocket.connect(env());
      await socket.join('presence-room', '{"user_id":"9"}');
      ana.config.channelAuthorizer = ({ socketId, channelName }, answer) =>
        answer(null, sdk().authorizeChannel(socketId, channelName));
      const channel = ana.subscribe('presence-room');
      await listen(channel, 'pusher:subscription_succeeded').next();

      assert.equal(channel.members.me.id, '7');
      assert.deepEqual(channel.members.get('7').info, ANA.user_info);
      assert.equal(channel.members.count, 2);
    });

    test('pusher-js: the subscription count', async () => {
      const channel = (await connect(ANA)).subscribe('counted');
      const counts = listen(channel, 'pusher:subscription_count');
      assert.deepEqual(await counts.next(), { subscription_count: 1 });
      const beto = await connect(BETO);
      await subscribe(beto, 'counted');
      assert.deepEqual(await counts.next(), { subscription_count: 2 });
      assert.equal(channel.subscriptionCount, 2);
      beto.unsubscribe('counted');
      assert.deepEqual(await counts.next(), { subscription_count: 1 });
    });

    test('laravel-echo: error() hears of a refused subscribe if the application wants it', async () => {
      const echo = createEcho(env(), null, {
        channelAuthorization: {
          customHandler: (_, answer) =>
            answer(null, { auth: `${env().APP_KEY}:${'0'.repeat(64)}` }),
        },
      });
      const errors = new Inbox('errors');
      echo.private('chat').error((error) => errors.push(error));
      assert.equal((await errors.next()).status, 401);
    });
  },
  { settings: apps.settings },
);
