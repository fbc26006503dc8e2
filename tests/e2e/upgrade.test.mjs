// SPDX-License-Identifier: MIT

// The worker's program replaced under its clients: pregon-worker(8), UPGRADE.
// starts early, because it waits for a new program that does not answer

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeClients, connectPusher, publisher, subscribe } from './support/clients.mjs';
import { until, within } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { pregonctl } from './support/pregonctl.mjs';
import { OPCODE, RawSocket } from './support/raw_socket.mjs';
import { changeSettings, logged } from './support/reload.mjs';
import { askApi } from './support/signed_request.mjs';
import { BUILD, withStack } from './support/stack.mjs';

const FAILING = fileURLToPath(new URL('fixtures/failing_successor.py', import.meta.url));
const CHANNEL_DATA = (id) => JSON.stringify({ user_id: id, user_info: { name: `user ${id}` } });

const workersSocket = (stack) => stack.values().PREGON_WS_LISTEN.split(',')[0].replace('unix:', '');
const pathOf = (env) => `/app/${env.APP_KEY}?protocol=7`;

/** Numbered events to a channel, one after the other, until `stop`, which tells how many. */
function stream(sdk, channel) {
  let count = 0;
  let goesOn = true;
  const over = (async () => {
    while (goesOn) await sdk.trigger(channel, 'number', { number: count++ });
    return count;
  })();
  return {
    stop() {
      goesOn = false;
      return over;
    },
    more: (some) => {
      const wanted = count + some;
      return until(() => count >= wanted, 'more events');
    },
  };
}

withStack('an upgrade', 'nginx', (stack) => {
  afterEach(() => {
    closeClients();
    PusherSocket.closeAll();
  });

  test('keeps clients, process and order while events go on', async () => {
    const pid = stack.pid('worker');
    const upgrades = (await stack.workerStatus()).upgrades;
    const sockets = [];
    for (let i = 0; i < 20; i++) {
      const socket = await PusherSocket.connect(stack.env);
      await socket.join('numbers');
      sockets.push(socket);
    }
    const events = stream(publisher(stack.env), 'numbers');
    for (let i = 1; i <= 5; i++) {
      await events.more(20);
      const said = await stack.pregonctl('upgrade');
      assert.match(said, new RegExp(`serves 20 connections, pid ${pid} as before\n$`));
    }
    const count = await events.stop();

    const whole = Array.from({ length: count }, (_, number) => number);
    for (const socket of sockets) {
      for (let i = 0; i < count; i++) await socket.next('number');
      const got = socket.inbox.all.filter(({ event }) => event === 'number');
      assert.deepEqual(
        got.map(({ data }) => data.number ?? JSON.parse(data).number),
        whole,
      );
    }
    const status = await stack.workerStatus();
    assert.equal(status.pid, pid);
    assert.equal(stack.pid('worker'), pid);
    assert.equal(status.upgrades, upgrades + 5);
    assert.equal(status.connections, 20);
    assert.ok(status.events_published >= count);
  });

  test('keeps what clients are: subscriptions, members, users, cached events', async () => {
    const sdk = publisher(stack.env);
    const ana = await PusherSocket.connect(stack.env);
    const ben = await PusherSocket.connect(stack.env);
    await ana.join('presence-shop', CHANNEL_DATA('ana'));
    await ben.join('presence-shop', CHANNEL_DATA('ben'));
    await ana.join('private-till');
    await ben.join('private-till');
    await ana.signIn({ id: 'ana' });
    await sdk.trigger('cache-price', 'price', { soles: 25 });

    await stack.pregonctl('upgrade');

    ana.send('client-typing', { by: 'ana' }, { channel: 'private-till' });
    assert.equal((await ben.next('client-typing')).channel, 'private-till');
    await sdk.sendToUser('ana', 'only-you', { x: 1 });
    await ana.next('only-you');
    await sdk.trigger('private-till', 'not-for-ana', {}, { socket_id: ana.id });
    await ben.next('not-for-ana');
    const { users } = (await askApi(stack.env, 'GET', '/channels/presence-shop/users')).body;
    assert.deepEqual(users, [{ id: 'ana' }, { id: 'ben' }]);

    const eve = await PusherSocket.connect(stack.env);
    await eve.join('cache-price');
    await eve.next('price');
    const joined = await eve.join('presence-shop', CHANNEL_DATA('eve'));
    const data = typeof joined.data === 'string' ? JSON.parse(joined.data) : joined.data;
    assert.deepEqual(data.presence.ids, ['ana', 'ben', 'eve']);
    await ben.close();
    await ana.next('pusher_internal:member_removed');
    assert.ok(!ana.inbox.all.some(({ event }) => event === 'not-for-ana'));
  });

  test('pusher-js notices nothing', async () => {
    const pusher = await connectPusher(stack.env, null);
    const states = [];
    pusher.connection.bind('state_change', ({ current }) => states.push(current));
    const inbox = await subscribe(pusher, 'quiet');
    const id = pusher.connection.socket_id;

    await stack.pregonctl('upgrade');
    await publisher(stack.env).trigger('quiet', 'after', { so: 'it goes' });

    await inbox.next(({ event }) => event === 'after', 'the event');
    assert.deepEqual(states, []);
    assert.equal(pusher.connection.socket_id, id);
  });

  test('a message, a ping and a request that were half received are whole afterwards', async () => {
    const address = { path: workersSocket(stack) };
    const half = await RawSocket.open(address, pathOf(stack.env));
    const fragments = await RawSocket.open(address, pathOf(stack.env));
    const message = JSON.stringify({ event: 'pusher:subscribe', data: { channel: 'halves' } });
    const frame = await frameOf(half, OPCODE.text, message);
    half.tcp.write(frame.subarray(0, 30));
    fragments.sendFrame(OPCODE.text, message.slice(0, 10), { fin: false });
    fragments.sendFrame(OPCODE.continuation, message.slice(10, 20), { fin: false });
    const ping = await frameOf(fragments, OPCODE.ping, 'halfway');
    fragments.tcp.write(ping.subarray(0, 9));
    const newcomer = new RawSocket(address);
    newcomer.tcp.write(`GET ${pathOf(stack.env)} HTTP/1.1\r\nHost: localhost\r\nUpgr`);
    await until(async () => (await stack.workerStatus()).connections >= 2, 'both are known');

    await stack.pregonctl('upgrade');

    half.tcp.write(frame.subarray(30));
    await half.nextMessage('pusher_internal:subscription_succeeded');
    fragments.tcp.write(ping.subarray(9));
    assert.equal((await fragments.nextFrame(OPCODE.pong)).payload.toString(), 'halfway');
    fragments.sendFrame(OPCODE.continuation, message.slice(20));
    await fragments.nextMessage('pusher_internal:subscription_succeeded');
    const answer = new Promise((resolve) => newcomer.tcp.once('data', resolve));
    newcomer.tcp.write(
      'ade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    assert.match((await within(answer, 'the answer')).toString(), /^HTTP\/1.1 101 /);
    for (const socket of [half, fragments, newcomer]) socket.destroy();
  });

  test('what waits for a client that does not read follows, from the very byte on', async () => {
    const socket = await RawSocket.open({ path: workersSocket(stack) }, pathOf(stack.env));
    socket.sendEvent('pusher:subscribe', { channel: 'much' });
    await socket.nextMessage('pusher_internal:subscription_succeeded');
    socket.tcp.pause();
    const sdk = publisher(stack.env);
    let count = 0;
    const filler = 'x'.repeat(9000);
    do {
      await sdk.trigger('much', 'piece', { number: count++, filler });
    } while ((await stack.workerStatus()).queued_bytes < 200_000);

    await stack.pregonctl('upgrade');
    const waiting = (await stack.workerStatus()).queued_bytes;
    assert.ok(waiting >= 200_000, `${waiting} bytes wait`);
    await sdk.trigger('much', 'piece', { number: count++, filler });
    await stack.pregonctl('upgrade');
    socket.tcp.resume();

    for (let number = 0; number < count; number++) {
      const { data } = await socket.nextMessage('piece');
      assert.deepEqual(JSON.parse(data), { number, filler });
    }
    assert.equal((await stack.workerStatus()).queued_bytes, 0);
    socket.destroy();
  });

  test('pregonctl tail goes on watching', async () => {
    const config = path.join(stack.dir, 'pregon.env');
    const tail = spawn(path.join(BUILD, 'pregonctl'), ['--config', config, 'tail', 'watched']);
    let shown = '';
    tail.stdout.on('data', (bytes) => (shown += bytes));
    const sdk = publisher(stack.env);
    await until(async () => {
      await sdk.trigger('watched', 'before', {});
      return shown.includes('before');
    }, 'the watcher is there');
    await stack.pregonctl('upgrade');
    await sdk.trigger('watched', 'afterwards', {});
    await until(() => shown.includes('afterwards'), 'the event after the upgrade');
    tail.kill();
  });

  test('a configuration that the new program cannot start with leaves the old one serving', async () => {
    const socket = await PusherSocket.connect(stack.env);
    await socket.join('steady');
    const before = stack.values();
    changeSettings(stack, { PREGON_IPC_USERS: 'no-such-user' });
    await assert.rejects(stack.pregonctl('upgrade'));
    changeSettings(stack, { PREGON_IPC_USERS: before.PREGON_IPC_USERS ?? null });
    const [line] = await logged(stack, 'worker', /worker not upgraded/);
    assert.match(line, /exit status 1/);
    await publisher(stack.env).trigger('steady', 'still', {});
    await socket.next('still');
  });
});

/** What RawSocket would send, without sending it. */
async function frameOf(socket, opcode, payload) {
  const write = socket.tcp.write;
  let bytes;
  socket.tcp.write = (buffer) => (bytes = buffer);
  socket.sendFrame(opcode, payload);
  socket.tcp.write = write;
  return bytes;
}

// The worker alone, started from a file that can be replaced.
describe('a new program that fails', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-e2e-'));
  const program = path.join(folder, 'pregon-worker');
  const config = path.join(folder, 'pregon.env');
  const env = { APP_KEY: 'upgrade-key', WS_URL: 'unused' };
  const ws = path.join(folder, 'ws.sock');
  let worker;
  let log = '';

  const control = (...words) => pregonctl(['--config', config, ...words]);
  const publish = (event) => control('publish', 'steady', event);

  function install(file) {
    rmSync(program);
    copyFileSync(file, program);
  }

  before(async () => {
    mkdirSync(folder, { recursive: true });
    copyFileSync(path.join(BUILD, 'pregon-worker'), program);
    writeFileSync(
      config,
      [
        'REVERB_APP_ID=1',
        `REVERB_APP_KEY=${env.APP_KEY}`,
        'REVERB_APP_SECRET=upgrade-secret',
        `PREGON_WS_LISTEN=unix:${ws}`,
        `PREGON_IPC_SOCKET=${path.join(folder, 'worker.sock')}`,
        '',
      ].join('\n'),
      { mode: 0o600 },
    );
    worker = spawn(program, ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    worker.stderr.on('data', (bytes) => (log += bytes));
    await until(() => log.includes('worker ready'), 'the worker is ready');
  });
  after(async () => {
    PusherSocket.closeAll();
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill();
    worker.kill();
    await within(ended, 'the worker ends');
    rmSync(folder, { recursive: true, force: true });
  });

  const KILLED = /killed by signal 9/;
  const STEPS = {
    start: /exit status 7/,
    offer: /the other process has ended \(killed by signal 9\)/,
    refusal: /this state is beyond me/,
    sockets: KILLED,
    worker: KILLED,
    client: KILLED,
    app: KILLED,
    end: KILLED,
    nonsense: /unexpected message/,
    silence: /no answer in time/,
    taken: KILLED,
    go: KILLED,
  };
  /** On a busy machine the pause may be over before the new program has come to its step. */
  const TOO_LATE = /no answer in time/;
  for (const [step, reason] of Object.entries(STEPS))
    test(`at the step "${step}" leaves the old one serving`, async () => {
      const socket = await PusherSocket.connect(env, { unixSocket: ws });
      await socket.join('steady');
      install(FAILING);
      writeFileSync(path.join(folder, 'step'), step);

      const failed = await control('upgrade');
      assert.equal(failed.code, 1, JSON.stringify(failed));
      assert.match(failed.stderr, /^pregonctl: not upgraded, the running worker goes on: /);
      assert.match(failed.stderr, new RegExp(`${reason.source}|${TOO_LATE.source}`));
      assert.equal((await publish(step)).code, 0);
      await socket.next(step);
      const newcomer = await PusherSocket.connect(env, { unixSocket: ws });
      await newcomer.close();

      install(path.join(BUILD, 'pregon-worker'));
      const upgraded = await control('upgrade');
      assert.equal(upgraded.code, 0, JSON.stringify(upgraded));
      await publish(`${step}-again`);
      await socket.next(`${step}-again`);
      await socket.close();
    });

  test('is told when its file is not there', async () => {
    rmSync(program);
    const failed = await control('upgrade');
    cpSync(path.join(BUILD, 'pregon-worker'), program);
    assert.match(failed.stderr, /No such file or directory/);
    assert.notEqual(failed.code, 0);
  });

  test('an application that is not configured any more closes its clients', async () => {
    const socket = await PusherSocket.connect(env, { unixSocket: ws });
    await socket.join('steady');
    const text = `REVERB_APP_ID=2\nREVERB_APP_KEY=other\nREVERB_APP_SECRET=upgrade-secret\n` +
      `PREGON_WS_LISTEN=unix:${ws}\nPREGON_IPC_SOCKET=${path.join(folder, 'worker.sock')}\n`;
    writeFileSync(config, text, { mode: 0o600 });
    assert.equal((await control('upgrade')).code, 0);
    assert.equal((await socket.ended()).code, 4001);
  });
});
