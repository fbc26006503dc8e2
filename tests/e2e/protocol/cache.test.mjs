// SPDX-License-Identifier: MIT

// Cache channels: §6 of the WebSocket protocol.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { publisher } from '../support/clients.mjs';
import { until } from '../support/inbox.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { postEvent } from '../support/signing.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({ brief: { cache_seconds: 1 }, few: { cache_max_channels: 2 } });
const SUCCEEDED = 'pusher_internal:subscription_succeeded';
const MISS = 'pusher:cache_miss';
const MEMBER = '{"user_id":"7"}';

withStack(
  'cache channels',
  'nginx',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name) => PusherSocket.connect(name ? apps.env(stack, name) : stack.env);
    const trigger = (...rest) => publisher(stack.env).trigger(...rest);

    /** What a new socket is told when it joins, as [event, data]. */
    async function toldOnJoining(channel, { name, socket } = {}) {
      const joiner = socket ?? (await connect(name));
      const before = joiner.texts.length;
      await joiner.join(channel, channel.startsWith('presence-') ? MEMBER : undefined);
      await joiner.settled();
      const told = joiner.texts.slice(before, -1).map((text) => JSON.parse(text));
      assert.equal(told[0].event, SUCCEEDED);
      return told.slice(1);
    }
    const miss = (channel) => [{ event: MISS, channel, data: '{}' }];

    for (const prefix of [
      'cache-',
      'private-cache-',
      'presence-cache-',
      'private-encrypted-cache-',
    ]) {
      test(`§6 ${prefix}: a miss first, then the last event, to the new subscriber alone`, async () => {
        const channel = `${prefix}kinds`;
        const ana = await connect();
        assert.deepEqual(await toldOnJoining(channel, { socket: ana }), miss(channel));

        const payload = { nonce: 'bm9uY2U=', ciphertext: 'Y2lwaGVy' };
        await postEvent(stack.env, { name: 'old', channel, data: payload });
        await postEvent(stack.env, { name: 'App\\Events\\New', channel, data: payload });

        const event = 'App\\Events\\New';
        const cached = [{ event, data: JSON.stringify(payload), channel }];
        assert.deepEqual(await toldOnJoining(channel), cached);
        const heard = (await ana.heard(/^(old|App.*)$/)).map((message) => message.event);
        assert.deepEqual(heard, ['old', event]);
      });
    }

    test('§6 other channels neither miss nor remember', async () => {
      for (const channel of ['news', 'cachet', 'my-cache-x', 'private-x', 'presence-x']) {
        await trigger(channel, 'made', {});
        assert.deepEqual(await toldOnJoining(channel), [], channel);
      }
    });

    test('§6 an event is remembered when nobody is subscribed, and after the last one left', async () => {
      const channel = 'cache-empty';
      await trigger(channel, 'made', 'x');
      const cached = [{ event: 'made', data: 'x', channel }];
      const first = await connect();
      assert.deepEqual(await toldOnJoining(channel, { socket: first }), cached);
      await first.close();
      assert.deepEqual(await toldOnJoining(channel), cached);
    });

    test('§6 a second subscribe replays it again', async () => {
      const channel = 'cache-again';
      const socket = await connect();
      assert.deepEqual(await toldOnJoining(channel, { socket }), miss(channel));
      assert.deepEqual(await toldOnJoining(channel, { socket }), miss(channel));
      await trigger(channel, 'made', 'x');
      await socket.next('made');
      const cached = [{ event: 'made', data: 'x', channel }];
      assert.deepEqual(await toldOnJoining(channel, { socket }), cached);
    });

    test('§6 client events, joins and leaves are not cached', async () => {
      const channel = 'presence-cache-room';
      const [ana, beto] = [await connect(), await connect()];
      await ana.join(channel, '{"user_id":"1"}');
      await beto.join(channel, '{"user_id":"2"}');
      await trigger(channel, 'made', 'x');
      ana.send('client-said', {}, { channel });
      await ana.settled();
      await beto.close();
      assert.deepEqual(await toldOnJoining(channel), [{ event: 'made', data: 'x', channel }]);
    });

    test('§6 an event is remembered for the excluded socket too', async () => {
      const channel = 'cache-excluded';
      const socket = await connect();
      await toldOnJoining(channel, { socket });
      await trigger(channel, 'made', 'x', { socket_id: socket.id });
      assert.deepEqual(await socket.heard(/^made$/), []);
      const cached = [{ event: 'made', data: 'x', channel }];
      assert.deepEqual(await toldOnJoining(channel, { socket }), cached);
    });

    test("§6 an application's events are its own", async () => {
      await trigger('cache-own', 'made', 'x');
      assert.deepEqual(await toldOnJoining('cache-own', { name: 'few' }), miss('cache-own'));
    });

    test('§6 an event that is too old is a miss', async () => {
      const channel = 'cache-brief';
      await publisher(apps.env(stack, 'brief')).trigger(channel, 'made', 'x');
      const socket = await connect('brief');
      await until(async () => {
        const [told] = await toldOnJoining(channel, { socket });
        return told.event === MISS;
      }, 'the event is forgotten');
    });

    test('§6 beyond cache_max_channels the oldest event goes first', async () => {
      const sdk = publisher(apps.env(stack, 'few'));
      for (const channel of ['cache-1', 'cache-2', 'cache-1', 'cache-3'])
        await sdk.trigger(channel, 'made', 'x');
      const socket = await connect('few');
      const kinds = [];
      for (const channel of ['cache-1', 'cache-2', 'cache-3'])
        kinds.push((await toldOnJoining(channel, { socket }))[0].event);
      assert.deepEqual(kinds, ['made', MISS, 'made']);
    });
  },
  { settings: apps.settings },
);
