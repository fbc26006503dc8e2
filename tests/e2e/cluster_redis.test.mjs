// SPDX-License-Identifier: MIT

// The ways to a Redis: TLS, a Unix-domain socket, Sentinel; and a responder that knows two workers.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, tryUpgrade } from './support/cluster.mjs';
import { until } from './support/inbox.mjs';
import { Network, canMakeNamespaces } from './support/network.mjs';
import { reservePort } from './support/ports.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RedisServer, makeCertificate } from './support/redis.mjs';

/** An event of the first worker reaches a client of the second. */
async function areOne(cluster) {
  const socket = await cluster.hosts[1].connect();
  await socket.join('news');
  assert.equal((await cluster.hosts[0].publish('news', 'hello', 1)).status, 200);
  await socket.next('hello');
  await socket.close();
}

afterEach(() => PusherSocket.leaveAll());

describe('Redis behind TLS, with a user', () => {
  let dir, redis, cluster, files;

  before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-tls-'));
    files = makeCertificate(dir);
    const tlsPort = await reservePort();
    redis = await RedisServer.start({
      lines: [
        `tls-port ${tlsPort}`,
        `tls-cert-file ${files.certificate}`,
        `tls-key-file ${files.key}`,
        'tls-auth-clients no',
        'user shop on >p@ss ~* &* +@all',
      ],
    });
    redis.tlsPort = tlsPort;
  });

  after(async () => {
    await cluster?.stop();
    await redis?.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  test('a certificate that is good for the host', async () => {
    cluster = await Cluster.start(2, {
      REDIS_URL: `rediss://shop:p%40ss@127.0.0.1:${redis.tlsPort}/2`,
      PREGON_REDIS_CA_FILE: files.certificate,
    });
    await cluster.isWhole();
    await areOne(cluster);
    const refused = await tryUpgrade(cluster.hosts[0]); // what is encrypted cannot change hands
    assert.equal(refused.code, 4, JSON.stringify(refused));
    assert.match(refused.stderr, /connection to Redis is encrypted/);
    await areOne(cluster);
    await cluster.stop();
  });

  test('one that nobody vouches for is refused, and the log says why', async () => {
    cluster = await Cluster.start(1, { REDIS_URL: `rediss://shop:p%40ss@127.0.0.1:${redis.tlsPort}` });
    const [host] = cluster.hosts;
    await until(() => /redis is away.*certificate/.test(host.log()), 'a line about the certificate');
    assert.ok(await host.isDegraded());
    assert.ok(!host.log().includes('p@ss') && !host.log().includes('p%40ss'));
  });
});

describe('A node of a Redis Cluster', () => {
  test('is named as one, and the worker serves its clients alone', async () => {
    const redis = await RedisServer.start({ lines: ['cluster-enabled yes'] });
    const cluster = await Cluster.start(1, { REDIS_PORT: String(redis.port) });
    try {
      const [host] = cluster.hosts;
      await until(() => /redis is away.*node of a Redis Cluster/.test(host.log()), 'a line that says so');
      assert.ok(await host.isDegraded());
    } finally {
      await cluster.stop();
      await redis.remove();
    }
  });
});

describe('Redis on a Unix-domain socket', () => {
  test('serves as well, and a wrong password is named', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-unix-'));
    const socket = path.join(dir, 'redis.sock');
    const redis = await RedisServer.start({ password: 'right', lines: [`unixsocket ${socket}`] });
    const cluster = await Cluster.start(
      3,
      { REDIS_HOST: socket },
      { each: (i) => ({ REDIS_PASSWORD: i === 2 ? 'wrong' : 'right' }) },
    );
    try {
      await Promise.all(cluster.hosts.slice(0, 2).map((host) => host.settles(false)));
      await areOne(cluster);
      assert.equal((await tryUpgrade(cluster.hosts[1])).code, 0);
      await areOne(cluster);
      await until(() => /redis is away.*WRONGPASS/.test(cluster.hosts[2].log()), 'a line about the password');
    } finally {
      await cluster.stop();
      await redis.remove();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('a Redis with an address where nobody answers', { skip: !canMakeNamespaces() && 'no network namespaces' }, () => {
  test('is reached at its other one', async () => {
    const network = new Network(1);
    let redis, cluster;
    try {
      // The silent one comes first: it is nearer to the worker's own address (RFC 6724, rule 9).
      network.loseAddress(0, '10.93.7.11');
      network.setHosts(0, ['10.93.7.11 redis.test', `${network.address} redis.test`]);
      redis = await RedisServer.start({
        port: 6379, // in a network of its own
        lines: [`bind ${network.address}`, 'protected-mode no'],
        wrap: network.inServer(),
        clientArguments: ['-h', network.address],
      });
      const settings = { REDIS_HOST: 'redis.test', PREGON_REDIS_TIMEOUT_MS: '500' };
      cluster = await Cluster.start(1, settings, { wraps: [network.inHost(0)] });
      await cluster.isWhole();
      assert.equal((await cluster.hosts[0].publish('news', 'hello', 1)).status, 200);
    } finally {
      await cluster?.stop();
      await redis?.remove();
      network.remove();
    }
  });
});

describe('a worker that starts', () => {
  test('tells nobody that it is subscribed before it hears what other workers publish', async () => {
    const redis = await RedisServer.start();
    const cluster = await Cluster.start(2, { REDIS_PORT: String(redis.port) });
    const [other, starting] = cluster.hosts;
    const connected = () => starting.connect().catch(() => null);
    try {
      await cluster.isWhole();
      await starting.kill();
      await redis.kill('SIGSTOP'); // for less than the workers' time limit
      starting.startProgram('worker');
      let begun = 0;
      let begunBefore = null; // the client was told that it is subscribed
      const publishOne = async () =>
        assert.equal((await other.publish('numbers', 'number', begun++)).status, 200);
      const subscribing = until(connected, 'a client is let in').then(async (socket) => {
        await socket.join('numbers');
        begunBefore = begun;
        return socket;
      });
      await Promise.race([subscribing, sleep(500)]);
      const underWay = publishOne();
      await until(async () => (await other.status()).events_published > 0, 'it waits for Redis');
      await redis.kill('SIGCONT');
      await underWay;
      await until(() => publishOne().then(() => begunBefore !== null), 'it is subscribed');
      await publishOne();
      const socket = await subscribing;

      await socket.next('number', ({ data }) => data === begun - 1);
      const heard = socket.inbox.all.filter(({ event }) => event === 'number').map(({ data }) => data);
      const first = Math.min(begunBefore, heard[0]);
      assert.deepEqual(heard, Array.from({ length: begun - first }, (_, i) => first + i));
    } finally {
      await redis.kill('SIGCONT');
      await cluster.stop();
      await redis.remove();
    }
  });
});

describe('a Redis that is killed and started ten times under load', () => {
  test('never stops local delivery, and never restarts a worker', async () => {
    const redis = await RedisServer.start();
    const cluster = await Cluster.start(2, { REDIS_PORT: String(redis.port) });
    const [first, second] = cluster.hosts;
    try {
      await cluster.isWhole();
      const pids = await Promise.all(cluster.hosts.map(async (host) => (await host.status()).pid));
      const near = await first.connect();
      const far = await second.connect();
      for (const socket of [near, far]) await socket.join('numbers');
      const answers = [];
      let goesOn = true;
      const publishing = (async () => {
        while (goesOn) answers.push((await first.publish('numbers', 'number', answers.length)).status);
      })();
      for (let i = 0; i < 10; i++) {
        await redis.kill();
        await until(() => first.isDegraded(), 'the loss is noticed');
        const count = answers.length;
        await until(() => answers.length > count + 5, 'events go on without Redis');
        await redis.start();
        await cluster.isWhole();
      }
      goesOn = false;
      await publishing;
      await first.publish('numbers', 'end', 0);
      for (const socket of [near, far]) await socket.next('end');

      const numbers = (socket) => socket.inbox.all.filter(({ event }) => event === 'number').map(({ data }) => Number(data));
      assert.deepEqual(numbers(near), answers.map((_, number) => number), 'each once, in order');
      assert.deepEqual(
        numbers(far),
        [...new Set(numbers(far))].sort((a, b) => a - b),
        'none twice, in order',
      );
      assert.deepEqual([...new Set(answers)].sort(), [200, 503]);
      assert.deepEqual(await Promise.all(cluster.hosts.map(async (host) => (await host.status()).pid)), pids);
    } finally {
      await cluster.stop();
      await redis.remove();
    }
  });
});

describe('Sentinel', () => {
  test('a master that dies is followed, and presence with it', async () => {
    const master = await RedisServer.start();
    const replica = await RedisServer.start({ lines: [`replicaof 127.0.0.1 ${master.port}`] });
    const sentinels = [];
    for (let i = 0; i < 3; i++)
      sentinels.push(
        await RedisServer.start({
          options: ['--sentinel'],
          lines: [
            `sentinel monitor shop 127.0.0.1 ${master.port} 2`,
            'sentinel down-after-milliseconds shop 1000',
            'sentinel failover-timeout shop 5000',
          ],
        }),
      );
    const cluster = await Cluster.start(2, {
      PREGON_REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
      PREGON_REDIS_SENTINEL_SERVICE: 'shop',
    });
    try {
      await cluster.isWhole();
      await areOne(cluster);
      await until(async () => /num-slaves\n1/.test(await sentinels[0].ask('SENTINEL', 'MASTER', 'shop')), 'the replica is known');
      await until(async () => /num-other-sentinels\n2/.test(await sentinels[0].ask('SENTINEL', 'MASTER', 'shop')), 'the sentinels know each other');
      const one = await cluster.hosts[0].connect();
      await one.join('presence-room', JSON.stringify({ user_id: '1' }));
      assert.equal((await tryUpgrade(cluster.hosts[0])).code, 0);
      await master.kill();
      await until(() => cluster.hosts.every((host) => host.log().includes('cluster lost')), 'the loss is noticed');
      await cluster.isWhole();
      await areOne(cluster);
      const two = await cluster.hosts[1].connect();
      const { data } = await two.join('presence-room', JSON.stringify({ user_id: '2' }));
      assert.deepEqual([...data.presence.ids].sort(), ['1', '2']);
      await one.next('pusher_internal:member_added');
      const status = await cluster.hosts[0].status();
      assert.equal(status.cluster.redis, `127.0.0.1:${replica.port}`);
    } finally {
      await cluster.stop();
      for (const server of [...sentinels, replica, master]) await server.remove();
    }
  });
});

describe('a responder that knows two workers', () => {
  test('asks the other one when its own is away', async () => {
    const redis = await RedisServer.start();
    const cluster = await Cluster.start(2, { REDIS_PORT: String(redis.port) }, {
      each: (i) => (i === 0 ? { PREGON_FCGI_THREADS: '2' } : {}),
    });
    const [first, second] = cluster.hosts;
    try {
      await cluster.isWhole();
      await first.kill('fcgi', 'SIGTERM');
      first.reconfigure({ PREGON_WORKER_SOCKETS: cluster.hosts.map(({ dir }) => path.join(dir, 'worker.sock')).join() });
      first.startProgram('fcgi');
      await until(async () => (await first.get('/up').catch(() => null))?.status === 200, 'the responder is back');
      const socket = await second.connect();
      await socket.join('news');
      assert.equal((await first.publish('news', 'one', 1)).status, 200);
      await first.kill('worker');
      assert.equal((await first.publish('news', 'two', 2)).status, 200);
      await socket.next('two');
      assert.equal((await first.get('/up')).status, 200);
    } finally {
      await cluster.stop();
      await redis.remove();
    }
  });
});
