// SPDX-License-Identifier: MIT

// The daemons under a service manager: pregon-worker(8) and pregon-fcgi(8), SYSTEMD; sd_notify(3),
// sd_listen_fds(3).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, test } from 'node:test';
import { FastcgiConnection, fastcgiRequest } from './support/fastcgi.mjs';
import { until, within } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { Service } from './support/service.mjs';
import { askApi } from './support/signed_request.mjs';
import { BUILD, withStack } from './support/stack.mjs';

const UP = { REQUEST_METHOD: 'GET', REQUEST_URI: '/up' };
const SIGABRT = -6;
const AT_A_TIME = 6;
const RESTARTS = 3;

/** The stack's configuration for programs that `Service` runs, and their sockets' places. */
function underServiceManager(stack) {
  const config = path.join(stack.dir, 'pregon.env');
  const socketOf = (name) => stack.values()[name].replace(/^unix:/, '').split(',')[0];
  return {
    ws: () => socketOf('PREGON_WS_LISTEN'),
    ipc: () => socketOf('PREGON_IPC_SOCKET'),
    fcgi: () => socketOf('PREGON_FCGI_LISTEN'),
    worker(options) {
      const sockets = [
        ['ws', this.ws()],
        ['ipc', this.ipc()],
      ];
      return new Service('pregon-worker', { config, sockets, ...options });
    },
    responder(options) {
      return new Service('pregon-fcgi', { config, sockets: [['fcgi', this.fcgi()]], ...options });
    },
    dropIn(name, text) {
      const folder = config.replace(/\.env$/, '.d');
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, name), text, { mode: 0o600 });
      return path.join(folder, name);
    },
    removeDropIns: () => rmSync(config.replace(/\.env$/, '.d'), { recursive: true, force: true }),
  };
}

/** `act` again and again, several at a time, for as long as `during` lasts; what failed of it. */
async function underLoad(act, during) {
  const failures = [];
  let count = 0;
  let goesOn = true;
  const actors = Array.from({ length: AT_A_TIME }, async () => {
    while (goesOn) {
      await act().catch((error) => failures.push(error.message));
      count++;
    }
  });
  await until(() => count >= AT_A_TIME, 'the load is on');
  await during(() => count);
  goesOn = false;
  await Promise.all(actors);
  return { failures };
}

async function restarted(service, countOf, prepare = () => {}) {
  for (let round = 0; round < RESTARTS; round++) {
    await prepare();
    const before = countOf();
    assert.equal(await service.restart(), 0);
    await until(() => countOf() > before + AT_A_TIME, 'the load goes on');
  }
}

withStack(
  'under a service manager',
  'nginx',
  (stack) => {
    const host = underServiceManager(stack);
    before(async () => {
      await stack.stop('worker');
      await stack.stop('fcgi');
    });
    afterEach(async () => {
      PusherSocket.closeAll();
      await Service.endAll();
      host.removeDropIns();
    });

    async function connectAndLeave() {
      const socket = await PusherSocket.connect(stack.env);
      socket.ws.close();
      await socket.closed;
    }
    async function publish() {
      const body = JSON.stringify({ name: 'made', channel: 'crowd', data: '{}' });
      const { status, text } = await askApi(stack.env, 'POST', '/events', { body });
      assert.equal(status, 200, text);
    }
    async function readChannels() {
      const { status, text } = await askApi(stack.env, 'GET', '/channels');
      assert.equal(status, 200, text);
    }

    test('a restart of the worker under load refuses no client', async () => {
      const worker = host.worker();
      await worker.start();
      const stay = () => PusherSocket.connect(stack.env); // so that the drain takes its time
      const { failures } = await underLoad(connectAndLeave, (countOf) =>
        restarted(worker, countOf, () => Promise.all([stay(), stay(), stay()])),
      );
      assert.deepEqual(failures, []);
      assert.ok(existsSync(host.ws()) && existsSync(host.ipc()), 'the socket files are still there');
    });

    test('a restart of the worker under load refuses no event', async () => {
      const worker = host.worker();
      await worker.start();
      await host.responder().start();
      const { failures } = await underLoad(publish, (countOf) => restarted(worker, countOf));
      assert.deepEqual(failures, []);
    });

    test('a restart of the responder under load refuses no request', async () => {
      await host.worker().start();
      const responder = host.responder();
      await responder.start();
      const publishAndRead = () => publish().then(readChannels);
      const { failures } = await underLoad(publishAndRead, (countOf) =>
        restarted(responder, countOf),
      );
      assert.deepEqual(failures, []);
      assert.ok(existsSync(host.fcgi()), 'the socket file is still there');
    });

    test('who comes during a drain waits for the next worker; who is connected is drained', async () => {
      const worker = host.worker();
      await worker.start();
      const connected = await PusherSocket.connect(stack.env);
      worker.signal('TERM');
      const stopping = await worker.notified((message) => message.STOPPING === '1', 'STOPPING=1');
      const newcomer = PusherSocket.connect(stack.env);

      assert.equal((await connected.ended()).code, 4200);
      assert.equal(await worker.exited(), 0);
      await worker.start();

      assert.ok((await newcomer).id);
      assert.ok(Number(stopping.EXTEND_TIMEOUT_USEC) > 6_000_000, 'longer than window and grace');
    });

    test('a request under way is answered before the responder ends, an idle connection closed', async () => {
      await host.worker().start();
      const responder = host.responder();
      await responder.start();
      const idle = new FastcgiConnection(host.fcgi());
      const busy = new FastcgiConnection(host.fcgi());
      for (const connection of [idle, busy]) {
        connection.write(fastcgiRequest(UP));
        assert.equal((await connection.answersOf(1)).length, 1);
      }
      const bytes = fastcgiRequest(UP);
      process.kill(responder.pid, 'SIGSTOP');
      await new Promise((resolve) => busy.socket.write(bytes, resolve));
      for (const signal of ['SIGTERM', 'SIGCONT']) process.kill(responder.pid, signal);

      assert.equal(await responder.exited(), 0);
      await within(Promise.all([idle.ended, busy.ended]), 'both are closed');
      assert.equal(busy.answers().length, 2);
    });

    test('a request that waits for a thread when the responder ends is answered', async () => {
      const worker = host.worker();
      await worker.start();
      host.dropIn('10-threads.env', 'PREGON_FCGI_THREADS=2\nPREGON_WORKER_TIMEOUT_MS=60000\n');
      const responder = host.responder();
      await responder.start();
      const ask = () => {
        const connection = new FastcgiConnection(host.fcgi());
        return new Promise((resolve) => connection.socket.write(fastcgiRequest(UP), () => resolve(connection)));
      };
      process.kill(worker.pid, 'SIGSTOP');
      const idle = new FastcgiConnection(host.fcgi());
      await within(once(idle.socket, 'connect'), 'connected');
      const asking = [await ask(), await ask(), await ask()];
      responder.signal('TERM');
      await within(idle.ended, 'the idle connection is closed');
      process.kill(worker.pid, 'SIGCONT');

      assert.equal(await responder.exited(), 0);
      for (const connection of asking) {
        await within(connection.ended, 'closed with its answer');
        assert.equal(connection.answers().length, 1);
      }
    });

    test('the watchdog of a responder is fed no more once all of its threads hang', async () => {
      const worker = host.worker();
      await worker.start();
      host.dropIn('10-threads.env', 'PREGON_FCGI_THREADS=2\nPREGON_WORKER_TIMEOUT_MS=60000\n');
      const responder = host.responder({ watchdogMs: 2000 });
      await responder.start();
      process.kill(worker.pid, 'SIGSTOP');
      try {
        for (let i = 0; i < 2; i++) new FastcgiConnection(host.fcgi()).write(fastcgiRequest(UP));

        await responder.events.next(({ watchdog }) => watchdog === 'timeout', 'the watchdog');
        assert.equal(await responder.exited(), SIGABRT);
        assert.ok(responder.log.some((line) => line.includes('no thread makes progress')));
      } finally {
        process.kill(worker.pid, 'SIGCONT');
      }
    });

    for (const program of ['worker', 'responder']) {
      test(`${program}: READY when it listens, with a status; WATCHDOG until it hangs`, async () => {
        const service = host[program]({ watchdogMs: 4000 });
        const ready = await service.start();
        assert.match(ready.STATUS, /^0 (clients, 0 channels, 0 events|requests answered)$/);
        for (let i = 0; i < 3; i++) {
          const alive = await service.notified((message) => message.WATCHDOG === '1', 'WATCHDOG=1');
          assert.match(alive.STATUS, /^\d+ (clients|requests)/);
        }
        process.kill(service.pid, 'SIGSTOP');

        await service.events.next(({ watchdog }) => watchdog === 'timeout', 'the watchdog');
        assert.equal(await service.exited(), SIGABRT);
        await service.start();
      });

      test(`${program}: a reload is announced and reads drop-ins again, or says why not`, async () => {
        const service = host[program]();
        const ready = await service.start();
        assert.equal(ready.RELOADING, undefined);
        const reload = async () => {
          service.signal('HUP');
          const begun = await service.notified((message) => message.RELOADING === '1', 'RELOADING');
          assert.match(begun.MONOTONIC_USEC, /^\d+$/);
          await service.notified((message) => message.READY === '1', 'READY=1 after it');
        };

        const file = host.dropIn('10-more.env', '\nPREGON_APP_ENABLED=perhaps\n');
        await reload();
        await until(
          () => service.log.some((line) => line.includes(`${file}:2: PREGON_APP_ENABLED`)),
          'the log names the file and the line',
        );

        host.dropIn('10-more.env', 'PREGON_APP_ENABLED=false\n');
        await reload();
        if (program === 'worker') {
          const refused = await new PusherSocket(stack.env).refused();
          assert.equal(refused.code, 4003);
        } else {
          assert.equal((await askApi(stack.env, 'GET', '/channels')).status, 403);
        }
      });
    }

    test('the worker counts clients and channels for systemctl status', async () => {
      const worker = host.worker({ watchdogMs: 4000 });
      await worker.start();
      const socket = await PusherSocket.connect(stack.env);
      await socket.join('crowd');
      const counted = (message) => message.STATUS === '1 clients, 1 channels, 0 events';
      await worker.notified(counted, 'the count');
    });

    test('sockets of another name, kind or number stop the start and say so', async () => {
      const cases = [
        [{ sockets: [['web', host.ws()]] }, /under the name web: FileDescriptorName= must be/],
        [{ sockets: [['ipc', '127.0.0.1:0']] }, /one socket named ipc, a Unix-domain one/],
        [{ datagrams: [['ws', host.ws()]], sockets: [] }, /descriptor 3 \(ws\) .* not a listening/],
      ];
      for (const [options, reason] of cases) {
        const worker = host.worker(options);
        worker.manager.stdin.write('start\n');
        assert.equal(await worker.exited(), 1);
        assert.match(worker.log.join('\n'), /worker cannot start/);
        assert.match(worker.log.join('\n'), reason);
        await worker.end();
      }
    });

    test('an address that is set but not handed over is warned about', async () => {
      const other = path.join(stack.dir, 'other.sock');
      const worker = host.worker({ env: { PREGON_WS_LISTEN: `unix:${other}` } });
      await worker.start();
      const warning = `"unix:${other} is not listened on: `;
      await until(
        () => worker.log.some((line) => line.includes(`key=PREGON_WS_LISTEN reason=${warning}`)),
        'the warning',
      );
      assert.equal(existsSync(other), false);
    });

    test('systemd-socket-activate starts the responder with the first connection', async () => {
      await host.worker().start();
      const socket = path.join(stack.dir, 'activated.sock');
      const words = ['--listen', socket, path.join(BUILD, 'pregon-fcgi')];
      const activated = spawn(
        'systemd-socket-activate',
        [...words, '--config', path.join(stack.dir, 'pregon.env')],
        { stdio: 'ignore' },
      );
      const ended = new Promise((resolve) => activated.on('exit', resolve));
      try {
        await until(() => existsSync(socket), 'the socket is there');
        const connection = new FastcgiConnection(socket);
        connection.write(fastcgiRequest(UP));
        assert.match((await connection.answersOf(1))[0] ?? '', /^Status: 200 /);
        activated.kill('SIGTERM');
        await within(ended, 'SIGTERM ends it');
        assert.ok(existsSync(socket), 'what was handed over stays');
      } finally {
        activated.kill('SIGKILL');
      }
    });
  },
  { settings: { PREGON_DRAIN_SECONDS: '1', PREGON_WORKER_TIMEOUT_MS: '15000' } },
);
