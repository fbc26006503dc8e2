// SPDX-License-Identifier: MIT

// Listings of many channels, and the IPC socket under readers of all kinds.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { OPCODE, RawSocket } from './support/raw_socket.mjs';
import { askApi } from './support/signed_request.mjs';
import { readKeyValues, withStack } from './support/stack.mjs';

const PER_CONNECTION = 1000;

withStack('listings', 'nginx', (stack) => {
  const open = new Set();
  afterEach(() => {
    for (const socket of open) socket.destroy();
    open.clear();
  });

  const setting = (name) => readKeyValues(path.join(stack.dir, 'pregon.env'))[name];

  /** A client in channels of these names, which reads nothing but its last answer. */
  async function clientIn(names) {
    const address = { path: setting('PREGON_WS_LISTEN').replace(/^unix:/, '') };
    const socket = await RawSocket.open(address, `/app/${stack.env.APP_KEY}`);
    open.add(socket);
    socket.tcp.cork();
    for (const channel of names) socket.sendEvent('pusher:subscribe', { channel });
    socket.sendFrame(OPCODE.ping, 'all');
    socket.tcp.uncork();
    await socket.nextFrame(OPCODE.pong);
  }

  async function occupy(count, nameOf) {
    for (let first = 0; first < count; first += PER_CONNECTION)
      await clientIn(Array.from({ length: PER_CONNECTION }, (_, i) => nameOf(first + i)));
  }

  const numbered = (number, length) => `${number}-`.padEnd(length, 'x');

  test('10 000 channels with long names are listed', async () => {
    await occupy(10_000, (number) => numbered(number, 150));
    const { status, body } = await askApi(stack.env, 'GET', '/channels');
    assert.equal(status, 200);
    assert.equal(Object.keys(body.channels).length, 10_000);
    assert.doesNotMatch(stack.log('worker'), /ipc closed/);
  });

  test('100 000 channels are listed with an attribute of each', async () => {
    await until(
      async () => (await askApi(stack.env, 'GET', '/channels')).text === '{"channels":{}}',
      'the channels before are gone',
    );
    await occupy(100_000, (number) => numbered(number, 20));
    const query = { info: 'subscription_count' };
    const { status, body } = await askApi(stack.env, 'GET', '/channels', { query });
    assert.equal(status, 200);
    const channels = Object.entries(body.channels);
    assert.equal(channels.length, 100_000);
    assert.ok(channels.every(([, info]) => info.subscription_count === 1));
  });

  /** Asks for the status so many times, in one piece. */
  function questions(count) {
    const one = Buffer.from([0, 0, 0, 0, 2, 2, 0, 0, 1, 0, 0, 0]); // no payload, version 2, Status
    return Buffer.concat(Array(count).fill(one));
  }

  test('a peer of the IPC socket that asks on and reads nothing is closed', async () => {
    const silent = net.connect(setting('PREGON_IPC_SOCKET'));
    open.add(silent);
    silent.on('error', () => {});
    silent.pause();
    const isClosed = () => /ipc closed reason="answers are not read"/.test(stack.log('worker'));
    await until(async () => {
      silent.write(questions(500));
      return isClosed();
    }, 'it is closed');
    assert.equal((await askApi(stack.env, 'GET', '/channels')).status, 200);
  });

  test('with the last descriptors in sight clients wait, pregonctl and pregon-fcgi are served', async () => {
    const worker = String(stack.pid('worker'));
    const limitTo = (count) =>
      execFileSync('prlimit', ['--pid', worker, `--nofile=${count}:`], { encoding: 'utf8' });
    const before = execFileSync('prlimit', ['--pid', worker, '--nofile', '--raw', '--noheadings', '--output', 'SOFT'], {
      encoding: 'utf8',
    }).trim();
    const waiting = [];
    limitTo(160);
    try {
      const address = { path: setting('PREGON_WS_LISTEN').replace(/^unix:/, '') };
      const isPaused = () =>
        /listener paused reason="the last descriptors are kept back"/.test(stack.log('worker'));
      await until(async () => {
        for (let i = 0; i < 10; i++) waiting.push(net.connect(address));
        return isPaused();
      }, 'clients wait');
      assert.ok(waiting.length < 160);
      assert.equal((await stack.workerStatus()).pid, Number(worker));
      assert.equal((await askApi(stack.env, 'GET', '/channels')).status, 200);
    } finally {
      waiting.forEach((socket) => socket.destroy());
      limitTo(before);
    }
    await clientIn(['afterwards']);
  });
});
