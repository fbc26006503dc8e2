// SPDX-License-Identifier: MIT

// Random frames, half-closes, resets, slow readers, presence, sign-in, requests and upgrades in between,
// for CHAOS_SECONDS (5). An honest client beside it gets every event in order, over one connection, a
// dashboard every payment, and in the end the worker holds no more than before. CHAOS_SEED repeats the
// draws of a run, whose seed stands in its output.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Random, pause } from '../e2e/kill/random.mjs';
import { closeClients, openDashboard } from '../e2e/support/clients.mjs';
import { until } from '../e2e/support/inbox.mjs';
import { paymentNotice, postNotification } from '../e2e/support/payments.mjs';
import { PusherSocket } from '../e2e/support/pusher_socket.mjs';
import { askApi } from '../e2e/support/signed_request.mjs';
import { postEvent } from '../e2e/support/signing.mjs';
import { Stack } from '../e2e/support/stack.mjs';
import { ChaosClient } from './support/chaos_client.mjs';
import { ChaosRequests } from './support/chaos_requests.mjs';

const SECONDS = Number(process.env.CHAOS_SECONDS || 5);
const SEED = Number(process.env.CHAOS_SEED || Date.now() % 2 ** 32);
const CLIENTS = 40;
const APPLICATIONS = 2;
const UPGRADES = Math.max(1, Math.floor(SECONDS / 6));
const HONEST = ['honest', 'private-honest', 'presence-honest'];
const MEBIBYTE = 1 << 20;
const THREADS = 4;
const OWN_DESCRIPTORS = 4 * THREADS; // of pregon-fcgi's threads, which connect when they first need it
const KEPT_MEBIBYTES = 64; // of what the allocator and the sanitizer keep for themselves

describe(`chaos for ${SECONDS} s`, () => {
  const stack = new Stack('nginx', {
    settings: {
      PREGON_MAX_QUEUED_BYTES: '20000', // so that slow readers are found
      PREGON_MAX_QUEUED_BYTES_TOTAL: String(4 * MEBIBYTE),
      PREGON_HANDSHAKE_TIMEOUT: '2',
      PREGON_FCGI_THREADS: String(THREADS),
      PREGON_APP_CLIENT_EVENTS_ON_PUBLIC: 'true',
      PREGON_APP_CLIENT_EVENTS_PER_SECOND: '0',
      PREGON_APP_WATCHLIST: 'true',
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=4`, // memory goes back
    },
  });
  before(() => stack.up());
  after(async () => {
    closeClients();
    PusherSocket.closeAll();
    // Node 20 may spin for ever in the clean-up of its handles, behind all that happens here.
    process.once('exit', () => process.reallyExit(process.exitCode ?? 0));
    await stack.down();
  });

  const residentMebibytes = () =>
    Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${stack.pid('worker')}/status`, 'utf8'))[1]) / 1024;
  const descriptors = () => readdirSync(`/proc/${stack.pid('worker')}/fd`).length;
  const held = async () => {
    const { connections, apps } = await stack.workerStatus();
    return { connections, channels: apps[0].channels };
  };

  /** Events to the honest client, one after the other; those that were answered 200. */
  async function publishOn(isOver) {
    const acknowledged = [];
    for (let number = 0; !isOver(); number++) {
      const channel = HONEST[number % HONEST.length];
      const { status } = await postEvent(stack.env, { name: 'numbered', channel, data: { number } });
      if (status === 200) acknowledged.push(number);
      else assert.equal(status, 503);
      await pause(5);
    }
    return acknowledged;
  }

  async function payOn(isOver) {
    const stored = [];
    while (!isOver()) {
      const { status, body } = await postNotification(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A));
      assert.equal(status, 201);
      stored.push(body.notification.id);
      await pause(50);
    }
    return stored;
  }

  async function upgradeOn(isOver) {
    let upgrades = 0;
    for (; upgrades < UPGRADES; upgrades++) {
      await pause((SECONDS * 1000) / (UPGRADES + 1));
      if (isOver()) break;
      await stack.pregonctl('upgrade');
    }
    return upgrades;
  }

  test('costs those beside it nothing, and leaves nothing behind', async () => {
    console.log(`CHAOS_SEED=${SEED} CHAOS_SECONDS=${SECONDS}`);
    const honest = await PusherSocket.connect(stack.env);
    for (const channel of HONEST) await honest.join(channel, channel.startsWith('presence-') ? '{"user_id":"honest"}' : undefined);
    const dashboard = await openDashboard(stack.env, stack.env.TOKEN_A, stack.env.COMMERCE_A);
    await stack.pregonctl('upgrade'); // what the first one costs belongs to what was there before
    const before = { ...(await held()), descriptors: descriptors(), mebibytes: residentMebibytes() };

    const counts = {};
    const random = new Random(SEED);
    const unix = { path: stack.values().PREGON_WS_LISTEN.split(',')[0].replace('unix:', '') };
    const { hostname, port } = new URL(stack.env.WS_URL);
    const addresses = [unix, { host: hostname, port: Number(port) }];
    const end = Date.now() + SECONDS * 1000;
    const isOver = () => Date.now() >= end;
    const clients = Array.from({ length: CLIENTS }, () => new ChaosClient(random.fork(), { addresses, env: stack.env, counts }));
    const others = Array.from({ length: APPLICATIONS }, () => new ChaosRequests(random.fork(), { env: stack.env, counts }));
    const [acknowledged, stored, upgrades] = await Promise.all([
      publishOn(isOver),
      payOn(isOver),
      upgradeOn(isOver),
      ...[...clients, ...others].map((each) => each.run(isOver)),
    ]);
    console.log(JSON.stringify({ acknowledged: acknowledged.length, stored: stored.length, upgrades, ...counts }));
    assert.ok(acknowledged.length > 0 && stored.length > 0 && upgrades > 0, 'nothing happened beside it');

    await honest.settled();
    const numbers = honest.inbox.all.filter(({ event }) => event === 'numbered').map(({ data }) => data.number);
    assert.deepEqual([...numbers].sort((a, b) => a - b), numbers, 'out of order');
    assert.equal(new Set(numbers).size, numbers.length, 'an event came twice');
    const got = new Set(numbers);
    assert.deepEqual(acknowledged.filter((number) => !got.has(number)), [], 'answered 200 and not delivered');
    const last = stored.at(-1);
    await until(() => dashboard.payments.all.some(({ id }) => id === last), 'the last payment');
    const shown = dashboard.payments.all.map(({ id }) => id);
    assert.deepEqual(shown, stored, 'payments shown');
    assert.equal(dashboard.subscriptions.all.length, 1, 'the dashboard has kept its connection');

    await until(async () => JSON.stringify(await held()) === JSON.stringify({ connections: before.connections, channels: before.channels }), 'all others have left');
    assert.equal(Object.keys((await askApi(stack.env, 'GET', '/channels')).body.channels).length, before.channels);
    await until(() => descriptors() <= before.descriptors + OWN_DESCRIPTORS, 'their descriptors are closed');
    await until(() => residentMebibytes() <= before.mebibytes + KEPT_MEBIBYTES, 'memory goes back');
    assert.equal((await stack.workerStatus()).upgrades, upgrades + 1);
  });
});
