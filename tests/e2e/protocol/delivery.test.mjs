// SPDX-License-Identifier: MIT

// Delivery of server events: §10 of the WebSocket protocol.

import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { publisher } from '../support/clients.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { RawSocket } from '../support/raw_socket.mjs';
import { readKeyValues, withStack } from '../support/stack.mjs';

const QUEUE = 65536;

withStack(
  'delivery',
  'nginx',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const sdk = () => publisher(stack.env);
    const trigger = (...rest) => sdk().trigger(...rest);
    async function joined(...channels) {
      const socket = await PusherSocket.connect(stack.env);
      for (const channel of channels) await socket.join(channel);
      return socket;
    }
    /** The application's events, as [event, channel]. */
    const received = async (socket) =>
      (await socket.heard(/^(?!pusher(_internal)?:)/)).map(({ event, channel }) => [
        event,
        channel,
      ]);

    test('§10 an event, to the letter: event, data as a string, channel', async () => {
      const socket = await joined('private-orders.42');
      await trigger(
        'private-orders.42',
        'App\\Events\\Order "é"\u2028',
        '{"id":42,"x":1.0, "a":"\\/"}',
      );
      await socket.settled();
      assert.deepEqual(JSON.parse(socket.texts.at(-2)), {
        event: 'App\\Events\\Order "é"\u2028',
        data: '{"id":42,"x":1.0, "a":"\\/"}',
        channel: 'private-orders.42',
      });
    });

    test('§10 to the subscribers of the channel and nobody else', async () => {
      const [news, more, none] = [
        await joined('news'),
        await joined('News', 'new'),
        await joined(),
      ];
      await trigger('news', 'made', {});
      assert.deepEqual(await received(news), [['made', 'news']]);
      assert.deepEqual(await received(more), []);
      assert.deepEqual(await received(none), []);
    });

    test('§10 messages of one publisher come in the order of publishing', async () => {
      const sockets = [await joined('news'), await joined('news', 'other')];
      const publishing = sdk();
      const expected = [];
      for (let number = 0; number < 50; number++) {
        await publishing.trigger('news', `n${number}`, {});
        expected.push([`n${number}`, 'news']);
      }
      for (const socket of sockets) assert.deepEqual(await received(socket), expected);
    });

    test('§10 the events of a batch come in its order', async () => {
      const socket = await joined('news', 'more');
      const names = Array.from({ length: 10 }, (_, index) => [
        `b${index}`,
        index % 2 ? 'news' : 'more',
      ]);
      await sdk().triggerBatch(names.map(([name, channel]) => ({ name, channel, data: '{}' })));
      assert.deepEqual(await received(socket), names);
    });

    test('§10 one message per channel: two for a socket in two, one for a channel named twice', async () => {
      const [both, one] = [await joined('red', 'blue'), await joined('red')];
      await trigger(['red', 'blue', 'red'], 'made', {});
      assert.deepEqual((await received(both)).sort(), [
        ['made', 'blue'],
        ['made', 'red'],
      ]);
      assert.deepEqual(await received(one), [['made', 'red']]);
    });

    test('§10 the socket named by socket_id is left out, in every channel', async () => {
      const [sender, other] = [await joined('red', 'blue'), await joined('red', 'blue')];
      await trigger(['red', 'blue'], 'made', {}, { socket_id: sender.id });
      assert.deepEqual(await received(sender), []);
      assert.equal((await received(other)).length, 2);
    });

    test('§10 an unknown socket_id leaves nobody out', async () => {
      const socket = await joined('red');
      await trigger('red', 'made', {}, { socket_id: '1.1' });
      assert.deepEqual(await received(socket), [['made', 'red']]);
    });

    test('§10 nothing after the unsubscribe', async () => {
      const socket = await joined('red');
      await trigger('red', 'first', {});
      socket.send('pusher:unsubscribe', { channel: 'red' });
      await socket.settled();
      await trigger('red', 'second', {});
      assert.deepEqual(await received(socket), [['first', 'red']]);
    });

    test('§10 a client that does not read is closed with 4100, the others get everything', async () => {
      const { PREGON_WS_LISTEN } = readKeyValues(path.join(stack.dir, 'pregon.env'));
      const address = { path: PREGON_WS_LISTEN.replace(/^unix:/, '') };
      const slow = await RawSocket.open(address, `/app/${stack.env.APP_KEY}`);
      const reading = await joined('crowd');
      try {
        slow.sendEvent('pusher:subscribe', { channel: 'crowd' });
        await slow.nextMessage('pusher_internal:subscription_succeeded');
        slow.tcp.pause();

        const published = await publishUntilSomebodyIsClosed();
        slow.tcp.resume();

        assert.deepEqual(await slow.nextClose(), { code: 4100, reason: 'Slow consumer' });
        const events = (await received(reading)).map(([event]) => event);
        assert.deepEqual(
          events,
          Array.from({ length: published }, (_, number) => `n${number}`),
        );
        await trigger('crowd', 'after', {});
        await reading.next('after');
      } finally {
        slow.destroy();
      }
    });

    async function publishUntilSomebodyIsClosed() {
      const data = 'x'.repeat(10000);
      const isClosed = async () => (await stack.workerStatus()).slow_consumers_closed > 0;
      let number = 0;
      while (!(await isClosed()) && number < 1000)
        for (let more = 0; more < 10; more++) await trigger('crowd', `n${number++}`, data);
      return number;
    }
  },
  { settings: { PREGON_MAX_QUEUED_BYTES: String(QUEUE) } },
);
