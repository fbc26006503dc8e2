// SPDX-License-Identifier: MIT

// F3: bodies that come a few bytes at a time, through a web server that passes them on as they come,
// hold no thread: the shipped Apache site.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Front } from '../e2e/support/front.mjs';
import { openSockets } from '../e2e/support/front_checks.mjs';
import { until } from '../e2e/support/inbox.mjs';
import { paymentNotice, postNotification } from '../e2e/support/payments.mjs';
import { request } from '../e2e/support/request.mjs';
import { postEvent } from '../e2e/support/signing.mjs';
import { Stack } from '../e2e/support/stack.mjs';
import { apacheSite, openSlowBody } from './support/slow_bodies.mjs';

const THREADS = 4;
const SLOW = 4 * THREADS;
const ROUNDS = 10;

describe('slow bodies behind Apache', () => {
  const stack = new Stack('none', { settings: { PREGON_FCGI_THREADS: String(THREADS) } });
  const slow = [];
  let front, trickle;
  before(async () => {
    await stack.up();
    openSockets(stack); // to Apache's own user
    front = new Front('apache2', stack);
    chmodSync(front.folder, 0o711);
    mkdirSync(`${front.folder}/application/public`, { recursive: true });
    await front.up({ site: apacheSite });
  });
  after(async () => {
    clearInterval(trickle);
    slow.forEach((socket) => socket.destroy());
    await front?.down();
    await stack.down();
  });

  test('are no reason for others to wait', async () => {
    const { TOKEN_A, DEVICE_A } = stack.env;
    for (let i = 0; i < SLOW; i++) slow.push(openSlowBody(front));
    trickle = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('x'.repeat(300));
    }, 100);
    await until(() => slow.every((socket) => socket.bytesWritten > 2000), 'all bodies are under way');
    for (let round = 0; round < ROUNDS; round++) {
      assert.equal((await request(front.env, '/up')).status, 200);
      assert.equal((await postEvent(front.env, { name: 'a', channel: 'b', data: 1 })).status, 200);
      assert.equal((await postNotification(front.env, TOKEN_A, paymentNotice(DEVICE_A))).status, 201);
    }
    assert.equal(slow.filter((socket) => socket.destroyed).length, 0, 'some bodies had ended before');
  });
});
