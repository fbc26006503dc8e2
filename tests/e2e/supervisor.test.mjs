// SPDX-License-Identifier: MIT

// The shipped program file with numprocs, under a supervisor of its own: each copy has its own
// sockets, which its worker's parent keeps open while the worker is away (pregon-worker(8), KEEP
// LISTENING). Without Redis the copies know nothing of each other, with it they are one
// (docs/cluster.md).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { Copies } from './support/copies.mjs';
import { Front } from './support/front.mjs';
import { Inbox, until, within } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RedisServer } from './support/redis.mjs';
import { siteOfSeveral } from './support/several_workers.mjs';
import { signedResource } from './support/signed_request.mjs';
import { postEvent } from './support/signing.mjs';

const KEYS = { APP_ID: '7', APP_KEY: 'key-of-the-copies', APP_SECRET: 'secret-of-the-copies' };
const SETTINGS = Object.fromEntries(
  Object.entries(KEYS).map(([name, value]) => [`REVERB_${name}`, value]),
);

describe('pregon-instances.conf under supervisor', () => {
  const copies = new Copies();
  const opened = [];

  before(() => copies.start(SETTINGS));

  after(async () => {
    for (const socket of opened) socket.terminate();
    await copies.stop();
  });

  /** A client of one copy that has joined `news`; an Inbox of its messages. */
  async function join(copy) {
    const socket = new WebSocket(`ws+unix:${copies.socketOf('ws', copy)}:/app/${KEYS.APP_KEY}?protocol=7`);
    opened.push(socket);
    const inbox = new Inbox(`copy ${copy}`);
    socket.on('message', (text) => inbox.push(JSON.parse(text)));
    socket.on('error', (error) => inbox.end(error));
    await inbox.next(({ event }) => event === 'pusher:connection_established');
    socket.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel: 'news' } }));
    await inbox.next(({ event }) => event === 'pusher_internal:subscription_succeeded');
    return inbox;
  }

  async function publish(copy, name) {
    const body = JSON.stringify({ name, channel: 'news', data: '{}' });
    const REQUEST_URI = signedResource(KEYS, 'POST', '/events', { body });
    const answer = await copies.ask(copy, { REQUEST_METHOD: 'POST', REQUEST_URI }, Buffer.from(body));
    assert.match(answer, /^Status: 200 /);
  }

  test('an event reaches the clients of its own copy, and no other', async () => {
    const inboxes = {};
    for (const copy of copies.numbers) inboxes[copy] = await join(copy);

    for (const copy of copies.numbers) await publish(copy, `of-${copy}`);

    for (const copy of copies.numbers) {
      await inboxes[copy].next(({ event }) => event === `of-${copy}`);
      assert.deepEqual(
        inboxes[copy].all.map(({ event }) => event).filter((event) => event.startsWith('of-')),
        [`of-${copy}`],
      );
    }
  });

  test('a killed worker is started again, and the other copy goes on', async () => {
    const readyLines = (copy) => copies.log('worker', copy).split('worker ready').length;
    const [starts, others] = [readyLines(2), readyLines(1)];

    await copies.killWorker(2);

    await until(() => readyLines(2) > starts, 'worker 2 is ready again');
    await until(() => copies.isWell(2), 'copy 2 is well again');
    assert.equal(readyLines(1), others);
    assert.match(copies.log('worker', 2), /worker ended, starting another .*"killed by signal 9"/);
    const inbox = await join(2);
    await publish(2, 'after');
    await inbox.next(({ event }) => event === 'after');
  });

  test('connections and events that come while no worker can start wait for the next one', async () => {
    const mend = copies.keepWorkersFromStarting();
    const failures = () => copies.log('worker', 1).split('worker cannot start').length;
    const before = failures();
    await copies.killWorker(1);
    await until(() => failures() > before, 'the next worker cannot start');

    const waiting = join(1);
    const tcp = net.connect(copies.socketOf('ws', 1));
    await within(once(tcp, 'connect'), 'a connection that is not refused');
    const asked = copies.status(1);
    mend();

    const inbox = await waiting;
    assert.equal((await asked).draining, false);
    await publish(1, 'after-the-gap');
    await inbox.next(({ event }) => event === 'after-the-gap');
    tcp.destroy();
  });

  test('a worker that is killed over and over refuses no connection', async () => {
    for (let round = 0; round < 5; round++) {
      const { pid } = await copies.status(1);
      process.kill(pid, 'SIGKILL');
      await Promise.all([join(1), join(1)]);
    }
  });

  test('an upgrade keeps the process; a worker killed after it is replaced with the same sockets', async () => {
    const { pid } = await copies.status(1);
    const stays = await join(1);

    await copies.pregonctl(1, 'upgrade');
    await publish(1, 'upgraded');
    await stays.next(({ event }) => event === 'upgraded');
    assert.equal((await copies.status(1)).pid, pid);
    await copies.killWorker(1);

    await join(1);
    assert.notEqual((await copies.status(1)).pid, pid);
  });

  test('a parent that is killed takes its worker along, and supervisor starts both again', async () => {
    const { pid } = await copies.status(1);
    process.kill(copies.parentOf(pid), 'SIGKILL');

    await until(async () => ((await copies.status(1).catch(() => null))?.pid ?? pid) !== pid, 'again');
    await join(1);
  });
});

describe('pregon-instances.conf under supervisor, the copies one through Redis', () => {
  const copies = new Copies();
  const stack = {
    env: KEYS,
    values: () => ({ PREGON_IPC_SOCKET: copies.socketOf('worker', 1) }),
  };
  const front = new Front('nginx', stack);
  let redis;

  before(async () => {
    redis = await RedisServer.start();
    await copies.start({
      ...SETTINGS,
      REVERB_SCALING_ENABLED: 'true',
      REDIS_PORT: redis.port,
      PREGON_WORKER_SOCKETS: copies.numbers.map((copy) => copies.socketOf('worker', copy)).join(','),
    });
    const responders = (file) => file.replace(/^( *server .*\/fcgi)(\.sock;\n)/m, '$1-1$2$1-2$2');
    await front.up(siteOfSeveral('nginx', responders));
  });

  afterEach(() => PusherSocket.closeAll());

  after(async () => {
    await front.down();
    await copies.stop();
    await redis?.remove();
  });

  /** A client that comes to this copy by the address of all. */
  async function join(copy) {
    const connections = async () => (await copies.status(copy).catch(() => null))?.connections;
    return until(async () => {
      const before = await connections();
      const socket = await PusherSocket.connect(front.plainEnv);
      await socket.join('news');
      return (await connections()) > before ? socket : null;
    }, `a client is with copy ${copy}`);
  }

  async function reachesAll(sockets, name) {
    const event = { name, channel: 'news', data: {} };
    assert.equal((await postEvent(front.plainEnv, event)).status, 200);
    for (const socket of sockets) await socket.next(name);
  }

  test('one address leads to both; a killed worker is started again and is one of them', async () => {
    await reachesAll([await join(1), await join(2)], 'before');
    const { pid } = await copies.status(2);

    await copies.killWorker(2);

    await until(async () => (await copies.status(2).catch(() => ({ pid }))).pid !== pid, 'started again');
    await until(async () => !(await copies.status(2)).cluster.degraded, 'one with the other');
    await reachesAll([await join(1), await join(2)], 'after');
  });
});
