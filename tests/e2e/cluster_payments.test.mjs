// SPDX-License-Identifier: MIT

// Payments while the Redis of several workers is away: docs/cluster.md, "What is guaranteed when".

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { until } from './support/inbox.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { RedisServer } from './support/redis.mjs';
import { FRONTS, Stack } from './support/stack.mjs';

describe('payments while Redis is away', () => {
  let redis, stack;

  before(async () => {
    redis = await RedisServer.start();
    stack = await new Stack(FRONTS[0], {
      settings: { REVERB_SCALING_ENABLED: 'true', REDIS_PORT: String(redis.port) },
    }).up();
  });
  after(async () => {
    await stack?.down();
    await redis?.remove();
  });
  afterEach(closeClients);

  const isDegraded = async () => (await stack.workerStatus()).cluster.degraded;

  test('reach the dashboards of each shop at once, every one, in order', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A, COMMERCE_B, TOKEN_B, DEVICE_B } = stack.env;
    await until(async () => !(await isDegraded()), 'Redis is there');
    const a = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const b = await openDashboard(stack.env, TOKEN_B, COMMERCE_B);
    const first = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    await a.payments.next(({ id }) => id === first.id, 'a payment with Redis');

    await redis.kill();
    await until(isDegraded, 'the worker knows that Redis is away');
    const expected = { a: [], b: [] };
    for (let i = 0; i < 5; i++) {
      expected.a.push((await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A))).id);
      await a.payments.next(({ id }) => id === expected.a[i], `payment ${i} of the first shop`);
      expected.b.push((await pay(stack.env, TOKEN_B, paymentNotice(DEVICE_B))).id);
      await b.payments.next(({ id }) => id === expected.b[i], `payment ${i} of the second shop`);
    }
    const seen = (dashboard) => [...new Set(dashboard.payments.all.map(({ id }) => id))];
    assert.deepEqual(seen(a), [first.id, ...expected.a]);
    assert.deepEqual(seen(b), expected.b);

    await redis.start();
    await until(async () => !(await isDegraded()), 'Redis is back');
    const last = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    await a.payments.next(({ id }) => id === last.id, 'a payment with Redis again');
    assert.deepEqual(seen(a), [first.id, ...expected.a, last.id]);
  });
});
