// SPDX-License-Identifier: MIT

// What all clients' queues may hold together: §10 of the WebSocket protocol.

import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { until } from '../support/inbox.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { OPCODE, RawSocket } from '../support/raw_socket.mjs';
import { logged } from '../support/reload.mjs';
import { postEvent } from '../support/signing.mjs';
import { readKeyValues, withStack } from '../support/stack.mjs';

const GREEDY = 8;
const UNFINISHED = 300; // together more than the bound
const PINGS = 6000; // each has an answer of 127 bytes: below the bound of one queue

withStack(
  'queues together',
  'nginx',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    test('§10 above the bound the clients with the fullest queues are closed with 4100', async () => {
      const { PREGON_WS_LISTEN } = readKeyValues(path.join(stack.dir, 'pregon.env'));
      const address = { path: PREGON_WS_LISTEN.replace(/^unix:/, '') };
      const reading = await PusherSocket.connect(stack.env);
      await reading.join('news');
      const greedy = [];
      try {
        for (let i = 0; i < GREEDY; i++) {
          const socket = await RawSocket.open(address, `/app/${stack.env.APP_KEY}`);
          socket.tcp.pause();
          for (let ping = 0; ping < PINGS; ping++)
            socket.sendFrame(OPCODE.ping, 'p'.repeat(125));
          greedy.push(socket);
        }
        const closedSoFar = async () => (await stack.workerStatus()).slow_consumers_closed;
        await until(async () => (await closedSoFar()) > 0, 'somebody is closed');
        await logged(stack, 'worker', /queues too large bytes=\d+ limit=2097152 closed=\d+/);

        greedy.forEach((socket) => socket.tcp.resume());
        assert.deepEqual(await Promise.race(greedy.map((socket) => socket.nextClose())), {
          code: 4100,
          reason: 'Slow consumer',
        });
        assert.ok((await closedSoFar()) <= GREEDY);
        await postEvent(stack.env, { name: 'after', channel: 'news', data: '{}' });
        await reading.next('after');
      } finally {
        greedy.forEach((socket) => socket.destroy());
      }
    });

    test('§10 messages that never become whole count too', async () => {
      const { PREGON_WS_LISTEN } = readKeyValues(path.join(stack.dir, 'pregon.env'));
      const address = { path: PREGON_WS_LISTEN.replace(/^unix:/, '') };
      const whole = await PusherSocket.connect(stack.env);
      await whole.join('news');
      const closedSoFar = async () => (await stack.workerStatus()).slow_consumers_closed;
      const before = await closedSoFar();
      const unfinished = [];
      try {
        for (let i = 0; i < UNFINISHED; i++) {
          const socket = await RawSocket.open(address, `/app/${stack.env.APP_KEY}`);
          socket.sendFrame(OPCODE.text, 'x'.repeat(9000), { fin: false });
          unfinished.push(socket);
        }
        await until(async () => (await closedSoFar()) > before, 'some are closed');
        assert.ok((await closedSoFar()) - before < UNFINISHED);
        await postEvent(stack.env, { name: 'after', channel: 'news', data: '{}' });
        await whole.next('after');
      } finally {
        unfinished.forEach((socket) => socket.destroy());
      }
    });
  },
  { settings: { PREGON_MAX_QUEUED_BYTES_TOTAL: String(2 << 20) } },
);
