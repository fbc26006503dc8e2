// SPDX-License-Identifier: MIT

// Workers of a cluster replaced under their clients, one after the other: docs/cluster.md.

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cluster, tryUpgrade } from './support/cluster.mjs';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RedisServer } from './support/redis.mjs';

const FAILING = fileURLToPath(new URL('fixtures/failing_successor.py', import.meta.url));
const ROOM = 'presence-room';
const member = (id) => JSON.stringify({ user_id: id, user_info: { name: `user ${id}` } });
const MOVEMENT = /member_(added|removed)$/;
const movements = async (socket) =>
  (await socket.heard(MOVEMENT)).map(({ event, data }) => `${event.split('_').at(-1)} ${data.user_id}`);
const numbersOf = (socket, publisher) =>
  socket.inbox.all.filter(({ event }) => event === `from-${publisher}`).map(({ data }) => data);

async function upgrade(host) {
  const said = await tryUpgrade(host);
  assert.equal(said.code, 0, JSON.stringify(said));
}

/** Numbered events from this host, `from-NAME`, until `stop`, which tells how many. */
function stream(host, name, channel) {
  let count = 0;
  let goesOn = true;
  const over = (async () => {
    while (goesOn) {
      assert.equal((await host.publish(channel, `from-${name}`, count)).status, 200);
      count++;
    }
    return count;
  })();
  return {
    stop() {
      goesOn = false;
      return over;
    },
  };
}

describe('workers of a cluster are upgraded', () => {
  let redis, cluster, a, b, c;

  before(async () => {
    redis = await RedisServer.start({ password: 'of the upgrade' });
    cluster = await Cluster.start(3, {
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      REDIS_PASSWORD: 'of the upgrade',
      REDIS_DB: '2',
      PREGON_APP_WATCHLIST: 'true',
      PREGON_APP_SUBSCRIPTION_COUNT: 'true',
    });
    [a, b, c] = cluster.hosts;
    await cluster.isWhole();
  });

  afterEach(() => PusherSocket.leaveAll());

  after(async () => {
    PusherSocket.closeAll();
    await cluster?.stop();
    await redis?.remove();
  });

  test('and every event of every worker comes once, in one order, to all', async () => {
    const worker = (await a.status()).cluster.worker;
    const sockets = [];
    for (const host of [a, b, c, a, b, c]) {
      const socket = await host.connect();
      await socket.join('numbers');
      sockets.push(socket);
    }
    const streams = [a, b, c].map((host, i) => stream(host, i, 'numbers'));
    for (const host of [a, b, c, a, a, b, c]) await upgrade(host);
    const counts = await Promise.all(streams.map((one) => one.stop()));

    const orders = [];
    for (const socket of sockets) {
      for (const [i, count] of counts.entries()) {
        await socket.next(`from-${i}`, ({ data }) => data === count - 1);
        assert.deepEqual(numbersOf(socket, i), Array.from({ length: count }, (_, number) => number));
      }
      const events = socket.inbox.all.filter(({ event }) => event.startsWith('from-'));
      orders.push(events.map(({ event, data }) => `${event} ${data}`).join(', '));
    }
    assert.equal(new Set(orders).size, 1, 'one order for all');
    assert.equal((await a.status()).cluster.worker, worker, 'the same worker in Redis');
  });

  test('and members, users, watchers, counts and cached events stay', async () => {
    const ana = await a.connect();
    const ben = await b.connect();
    await ana.join(ROOM, member('ana'));
    await ben.join(ROOM, member('ben'));
    await ana.join('private-till');
    await ben.join('private-till');
    await ben.signIn({ id: 'ben', watchlist: ['ana'] });
    await ben.next('pusher_internal:watchlist_events', ({ data }) => data.events[0].name === 'offline');
    await ana.signIn({ id: 'ana' });
    await ben.next('pusher_internal:watchlist_events', ({ data }) => data.events[0].name === 'online');
    await c.publish('cache-price', 'price', 25);
    await ana.join('cache-price');
    await ana.next('price');
    await ana.join('news');
    await ben.join('news');
    await ana.next('pusher_internal:subscription_count', ({ channel, data }) => channel === 'news' && data.subscription_count === 2);

    for (const host of [a, b, c]) await upgrade(host);

    ana.send('client-typing', { by: 'ana' }, { channel: 'private-till' });
    assert.equal((await ben.next('client-typing')).channel, 'private-till');
    await c.publish('#server-to-user-ana', 'only-you', 1);
    await ana.next('only-you');
    await c.publish('private-till', 'not-for-ana', 1, { socket_id: ana.id });
    await ben.next('not-for-ana');
    assert.deepEqual((await c.ask('GET', `/channels/${ROOM}/users`)).body.users, [{ id: 'ana' }, { id: 'ben' }]);

    const eve = await a.connect();
    const joined = await eve.join(ROOM, member('eve'));
    assert.deepEqual(joined.data.presence.ids, ['ana', 'ben', 'eve']);
    await eve.join('cache-price');
    assert.equal((await eve.next('price')).data, 25);
    await eve.join('news');
    await ben.next('pusher_internal:subscription_count', ({ channel, data }) => channel === 'news' && data.subscription_count === 3);
    await until(async () => (await c.ask('GET', '/connections')).body.connections === 3, 'three connections');
    const again = await b.connect(); // a user who is in already is not one more
    await again.join(ROOM, member('ben'));
    await again.close();
    await eve.close();
    await ana.next('pusher_internal:member_removed');
    await ana.close();
    await ben.next('pusher_internal:watchlist_events', ({ data }) => data.events[0].name === 'offline');
    await ben.next('pusher_internal:member_removed', ({ data }) => data.user_id === 'ana');
    assert.deepEqual(await movements(ben), ['added eve', 'removed eve', 'removed ana']);
    assert.ok(!ana.inbox.all.some(({ event }) => event === 'not-for-ana'));
  });

  test('and who comes, joins and leaves meanwhile notices nothing', async () => {
    const watcher = await c.connect();
    await watcher.join(ROOM, member('watcher'));
    let goesOn = true;
    const came = [];
    const comeAndGo = async (host, name) => {
      for (let i = 0; goesOn; i++) {
        const socket = await host.connect();
        const id = `${name}-${i}`;
        came.push(id);
        const { data } = await socket.join(ROOM, member(id));
        assert.ok(data.presence.ids.includes(id) && data.presence.ids.includes('watcher'));
        await socket.join(`private-${id}`);
        assert.equal((await host.publish(`private-${id}`, 'own', i)).status, 200);
        await socket.next('own');
        await socket.close();
      }
    };
    const people = [comeAndGo(a, 'a'), comeAndGo(a, 'b'), comeAndGo(b, 'c')];
    for (let i = 0; i < 4; i++) for (const host of [a, b, c]) await upgrade(host);
    goesOn = false;
    await Promise.all(people);

    const removed = new Set();
    await until(async () => {
      for (const text of await movements(watcher)) if (text.startsWith('removed ')) removed.add(text.slice(8));
      return removed.size === came.length;
    }, 'all have gone');
    const expected = came.flatMap((id) => [`added ${id}`, `removed ${id}`]).sort();
    assert.deepEqual((await movements(watcher)).sort(), expected);
    assert.deepEqual((await a.ask('GET', `/channels/${ROOM}/users`)).body.users, [{ id: 'watcher' }]);
  });

  test('also while Redis is away, and nobody is seen to go when it is back', async () => {
    const ana = await a.connect();
    const ben = await b.connect();
    await ana.join(ROOM, member('ana'));
    await ben.join(ROOM, member('ben'));
    await ana.next('pusher_internal:member_added');
    await redis.kill('SIGTERM');
    await a.settles(true);
    await upgrade(a);
    await a.settles(true);
    await a.publish(ROOM, 'alone', 1);
    await ana.next('alone');
    await redis.start();
    await cluster.isWhole();
    await until(async () => {
      const { body } = await c.ask('GET', `/channels/${ROOM}/users`);
      return body.users?.length === 2;
    }, 'both are in');
    await b.publish(ROOM, 'together', 1);
    await ana.next('together');
    assert.ok(!(await movements(ben)).includes('removed ben'));
    assert.ok(!(await movements(ana)).includes('removed ana'));
  });

  test('and one whose Redis does not answer goes on without it until it does', async () => {
    const socket = await a.connect();
    await socket.join('steady');
    await redis.kill('SIGSTOP');
    const publishing = a.publish('steady', 'meanwhile', 1);
    await upgrade(a);
    await redis.kill('SIGCONT');
    assert.equal((await publishing).status, 503);
    await socket.next('meanwhile');
    await cluster.isWhole();
    await b.publish('steady', 'afterwards', 1);
    await socket.next('afterwards');
  });

  test('but not to another Redis, nor to none', async () => {
    const socket = await a.connect();
    await socket.join('steady');
    const { REDIS_DB } = a.settings;
    a.reconfigure({ REDIS_DB: '3' });
    assert.match((await tryUpgrade(a)).stderr, /REDIS_\* has been changed meanwhile/);
    a.reconfigure({ REDIS_DB, REVERB_SCALING_ENABLED: 'false' });
    assert.match((await tryUpgrade(a)).stderr, /REVERB_SCALING_ENABLED has changed meanwhile/);
    a.reconfigure({ REVERB_SCALING_ENABLED: 'true' });
    await b.publish('steady', 'still', 1);
    await socket.next('still');
  });

  test('and a new program that dies with the sockets to Redis in its hands takes nothing along', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-e2e-'));
    const program = path.join(folder, 'pregon-worker');
    const real = a.programs.worker;
    copyFileSync(real, program);
    await a.kill('worker', 'SIGTERM');
    a.programs.worker = program;
    a.startProgram('worker');
    await until(async () => (await a.isDegraded().catch(() => true)) === false, 'the worker is one of them again');
    const watcher = await b.connect();
    const socket = await a.connect();
    await watcher.join(ROOM, member('watcher'));
    await socket.join(ROOM, member('ana'));
    for (const step of ['cluster', 'end', 'taken', 'go']) {
      rmSync(program);
      copyFileSync(FAILING, program);
      chmodSync(program, 0o755);
      writeFileSync(path.join(folder, 'step'), step);
      const said = await tryUpgrade(a);
      assert.equal(said.code, 1, JSON.stringify(said));
      await b.publish(ROOM, step, 1);
      await socket.next(step);
    }
    rmSync(program);
    copyFileSync(real, program);
    await upgrade(a);
    await socket.close();
    await watcher.next('pusher_internal:member_removed');
    assert.deepEqual(await movements(watcher), ['added ana', 'removed ana']);
    rmSync(folder, { recursive: true, force: true });
  });
});
