// SPDX-License-Identifier: MIT

// What the daemons do with a log that nobody reads: pregon-worker(8), LOG.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { BUILD } from './support/stack.mjs';

const ENV = { APP_ID: '1', APP_KEY: 'log-key', APP_SECRET: 'log-secret' };
const CLIENTS = 20;
const REFUSALS = 250; // of each client; all lines together are several times what a pipe holds

describe('a log that nobody reads', () => {
  let dir, worker, reader;

  before(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-log-'));
    const values = {
      REVERB_APP_ID: ENV.APP_ID,
      REVERB_APP_KEY: ENV.APP_KEY,
      REVERB_APP_SECRET: ENV.APP_SECRET,
      PREGON_WS_LISTEN: `unix:${path.join(dir, 'ws.sock')}`,
      PREGON_IPC_SOCKET: path.join(dir, 'worker.sock'),
      PREGON_LOG_LEVEL: 'debug',
    };
    const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(path.join(dir, 'pregon.env'), lines.join(''), { mode: 0o600 });
    const pipe = path.join(dir, 'log');
    execFileSync('mkfifo', [pipe]);
    reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const log = openSync(pipe, constants.O_WRONLY);
    worker = spawn(path.join(BUILD, 'pregon-worker'), ['--config', path.join(dir, 'pregon.env')], {
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
  });

  after(async () => {
    PusherSocket.closeAll();
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGKILL');
    await gone;
    closeSync(reader);
    rmSync(dir, { recursive: true, force: true });
  });

  /** All that is in the pipe. */
  function readLog() {
    const buffer = Buffer.alloc(1 << 20);
    try {
      return buffer.toString('utf8', 0, readSync(reader, buffer));
    } catch (error) {
      if (error.code === 'EAGAIN') return '';
      throw error;
    }
  }

  const connect = () => PusherSocket.connect(ENV, { unixSocket: path.join(dir, 'ws.sock') });

  test('stops no client, and tells how many lines were lost once it is read again', async () => {
    const first = await until(() => connect().catch(() => null), 'the worker listens');
    const others = await Promise.all(Array.from({ length: CLIENTS }, connect));
    for (const socket of others)
      for (let i = 0; i < REFUSALS; i++) socket.send('no such event', {});
    for (const socket of others) await socket.join('after'); // all of it has been handled
    await first.join('news');

    const before = readLog();
    assert.ok(before.split('\n').length < CLIENTS * REFUSALS, 'the pipe held all of them');
    first.send('no such event', {});
    await first.nextError();
    const told = await until(() => readLog(), 'a further line');
    assert.match(told, /^<4>log lines lost count=\d+ reason="nobody reads them"\n/);
  });
});
