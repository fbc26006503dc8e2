// SPDX-License-Identifier: MIT

// build: plain, because it connects 5 000 clients: it computes all the time

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { publisher } from './support/clients.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { readKeyValues, withStack } from './support/stack.mjs';

const CLIENTS = 5000;
const AT_A_TIME = 100;
const DESCRIPTORS_NEEDED = CLIENTS + 500;

function skipReason() {
  // node raises its own soft limit to the hard one, and tests/stack does so for the worker.
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  const isEnough = limit === 'unlimited' || Number(limit) >= DESCRIPTORS_NEEDED;
  return isEnough ? false : `only ${limit} open files allowed, ${DESCRIPTORS_NEEDED} needed`;
}

withStack("many clients on the worker's Unix socket", 'nginx', (stack) => {
  test(`${CLIENTS} connect, subscribe and get one event each`, { skip: skipReason() }, async () => {
    const { PREGON_WS_LISTEN } = readKeyValues(path.join(stack.dir, 'pregon.env'));
    const address = { path: PREGON_WS_LISTEN.replace(/^unix:/, '') };
    const sockets = [];
    try {
      const join = async () => {
        while (sockets.length < CLIENTS) {
          const opening = RawSocket.open(address, `/app/${stack.env.APP_KEY}?protocol=7`);
          const index = sockets.push(null) - 1;
          sockets[index] = await opening;
          sockets[index].sendEvent('pusher:subscribe', { channel: 'crowd', auth: '' });
          await sockets[index].nextMessage('pusher_internal:subscription_succeeded');
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, join));

      const sdk = publisher(stack.env);
      await sdk.trigger('crowd', 'news', { n: 1 });
      await sdk.trigger('crowd', 'end', {});

      await Promise.all(sockets.map((socket) => socket.nextMessage('end')));
      const counts = sockets.map(
        ({ frames }) => frames.all.filter(({ payload }) => payload.includes('"news"')).length,
      );
      assert.equal(counts.length, CLIENTS);
      assert.deepEqual([...new Set(counts)], [1]);
      assert.equal(new Set(sockets.map(({ id }) => id)).size, CLIENTS);
    } finally {
      for (const socket of sockets) socket?.destroy();
    }
  });
});
