// SPDX-License-Identifier: MIT

// Subscription counts: §9 of the WebSocket protocol.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({ counted: { subscription_count: true } });
const COUNT = 'pusher_internal:subscription_count';
const SUCCEEDED = 'pusher_internal:subscription_succeeded';
const SMALL = 100;

withStack(
  'subscription counts',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = () => PusherSocket.connect(apps.env(stack, 'counted'));
    async function joined(channel, channelData) {
      const socket = await connect();
      await socket.join(channel, channelData);
      return socket;
    }
    const counts = async (socket) =>
      (await socket.heard(/^pusher_internal:subscription_count$/)).map(
        ({ data }) => data.subscription_count,
      );

    test('§9 the joiner is told after its confirmation, to the letter', async () => {
      const ana = await joined('news');
      await ana.settled();
      assert.deepEqual(
        ana.texts.slice(1, -1).map((text) => JSON.parse(text)),
        [
          { event: SUCCEEDED, data: '{}', channel: 'news' },
          { event: COUNT, data: '{"subscription_count":1}', channel: 'news' },
        ],
      );
    });

    for (const channel of ['news', 'private-x', 'private-encrypted-x', 'cache-x']) {
      test(`§9 every subscriber is told of every change: ${channel}`, async () => {
        const ana = await joined(channel);
        const beto = await joined(channel);
        const carla = await joined(channel);
        carla.send('pusher:unsubscribe', { channel });
        await carla.settled();
        await beto.close();
        assert.deepEqual(await counts(ana), [1, 2, 3, 2, 1]);
        assert.deepEqual(await counts(carla), [3]);
      });
    }

    test('§9 a second subscribe of a socket changes nothing', async () => {
      const ana = await joined('news');
      await ana.join('news');
      assert.deepEqual(await counts(ana), [1]);
    });

    test('§9 a socket counts in each of its channels', async () => {
      const ana = await joined('news');
      await ana.join('more');
      const beto = await joined('more');
      assert.deepEqual(await counts(ana), [1, 1, 2]);
      assert.deepEqual(await counts(beto), [2]);
    });

    test('§9 presence channels have no counts', async () => {
      const ana = await joined('presence-x', '{"user_id":"7"}');
      await joined('presence-x', '{"user_id":"8"}');
      assert.deepEqual(await counts(ana), []);
    });

    test('§9 an application that does not ask for it: nothing', async () => {
      const ana = await PusherSocket.connect(stack.env);
      await ana.join('news');
      const beto = await PusherSocket.connect(stack.env);
      await beto.join('news');
      assert.deepEqual([await counts(ana), await counts(beto)], [[], []]);
    });

    test(`§9 beyond ${SMALL} connections not every change is told, but the last is`, async () => {
      const first = await joined('crowd');
      const others = [];
      for (let count = 1; count < SMALL + 20; count++) others.push(await connect());
      for (const socket of others) socket.send('pusher:subscribe', { channel: 'crowd' });

      await first.next(COUNT, ({ data }) => data.subscription_count === SMALL + 20);

      const seen = await counts(first);
      assert.deepEqual(
        seen.slice(0, SMALL),
        Array.from({ length: SMALL }, (_, index) => index + 1),
      );
      const large = seen.slice(SMALL);
      assert.ok(large.length < 20, `told of each of ${large}`);
      assert.deepEqual(large, [...new Set(large)]);
    });
  },
  { settings: apps.settings },
);
