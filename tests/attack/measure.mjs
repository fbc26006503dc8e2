// SPDX-License-Identifier: MIT

// Runs each attack of README.md once more and prints what others noticed meanwhile, as a table: for a
// quiet machine, and for docs/security.md. Nothing is asserted here.
//   BUILD=build tests/with-databases node tests/attack/measure.mjs [F1 F5 …]

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Random, pause } from '../e2e/kill/random.mjs';
import { collidingName } from '../e2e/support/colliding.mjs';
import { DatabaseServer } from '../e2e/support/database_server.mjs';
import { Front } from '../e2e/support/front.mjs';
import { openSockets } from '../e2e/support/front_checks.mjs';
import { heldFile, heldStore } from '../e2e/support/holding.mjs';
import { until } from '../e2e/support/inbox.mjs';
import { authorizeForShop, paymentNotice, postNotification } from '../e2e/support/payments.mjs';
import { OPCODE, RawSocket } from '../e2e/support/raw_socket.mjs';
import { askApi } from '../e2e/support/signed_request.mjs';
import { Stack } from '../e2e/support/stack.mjs';
import { ChaosClient } from './support/chaos_client.mjs';
import { apacheSite, openSlowBody } from './support/slow_bodies.mjs';

const PROBE = fileURLToPath(new URL('support/probe_process.mjs', import.meta.url));
const SECONDS = 10;
/** A frame of a client with a mask of zeros, so often. */
const frames = (opcode, payload, count) => {
  const frame = Buffer.concat([Buffer.from([128 | opcode, 128 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)]);
  return Buffer.concat(Array(count).fill(frame));
};
const own = (stack) => ({ path: stack.values().PREGON_WS_LISTEN.split(',')[0].replace('unix:', '') });
const connect = (stack) => RawSocket.open(own(stack), `/app/${stack.env.APP_KEY}`);
const authorize = (stack, token = '1|x') => authorizeForShop(stack.env, token, stack.env.COMMERCE_A);
const post = (stack) => postNotification(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A));

/** So many clients in so many channels each, which all leave at once. */
async function occupy(stack, clients, each, name) {
  const sockets = [];
  for (let first = 0; first < clients * each; first += each) {
    const socket = await connect(stack);
    sockets.push(socket);
    socket.tcp.cork();
    for (let i = first; i < first + each; i++) socket.sendEvent('pusher:subscribe', { channel: name(i) });
    socket.sendFrame(OPCODE.ping, 'all');
    socket.tcp.uncork();
  }
  await Promise.all(sockets.map((socket) => socket.nextFrame(OPCODE.pong)));
  return sockets;
}

const leave = async (stack, sockets) => {
  sockets.forEach((socket) => socket.destroy());
  await until(async () => (await stack.workerStatus()).connections <= 1, 'all have left');
};

const ATTACKS = {
  'F1: 30 000 channel names that collide, joined and left': {
    attack: async (stack) => leave(stack, await occupy(stack, 30, 1000, collidingName)),
  },
  'F2: PostgreSQL stopped for a minute, 40 auth requests and 40 payments at a time': {
    database: 'postgresql',
    attack: (stack, server) => hang(stack, server, 60),
  },
  'F2: MariaDB stopped for 30 s, the same': { database: 'mariadb', attack: (stack, server) => hang(stack, server, 30) },
  'F2: SQLite locked for 30 s, the same': {
    attack: async (stack) => {
      const held = await heldStore(`${stack.dir}/pregon.db`);
      await askFor(stack, 30);
      await held.letGo();
    },
  },
  'F3: 32 slow bodies through Apache': { front: 'apache2', attack: slowBodies },
  'F5: 300 clients, each 13 000 messages that are errors, reading nothing': {
    attack: async (stack) => {
      const sockets = await Promise.all(Array.from({ length: 300 }, () => connect(stack)));
      const errors = frames(OPCODE.text, 'x', 13_000);
      for (const socket of sockets) {
        socket.tcp.pause();
        socket.tcp.write(errors);
      }
      await pause(SECONDS * 1000);
      await leave(stack, sockets);
    },
  },
  'F5: 300 clients, each 8 000 Pings of 125 bytes, reading nothing': {
    settings: { PREGON_MAX_QUEUED_BYTES_TOTAL: String(64 << 20) },
    attack: async (stack) => {
      const sockets = await Promise.all(Array.from({ length: 300 }, () => connect(stack)));
      const pings = frames(OPCODE.ping, 'p'.repeat(125), 8000);
      for (const socket of sockets) {
        socket.tcp.pause();
        socket.tcp.write(pings);
      }
      await pause(SECONDS * 1000);
      await leave(stack, sockets);
    },
  },
  'F7: one client sends events of 10 kB to a public channel of 500': {
    attack: async (stack) => {
      const sockets = await occupy(stack, 500, 1, () => 'news');
      const message = JSON.stringify({ event: 'client-x', channel: 'news', data: 'x'.repeat(9000) });
      for (const end = Date.now() + 5000; Date.now() < end; await pause(1)) sockets[0].sendText(message);
      await leave(stack, sockets);
    },
  },
  'F8: 100 000 channels, listed five times': {
    attack: async (stack) => {
      const sockets = await occupy(stack, 100, 1000, (i) => `${i}-`.padEnd(20, 'x'));
      const query = { info: 'subscription_count' };
      for (let i = 0; i < 5; i++) {
        const { status } = await askApi(stack.env, 'GET', '/channels', { query });
        if (status !== 200) throw new Error(`listing: ${status}`);
      }
      await leave(stack, sockets);
    },
  },
  'F9: another process keeps the turn to publish for 20 s, 20 payments at a time': {
    attack: async (stack) => {
      await post(stack);
      const held = await heldFile(`${stack.dir}/pregon.db-outbox`);
      for (const end = Date.now() + 20_000; Date.now() < end; )
        await Promise.all(Array.from({ length: 20 }, () => post(stack)));
      await held.letGo();
    },
  },
  'F10e: one client joins 20 000 channels and says 1000 times something in the last': {
    settings: { PREGON_MAX_CHANNELS_PER_CONNECTION: '0', PREGON_APP_CLIENT_EVENTS_ON_PUBLIC: 'true', PREGON_APP_CLIENT_EVENTS_PER_SECOND: '0' },
    attack: async (stack) => {
      const sockets = await occupy(stack, 1, 20_000, (i) => `c${i}`);
      const text = JSON.stringify({ event: 'client-x', channel: 'c19999', data: '' });
      for (let i = 0; i < 1000; i++) sockets[0].sendText(text);
      sockets[0].sendFrame(OPCODE.ping, 'all');
      await sockets[0].nextFrame(OPCODE.pong);
      await leave(stack, sockets);
    },
  },
  'chaos: 40 clients for 20 s': {
    settings: { PREGON_MAX_QUEUED_BYTES: '20000' },
    attack: async (stack) => {
      const random = new Random(1);
      const end = Date.now() + 20_000;
      const options = { addresses: [own(stack)], env: stack.env, counts: {} };
      const clients = Array.from({ length: 40 }, () => new ChaosClient(random.fork(), options));
      await Promise.all(clients.map((client) => client.run(() => Date.now() > end)));
    },
  },
};

/** Auth with tokens that nobody has, and payments, 40 of each at a time. */
async function askFor(stack, seconds) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; )
    await Promise.all(Array.from({ length: 40 }, (_, i) => [authorize(stack, `${i}|x`), post(stack)]).flat());
}

async function hang(stack, server, seconds) {
  await Promise.all(Array.from({ length: 40 }, () => authorize(stack))); // each thread has its connection
  await server.pause();
  await askFor(stack, seconds);
  await server.resume();
  await until(async () => (await post(stack)).status === 201, 'payments are taken again');
}

async function slowBodies(stack, server, front) {
  const slow = Array.from({ length: 32 }, () => openSlowBody(front));
  for (const end = Date.now() + SECONDS * 1000; Date.now() < end; await pause(200))
    for (const [i, socket] of slow.entries())
      if (socket.writable) socket.write('x'.repeat(300));
      else slow[i] = openSlowBody(front);
  slow.forEach((socket) => socket.destroy());
}

async function measure(name, { attack, settings = {}, database, front: kind }) {
  const server = database ? await DatabaseServer.start(database) : null;
  const stack = new Stack(kind ? 'none' : 'nginx', { settings, database: server?.url });
  let front;
  try {
    await stack.up();
    if (kind) {
      openSockets(stack);
      front = new Front(kind, stack);
      chmodSync(front.folder, 0o711);
      mkdirSync(`${front.folder}/application/public`, { recursive: true });
      await front.up({ site: apacheSite });
    }
    const probe = fork(PROBE, { env: { ...process.env, NODE_NO_WARNINGS: '1' } });
    probe.send({ dir: stack.dir, env: stack.env, front: front?.env, certificate: front?.certificate.file });
    await once(probe, 'message');
    await pause(1000);
    await attack(stack, server, front);
    await pause(3000);
    probe.send('stop');
    const [{ ping, up, event, failed, memory }] = await once(probe, 'message');
    console.log(`| ${name} | ${ping} | ${up} | ${event} | ${failed} | ${memory} |`);
  } finally {
    await front?.down();
    await stack.down();
    await server?.remove();
  }
}

console.log('| Attack | Ping | `/up` | Event | Not 200 | Worker, MiB |\n|---|---|---|---|---|---|');
const wanted = process.argv.slice(2);
for (const [name, attack] of Object.entries(ATTACKS))
  if (wanted.length === 0 || wanted.some((entry) => name.startsWith(`${entry}:`))) await measure(name, attack);
process.exit(0);
