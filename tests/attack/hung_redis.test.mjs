// SPDX-License-Identifier: MIT

// F2: the Redis that the workers share hangs: it takes connections and commands, and answers none.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../e2e/support/cluster.mjs';
import { PusherSocket } from '../e2e/support/pusher_socket.mjs';
import { RedisServer } from '../e2e/support/redis.mjs';

describe('a Redis that hangs', () => {
  let redis, cluster;
  before(async () => {
    redis = await RedisServer.start();
    cluster = await Cluster.start(2, { REDIS_PORT: String(redis.port), PREGON_REDIS_TIMEOUT_MS: '1000' });
    await cluster.isWhole();
  });
  after(async () => {
    PusherSocket.closeAll();
    await redis?.kill('SIGCONT');
    await cluster?.stop();
    await redis?.remove();
  });

  test('each worker serves its own clients, and all is one again by itself', async () => {
    const [a, b] = cluster.hosts;
    const pids = await Promise.all(cluster.hosts.map(async (host) => (await host.status()).pid));
    const [near, far] = [await a.connect(), await b.connect()];
    for (const socket of [near, far]) await socket.join('news');

    await redis.kill('SIGSTOP');
    assert.equal((await a.publish('news', 'while it hangs', 1)).status, 503);
    await near.next('while it hangs');
    for (const host of cluster.hosts) await host.settles(true);
    for (let i = 0; i < 20; i++) {
      assert.deepEqual(await a.get('/up'), { status: 200, body: { health: 'DEGRADED' } });
      await near.settled();
      await far.settled();
    }
    const late = await b.connect();
    await late.join('news');
    assert.equal((await b.publish('news', 'alone', 2)).status, 503);
    for (const socket of [far, late]) await socket.next('alone');

    await redis.kill('SIGCONT');
    await cluster.isWhole();
    assert.equal((await a.publish('news', 'again', 3)).status, 200);
    for (const socket of [near, far, late]) await socket.next('again');
    assert.deepEqual(await a.get('/up'), { status: 200, body: { health: 'OK' } });
    assert.deepEqual(await Promise.all(cluster.hosts.map(async (host) => (await host.status()).pid)), pids);
  });
});
