// SPDX-License-Identifier: MIT

// Webhooks of two workers, each with its own pregon-webhookd, over one Redis; and of workers that are
// upgraded: docs/webhooks.md.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { tryUpgrade } from './support/cluster.mjs';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RedisServer } from './support/redis.mjs';
import { ENV, WebhookHost } from './support/webhook_host.mjs';
import { WebhookReceiver } from './support/webhook_receiver.mjs';

const ROOM = 'presence-room';
const member = (id) => JSON.stringify({ user_id: `${id}` });
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('webhooks of two workers over Redis', () => {
  let redis, receiver, a, b;

  before(async () => {
    redis = await RedisServer.start();
  });
  after(async () => redis.remove());
  afterEach(async () => {
    PusherSocket.closeAll();
    await WebhookReceiver.closeAll();
    await WebhookHost.endAll();
  });

  async function start(more = {}) {
    receiver = await WebhookReceiver.start(ENV);
    const settings = { REVERB_SCALING_ENABLED: 'true', REDIS_URL: `redis://127.0.0.1:${redis.port}`, REVERB_SCALING_CHANNEL: `t${Math.random()}`, ...more };
    [a, b] = await Promise.all([1, 2].map(() => WebhookHost.start([{ url: receiver.url }], settings)));
    await Promise.all([a, b].map((host) => host.settles(false)));
  }

  test('each transition is told once, whichever worker has it', async () => {
    await start();
    const first = await a.connect();
    await first.join(ROOM, member(7));
    await receiver.nextEvent('member_added');
    const second = await b.connect();
    await second.join(ROOM, member(7));
    await second.join('news');
    await first.join('news');
    await first.close();
    await pause(1500); // more than the delay
    assert.deepEqual(receiver.words.slice().sort(), [
      'channel_occupied news',
      `channel_occupied ${ROOM}`,
      `member_added ${ROOM} 7`,
    ]);
    await second.close();
    await until(() => receiver.words.length >= 6, 'the ends');
    await pause(1000);
    assert.deepEqual(receiver.words.slice(3).sort(), [
      'channel_vacated news',
      `channel_vacated ${ROOM}`,
      `member_removed ${ROOM} 7`,
    ]);
    const at = (words) => receiver.words.indexOf(words);
    assert.ok(at(`member_removed ${ROOM} 7`) < at(`channel_vacated ${ROOM}`));
  });

  test('a client that moves to another worker within the delay causes nothing', async () => {
    await start({ PREGON_WEBHOOK_DELAY: '3000' });
    const first = await a.connect();
    await first.join(ROOM, member(7));
    await receiver.nextEvent('member_added');
    await first.close();
    const second = await b.connect();
    await second.join(ROOM, member(7));
    await pause(4500);
    assert.equal(receiver.words.length, 2);
  });

  test('a worker that is killed: the other tells the ends, once', async () => {
    await start();
    const first = await a.connect();
    await first.join(ROOM, member(7));
    const second = await b.connect();
    await second.join(ROOM, member(8));
    await until(() => receiver.words.length === 3, 'the arrivals');
    await a.kill('worker');
    await receiver.nextEvent('member_removed', ROOM);
    await second.close();
    await receiver.nextEvent('channel_vacated', ROOM);
    await pause(1000);
    assert.deepEqual(receiver.words.slice(3), [
      `member_removed ${ROOM} 7`,
      `member_removed ${ROOM} 8`,
      `channel_vacated ${ROOM}`,
    ]);
  });

  test('a worker that stops in order, alone in its channels: another one tells their ends', async () => {
    await start();
    const first = await a.connect();
    await first.join('only');
    await receiver.nextEvent('channel_occupied', 'only');
    await a.kill('worker', 'SIGTERM');
    await receiver.nextEvent('channel_vacated', 'only');
    assert.deepEqual(receiver.words, ['channel_occupied only', 'channel_vacated only']);
  });

  test('an upgrade of each: nothing is lost or doubled', async () => {
    await start();
    await checkUpgrade(a, receiver, () => tryUpgrade(a));
    assert.equal((await tryUpgrade(b)).code, 0);
  });
});

/** Clients come and go, and speak, while `upgrade` goes on; then all is told, once. */
async function checkUpgrade(host, receiver, upgrade) {
  const stays = await host.connect();
  await stays.join('private-talk');
  let goesOn = true;
  let said = 0;
  const names = [];
  const visit = async (number) => {
    const socket = await host.connect();
    for (let i = 0; goesOn; i++) {
      const channel = `visit-${number}-${i}`;
      await socket.join(channel);
      names.push(channel);
      socket.send('pusher:unsubscribe', { channel });
      await socket.settled();
    }
  };
  const speak = async () => {
    for (; goesOn; said++) {
      stays.send('client-number', said, { channel: 'private-talk' });
      await stays.settled();
      await pause(120); // no more than a client may
    }
  };
  const all = [visit(1), visit(2), speak()];
  await until(() => names.length > 20, 'visits');
  const outcome = await upgrade();
  assert.equal(outcome.code, 0, JSON.stringify(outcome));
  const wanted = names.length + 20;
  await until(() => names.length > wanted, 'more visits');
  goesOn = false;
  await Promise.all(all);

  const expected = names.flatMap((name) => [`channel_occupied ${name}`, `channel_vacated ${name}`]).sort();
  const visits = () => receiver.words.filter((words) => words.includes(' visit-')).sort();
  await until(() => visits().length >= expected.length, 'every visit');
  await pause(500);
  assert.deepEqual(visits(), expected);
  const numbers = receiver.taken.filter(({ name }) => name === 'client_event').map(({ data }) => Number(data));
  assert.deepEqual(numbers, Array.from({ length: said }, (_, i) => i));
}

describe('webhooks of one worker', () => {
  afterEach(async () => {
    PusherSocket.closeAll();
    await WebhookReceiver.closeAll();
    await WebhookHost.endAll();
  });

  test('an upgrade under load: none is lost, none is doubled', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    await checkUpgrade(host, receiver, () => tryUpgrade(host));
  });
});
