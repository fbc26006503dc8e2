// SPDX-License-Identifier: MIT

// What a restart of the worker costs: pregon-worker(8) DRAIN; §1.4 and §3.3 of the
// WebSocket protocol.
// starts early, because it waits for drains of 10 s

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { closeClients, connectPusher, publisher, subscribe } from './support/clients.mjs';
import { until, within } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RawSocket } from './support/raw_socket.mjs';
import { logged, logOf } from './support/reload.mjs';
import { BUILD, readKeyValues, withStack } from './support/stack.mjs';

const RESTARTING = { code: 4200, reason: 'Server is restarting' };
const DRAINING = { code: 4100, message: 'Server is closing. Please reconnect shortly.' };
const COME_BACK_LATER = { code: DRAINING.code, reason: DRAINING.message };

const drainingFor = (seconds) => ({ settings: { PREGON_DRAIN_SECONDS: String(seconds) } });

function cleanUp() {
  closeClients();
  PusherSocket.closeAll();
}

/** The worker ends, and with it its parent and the sockets: as `supervisorctl stop`. */
const endAll = (stack) => process.kill(stack.pid('keep-listening'), 'SIGTERM');

/** How many the last drain closed and how many it cut off, once the worker of `pid` has gone. */
async function outcome(stack, pid) {
  await stack.comesBack('worker', pid);
  const line = logOf(stack, 'worker').findLast((text) => text.includes('>worker stopping '));
  const [, closed, cut] = /closed=(\d+) cut=(\d+)/.exec(line);
  return { closed: Number(closed), cut: Number(cut) };
}

/** The head of what the worker itself answers, past the web server. */
async function askWorker(stack, path) {
  const { PREGON_WS_LISTEN } = stack.values();
  const socket = new RawSocket({ path: PREGON_WS_LISTEN.split(',')[0].replace(/^unix:/, '') });
  try {
    return await socket.request([`GET ${path} HTTP/1.1`, 'Host: localhost']);
  } finally {
    socket.destroy();
  }
}

async function joined(stack, count) {
  const sockets = [];
  for (let i = 0; i < count; i++) {
    const socket = await PusherSocket.connect(stack.env);
    await socket.join('crowd');
    sockets.push(socket);
  }
  return sockets;
}

const ownEvents = (socket) =>
  socket.inbox.all.map(({ event }) => event).filter((event) => !event.startsWith('pusher'));

withStack(
  'a drain',
  'nginx',
  (stack) => {
    afterEach(cleanUp);

    test('closes with 4200 over a period, delivers to the clients that are left, rejects new connections with 4100', async () => {
      const pid = stack.pid('worker');
      const sockets = await joined(stack, 20);
      const sdk = publisher(stack.env);
      await sdk.trigger('crowd', 'before', {});

      endAll(stack);
      const first = await Promise.any(sockets.map((socket) => socket.ended()));
      const newcomer = await new PusherSocket(stack.env).refused();
      await sdk.trigger('crowd', 'between', {});
      const status = await stack.workerStatus();
      const text = await stack.pregonctl('status');
      const up = await fetch(`${stack.env.HTTP_URL}/up`);
      const ownUp = await askWorker(stack, '/up');
      assert.match(await stack.pregonctl('drain'), /^draining \d+ connections/);

      assert.match(ownUp, /^HTTP\/1\.1 503 /);
      assert.deepEqual(first, RESTARTING);
      assert.deepEqual(newcomer, DRAINING);
      assert.equal(status.draining, true);
      assert.deepEqual([up.status, await up.json()], [503, { health: 'DRAINING' }]);
      assert.ok(status.connections > 0 && status.connections < 20, `${status.connections} left`);
      assert.match(text, /^draining: \d+ connections left/m);
      const ends = await Promise.all(sockets.map((socket) => socket.ended()));
      const late = ends.filter(({ code }) => code !== RESTARTING.code);
      assert.ok(late.length > 0 && late.length < 10, `${late.length} in the last second of 10`);
      for (const end of late) assert.deepEqual(end, COME_BACK_LATER);
      assert.ok(sockets.every((socket) => ownEvents(socket)[0] === 'before'));
      const hearing = sockets.filter((socket) => ownEvents(socket).includes('between')).length;
      assert.ok(hearing > 0 && hearing < 20, `${hearing} of 20 got the event in between`);
      assert.deepEqual(await outcome(stack, pid), { closed: 20, cut: 0 });
      await logged(stack, 'worker', /connections=20 window_seconds=10$/);
      await logged(stack, 'supervisord', /pregon-worker \(exit status 0/);
    });

    test('of pregonctl: new connections wait for the next worker, events go on, in order', async () => {
      const pid = stack.pid('worker');
      const sockets = await joined(stack, 10);
      const sdk = publisher(stack.env);
      const left = new Set(sockets);
      for (const socket of sockets) socket.closed.then(() => left.delete(socket));

      assert.match(await stack.pregonctl('drain'), /^draining 10 connections over 10 s/);
      const newConnection = PusherSocket.connect(stack.env);
      let published = 0;
      for (; left.size > 4; published++) await sdk.trigger('crowd', `n${published}`, {});

      for (const socket of sockets) assert.deepEqual(await socket.ended(), RESTARTING);
      const all = Array.from({ length: published }, (_, number) => `n${number}`);
      for (const socket of sockets)
        assert.deepEqual(ownEvents(socket), all.slice(0, ownEvents(socket).length));
      assert.ok(Math.max(...sockets.map((socket) => ownEvents(socket).length)) > 1);
      assert.ok((await newConnection).id);
      await stack.comesBack('worker', pid);
    });

    test('an unmodified pusher-js comes back by itself and gets the next event', async () => {
      const pid = stack.pid('worker');
      const pusher = await connectPusher(stack.env);
      const inbox = await subscribe(pusher, 'crowd');
      const socketId = pusher.connection.socket_id;

      process.kill(pid, 'SIGTERM');
      await stack.comesBack('worker', pid);
      await inbox.next(({ event }) => event === 'pusher:subscription_succeeded', 'first');
      await inbox.next(({ event }) => event === 'pusher:subscription_succeeded', 'again');
      await publisher(stack.env).trigger('crowd', 'after', {});

      await inbox.next(({ event }) => event === 'after', 'the event');
      assert.notEqual(pusher.connection.socket_id, socketId);
    });

    test('with nobody connected pregonctl gets its answer and the worker ends at once', async () => {
      const pid = stack.pid('worker');
      await until(async () => (await stack.workerStatus()).connections === 0, 'nobody is left');
      assert.match(await stack.pregonctl('drain'), /^draining 0 connections/);
      assert.deepEqual(await outcome(stack, pid), { closed: 0, cut: 0 });
    });
  },
  drainingFor(10),
);

withStack(
  'a drain that takes long',
  'nginx',
  (stack) => {
    afterEach(cleanUp);

    /** Two clients, of which the first slice closes one; the one that stays. */
    async function drainedByHalf(begin) {
      const sockets = await joined(stack, 2);
      await begin();
      await Promise.any(sockets.map((socket) => socket.ended()));
      const stays = sockets.find((socket) => socket.ws.readyState === socket.ws.OPEN);
      await stays.settled();
      return stays;
    }

    for (const program of ['worker', 'keep-listening'])
      test(`a second SIGTERM to ${program} ends it at once`, async () => {
        const pid = stack.pid('worker');
        const stays = await drainedByHalf(() => process.kill(stack.pid(program), 'SIGTERM'));

        process.kill(stack.pid(program), 'SIGTERM');

        assert.equal((await stays.ended()).code, 1006);
        assert.deepEqual(await outcome(stack, pid), { closed: 1, cut: 1 });
      });

    test('one signal leaves the drain of pregonctl alone, and so does SIGHUP', async () => {
      const pid = stack.pid('worker');
      const stays = await drainedByHalf(() => stack.pregonctl('drain'));

      process.kill(pid, 'SIGHUP');
      await until(
        () => logOf(stack, 'worker').some((line) => line.includes('worker not reloaded')),
        'SIGHUP has arrived',
      );
      process.kill(pid, 'SIGINT');
      await stays.settled();
      assert.equal((await stack.workerStatus()).draining, true);

      process.kill(pid, 'SIGTERM');
      assert.deepEqual(await outcome(stack, pid), { closed: 1, cut: 1 });
    });
  },
  drainingFor(3600),
);

withStack(
  'a drain at once',
  'nginx',
  (stack) => {
    afterEach(cleanUp);

    const workersOwnSocket = () =>
      readKeyValues(path.join(stack.dir, 'pregon.env')).PREGON_WS_LISTEN.replace(/^unix:/, '');

    /** A client that has stopped to read, with more on the way to it than the kernel takes. */
    async function slowReader() {
      const slow = await RawSocket.open({ path: workersOwnSocket() }, `/app/${stack.env.APP_KEY}`);
      slow.sendEvent('pusher:subscribe', { channel: 'crowd' });
      await slow.nextMessage('pusher_internal:subscription_succeeded');
      slow.tcp.pause();
      return slow;
    }
    async function publishMuch() {
      for (let number = 0; number < 60; number++)
        await publisher(stack.env).trigger('crowd', `n${number}`, 'x'.repeat(10000));
    }

    test('a slow reader gets all that was accepted, and then the Close', async () => {
      const pid = stack.pid('worker');
      const slow = await slowReader();
      try {
        const [reading] = await joined(stack, 1);
        await publishMuch();
        await stack.pregonctl('drain');
        assert.deepEqual(await reading.ended(), RESTARTING);
        const status = await stack.workerStatus();
        assert.deepEqual([status.connections, status.closing >= 1], [0, true]);

        slow.tcp.resume();

        for (let number = 0; number < 60; number++) await slow.nextMessage(`n${number}`);
        assert.deepEqual(await slow.nextClose(), RESTARTING);
        slow.destroy();
        assert.deepEqual(await outcome(stack, pid), { closed: 2, cut: 0 });
      } finally {
        slow.destroy();
      }
    });

    test('a client that does not read is cut off at the deadline', async () => {
      const pid = stack.pid('worker');
      const slow = await slowReader();
      try {
        const [reading] = await joined(stack, 1);
        await publishMuch();
        process.kill(pid, 'SIGTERM');

        assert.deepEqual(await reading.ended(), RESTARTING);
        assert.equal(ownEvents(reading).length, 60);
        assert.deepEqual(await outcome(stack, pid), { closed: 1, cut: 1 });
      } finally {
        slow.destroy();
      }
    });

    test('a worker that has taken the sockets over keeps them and gets the clients', async () => {
      const pusher = await connectPusher(stack.env);
      const inbox = await subscribe(pusher, 'crowd');
      await inbox.next(({ event }) => event === 'pusher:subscription_succeeded', 'first');
      for (const name of ['ws.sock', 'worker.sock'])
        rmSync(path.join(path.dirname(workersOwnSocket()), name));
      const config = path.join(stack.dir, 'pregon.env');
      const fresh = spawn(path.join(BUILD, 'pregon-worker'), ['--config', config], {
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => fresh.on('exit', resolve));
      try {
        await until(
          async () => (await stack.workerStatus().catch(() => null))?.pid === fresh.pid,
          'the new worker answers',
        );

        await stack.stop('worker');

        await inbox.next(({ event }) => event === 'pusher:subscription_succeeded', 'again');
        await publisher(stack.env).trigger('crowd', 'after', {});
        await inbox.next(({ event }) => event === 'after', 'the event');
        assert.equal(Number(readFileSync(path.join(stack.dir, 'pid/worker'))), fresh.pid);
        pusher.disconnect(); // pusher-js goes on for ever if it is told to while it connects
        fresh.kill('SIGTERM');
        assert.equal(await within(ended, 'the new worker ends'), 0);
      } finally {
        fresh.kill('SIGKILL');
        await stack.start('worker');
      }
    });
  },
  drainingFor(0),
);
