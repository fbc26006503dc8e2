// SPDX-License-Identifier: MIT

// Three workers, each with a responder of its own, and a real Redis: docs/cluster.md.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Cluster } from './support/cluster.mjs';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RedisServer } from './support/redis.mjs';

const PASSWORD = 'a password that no log may hold';
const ROOM = 'presence-room';
const member = (id) => JSON.stringify({ user_id: id, user_info: { name: `user ${id}` } });
const names = (messages) => messages.map(({ event, data }) => `${event.split('_').at(-1)} ${data.user_id}`);
const movements = async (socket) => names(await socket.heard(/member_(added|removed)$/));

describe('three workers over Redis', () => {
  let redis, cluster, a, b, c;

  before(async () => {
    redis = await RedisServer.start({ password: PASSWORD });
    cluster = await Cluster.start(3, {
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      REDIS_PASSWORD: PASSWORD,
      REDIS_DB: '3',
      REVERB_SCALING_CHANNEL: 'shop',
      PREGON_APP_SUBSCRIPTION_COUNT: 'true',
      PREGON_APP_WATCHLIST: 'true',
      PREGON_APP_PRESENCE_MAX_MEMBERS: '4',
      REVERB_APP_MAX_CONNECTIONS: '9',
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

  test('an event taken by any worker reaches every subscriber once, in order', async () => {
    const sockets = await Promise.all(cluster.hosts.map((host) => host.connect()));
    for (const socket of sockets) await socket.join('news');
    for (let i = 0; i < 30; i++)
      assert.equal((await cluster.hosts[i % 3].publish('news', 'tick', i)).status, 200);
    for (const socket of sockets) {
      await socket.next('tick', ({ data }) => data === 29);
      const heard = socket.inbox.all.filter(({ event }) => event === 'tick').map(({ data }) => data);
      assert.deepEqual(heard, Array.from({ length: 30 }, (_, i) => i));
    }
  });

  test('the excluded socket and the sender of a client event hear nothing, wherever they are', async () => {
    const [one, two, three] = await Promise.all([a.connect(), b.connect(), c.connect()]);
    for (const socket of [one, two, three]) await socket.join('private-desk');
    await c.publish('private-desk', 'moved', 1, { socket_id: one.id });
    two.send('client-typing', { by: 2 }, { channel: 'private-desk' });
    await c.publish('private-desk', 'end', 0);
    for (const socket of [one, two, three]) await socket.next('end');
    const heard = (socket) =>
      socket.inbox.all.map(({ event }) => event).filter((event) => !event.startsWith('pusher')).sort();
    assert.deepEqual(heard(one), ['client-typing', 'end']);
    assert.deepEqual(heard(two), ['end', 'moved']);
    assert.deepEqual(heard(three), ['client-typing', 'end', 'moved']);
  });

  test('a user is one user on several workers', async () => {
    const watcher = await a.connect();
    await watcher.join(ROOM, member('1'));
    const there = [await b.connect(), await c.connect()];
    const { data } = await there[0].join(ROOM, member('2'));
    assert.deepEqual(data.presence.ids, ['1', '2']);
    await there[1].join(ROOM, member('2'));
    assert.deepEqual((await a.ask('GET', `/channels/${ROOM}/users`)).body, { users: [{ id: '1' }, { id: '2' }] });
    await there[0].close();
    await there[1].close();
    await watcher.next('pusher_internal:member_removed');
    assert.deepEqual(await movements(watcher), ['added 2', 'removed 2']);
  });

  test('a presence channel is full for all workers', async () => {
    for (const [i, id] of ['1', '2', '3', '4'].entries())
      await (await cluster.hosts[i % 3].connect()).join(ROOM, member(id));
    const fifth = await c.connect();
    fifth.join(ROOM, member('5')).catch(() => {});
    assert.equal((await fifth.nextError()).code, 4100);
    const again = await c.connect(); // a user who is in already is not one more
    assert.equal((await again.join(ROOM, member('1'))).data.presence.count, 4);
  });

  test('channels, counts and connections are those of all', async () => {
    const [one, two] = [await a.connect(), await b.connect()];
    await one.join('news');
    await one.next('pusher_internal:subscription_count', ({ data }) => data.subscription_count === 1);
    await two.join('news');
    await one.next('pusher_internal:subscription_count', ({ data }) => data.subscription_count === 2);
    await two.join(ROOM, member('8'));
    const { body } = await c.ask('GET', '/channels', { query: { filter_by_prefix: 'presence-', info: 'user_count' } });
    assert.deepEqual(body, { channels: { [ROOM]: { user_count: 1 } } });
    const info = await c.ask('GET', '/channels/news', { query: { info: 'subscription_count' } });
    assert.deepEqual(info.body, { occupied: true, subscription_count: 2 });
    await until(async () => (await c.ask('GET', '/connections')).body.connections === 2, 'two connections');
    await two.close();
    await one.next('pusher_internal:subscription_count', ({ data }) => data.subscription_count === 1);
    assert.deepEqual((await c.ask('GET', `/channels/${ROOM}`)).body, { occupied: false });
  });

  test('channels may have the names of words that Redis uses', async () => {
    const socket = await a.connect();
    const names = ['message', 'subscribe', 'unsubscribe'];
    for (const name of names) {
      await socket.join(name);
      const { body } = await a.ask('GET', '/channels', { query: { filter_by_prefix: name } });
      assert.deepEqual(body, { channels: { [name]: {} } });
    }
    await b.publish(names, 'hello', 1);
    for (const name of names) await socket.next('hello', ({ channel }) => channel === name);
    assert.equal(a.log().match(/worker ready/g).length, 1);
  });

  test('more channels than Redis is asked about at once are all listed', async () => {
    const sockets = [await a.connect(), await c.connect()];
    const wanted = Array.from({ length: 1201 }, (_, i) => `many-${i}`);
    for (const [i, channel] of wanted.entries()) sockets[i % 2].send('pusher:subscribe', { channel });
    const list = async (info) => (await b.ask('GET', '/channels', { query: { filter_by_prefix: 'many-', info } })).body.channels;
    await until(async () => Object.keys(await list('subscription_count')).length === wanted.length, 'all are listed');
    const channels = await list('subscription_count');
    assert.deepEqual(Object.keys(channels).sort(), wanted.sort());
    assert.ok(Object.values(channels).every(({ subscription_count }) => subscription_count === 1));
    assert.equal(Object.keys(await list('')).length, wanted.length);
    for (const socket of sockets) await socket.close();
    await until(async () => Object.keys(await list('')).length === 0, 'all are gone');
  });

  test('a cache channel remembers what any worker took', async () => {
    await a.publish('cache-price', 'price', 7);
    const late = await b.connect();
    await late.join('cache-price');
    assert.equal((await late.next('price')).data, 7);
    await c.publish('cache-price', 'price', 8);
    await late.next('price', ({ data }) => data === 8);
    const third = await b.connect();
    await third.join('cache-price');
    assert.equal((await third.next('price')).data, 8);
    const heard = await late.heard(/^price$/);
    assert.deepEqual(heard.map(({ data }) => data), [7, 8]);
    const other = await a.connect();
    await other.join('cache-nothing');
    await other.next('pusher:cache_miss');
  });

  test('a signed-in user is reached, watched and ended on every worker', async () => {
    const watcher = await a.connect();
    await watcher.signIn({ id: '20', watchlist: ['21'] });
    await watcher.next('pusher_internal:watchlist_events', ({ data }) => data.events[0].name === 'offline');
    const tabs = [await b.connect(), await c.connect()];
    for (const tab of tabs) await tab.signIn({ id: '21' });
    await watcher.next('pusher_internal:watchlist_events', ({ data }) => data.events[0].name === 'online');
    await a.publish('#server-to-user-21', 'hello', 1);
    for (const tab of tabs) await tab.next('hello');
    const ended = tabs.map((tab) => tab.ended());
    assert.equal((await a.ask('POST', '/users/21/terminate_connections', { body: '{}' })).status, 200);
    for (const end of ended) assert.equal((await end).code, 4009);
    await watcher.next('pusher_internal:watchlist_events', ({ data }) => data.events[0].name === 'offline');
    assert.equal((await watcher.heard(/watchlist/)).length, 3);
  });

  test('the limit of connections is that of all workers', async () => {
    for (let i = 0; i < 9; i++) await cluster.hosts[i % 3].connect();
    await until(async () => {
      const socket = new PusherSocket(cluster.env, { unixSocket: a.ws });
      const answer = await socket.inbox.next();
      socket.ws.terminate();
      return answer.data.code === 4004;
    }, 'a refusal with 4004');
  });

  test('a killed worker takes its members with it, told exactly once', async () => {
    const watchers = [await a.connect(), await b.connect()];
    for (const [i, watcher] of watchers.entries()) await watcher.join(ROOM, member(`w${i}`));
    const lost = [await c.connect(), await c.connect()];
    await lost[0].join(ROOM, member('lost'));
    await lost[1].join(ROOM, member('w0')); // who is elsewhere too
    await c.kill();
    for (const watcher of watchers) {
      await watcher.next('pusher_internal:member_removed');
      await a.publish(ROOM, 'end', 0);
      await watcher.next('end');
      assert.equal((await movements(watcher)).filter((text) => text === 'removed lost').length, 1);
      assert.ok(!(await movements(watcher)).includes('removed w0'));
    }
    assert.deepEqual((await b.ask('GET', `/channels/${ROOM}/users`)).body.users.map(({ id }) => id), ['w0', 'w1']);
    c.startProgram('worker');
    await until(() => c.status().catch(() => null), 'the worker is back');
    await c.settles(false);
  });

  test('a worker that ends takes its members with it at once, and leaves nothing in Redis', async () => {
    const watcher = await a.connect();
    await watcher.join(ROOM, member('1'));
    await (await c.connect()).join(ROOM, member('2'));
    await c.kill('worker', 'SIGTERM');
    await watcher.next('pusher_internal:member_removed');
    c.startProgram('worker');
    await until(() => c.status().catch(() => null), 'the worker is back');
    await c.settles(false);
    await watcher.close();
    const left = async () => (await redis.ask('-n', '3', 'KEYS', '*')).trim().split('\n');
    await until(async () => !(await left()).some((key) => /:(members|refs|subs|of|counts):/.test(key)), 'no members');
  });

  test('connections to Redis that are lost for a moment count nobody twice', async () => {
    const [one, two] = [await a.connect(), await b.connect()];
    await one.join('news');
    await two.join('news');
    await one.next('pusher_internal:subscription_count', ({ data }) => data.subscription_count === 2);
    for (let i = 0; i < 3; i++) {
      const joined = () => cluster.hosts.map((host) => host.log().split('cluster joined').length);
      const before = joined();
      await redis.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await until(() => joined().every((count, host) => count > before[host]), 'all are back');
      await cluster.isWhole();
      await until(async () => (await c.ask('GET', '/channels/news', { query: { info: 'subscription_count' } })).body.subscription_count === 2, 'two in Redis');
    }
    const three = await c.connect();
    await three.join('news');
    await one.next('pusher_internal:subscription_count', ({ data }) => data.subscription_count === 3);
    const counts = (await one.heard(/subscription_count$/)).map(({ data }) => data.subscription_count);
    assert.deepEqual(counts.filter((count) => count > 2), [3], counts.join());
  });

  test('without Redis each worker serves its own; with it again all is one', async () => {
    const [one, two] = [await a.connect(), await b.connect()];
    await one.join(ROOM, member('1'));
    await two.join(ROOM, member('2'));
    await one.next('pusher_internal:member_added');
    await redis.kill();
    for (const host of cluster.hosts) await host.settles(true);
    assert.match(await a.pregonctl('status'), /^degraded: alone, no answer from Redis at 127/m);
    assert.deepEqual(await a.get('/up'), { status: 200, body: { health: 'DEGRADED' } });
    assert.equal((await a.publish(ROOM, 'local', 1)).status, 503);
    assert.equal((await a.publish(ROOM, 'local', 1)).status, 503); // tried again, at once
    assert.equal((await a.publish(ROOM, 'local', 2)).status, 503);
    assert.equal((await one.next('local')).data, 1);
    assert.equal((await one.next('local')).data, 2, 'the repeat was not delivered');
    const three = await a.connect();
    const { data } = await three.join(ROOM, member('3'));
    assert.deepEqual(data.presence.ids, ['1', '2', '3']);
    await two.close();
    assert.equal((await a.ask('GET', '/channels')).status, 503);

    await redis.start();
    await cluster.isWhole();
    await one.next('pusher_internal:member_removed', (message) => message.data.user_id === '2');
    assert.equal((await b.publish(ROOM, 'all', 2)).status, 200);
    await one.next('all');
    assert.deepEqual(await movements(one), ['added 2', 'added 3', 'removed 2']);
    await until(
      async () => (await c.ask('GET', `/channels/${ROOM}/users`)).body.users.map(({ id }) => id).sort().join() === '1,3',
      'the members of now',
    );
    assert.deepEqual(await a.get('/up'), { status: 200, body: { health: 'OK' } });
  });

  test('the password is in no log', () => {
    for (const host of cluster.hosts) assert.ok(!host.log().includes(PASSWORD));
  });
});
