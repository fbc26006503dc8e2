// SPDX-License-Identifier: MIT

// build: plain, because it measures the memory of the responder

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { afterEach, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { postEvent } from './support/signing.mjs';
import { withStack } from './support/stack.mjs';

const EVENTS = 400;
const AT_A_TIME = 40; // more than there are threads, so that some wait for a thread too
const DATA = 'x'.repeat(10000);
const MEMORY = 64 << 20; // of what was sent: 4 MB

const residentBytes = (pid) =>
  1024 * Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

withStack(
  'a worker that is behind',
  'nginx',
  (stack) => {
    afterEach(() => PusherSocket.closeAll());

    test('publishers hear 503 in time, nothing piles up, and it goes on afterwards', async () => {
      const socket = await PusherSocket.connect(stack.env);
      await socket.join('crowd');
      const worker = stack.pid('worker');
      const responder = stack.pid('fcgi');
      const before = residentBytes(responder);

      const refused = [];
      process.kill(worker, 'SIGSTOP');
      try {
        let next = 0;
        const publisher = async () => {
          while (next < EVENTS) {
            const answer = await postEvent(stack.env, {
              name: `n${next++}`,
              channel: 'crowd',
              data: DATA,
            });
            refused.push([answer.status, answer.headers.get('retry-after') !== null]);
          }
        };
        await Promise.all(Array.from({ length: AT_A_TIME }, publisher));
        assert.ok(residentBytes(responder) - before < MEMORY);
      } finally {
        process.kill(worker, 'SIGCONT');
      }
      assert.deepEqual(refused, Array(EVENTS).fill([503, true]));

      let tries = 0;
      const publish = () =>
        postEvent(stack.env, { name: `after ${++tries}`, channel: 'crowd', data: '{}' });
      await until(async () => (await publish()).status === 200, 'an event is taken again');
      await socket.next(`after ${tries}`);
      const names = socket.texts.map((text) => JSON.parse(text).event);
      assert.equal(new Set(names).size, names.length, 'none twice');
    });
  },
  { settings: { PREGON_WORKER_TIMEOUT_MS: '100' } },
);
