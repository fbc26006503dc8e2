// SPDX-License-Identifier: MIT

// Thousands of clients that come and go while both programs are killed again and again: what was reported
// at the end is what is. docs/webhooks.md.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { ENV, WebhookHost } from './support/webhook_host.mjs';
import { wordsOf, WebhookReceiver } from './support/webhook_receiver.mjs';

const MOVES = 10000;
const CLIENTS = 20;
const ROOMS = 30;
const KILLS = 6;
const member = (id) => JSON.stringify({ user_id: `${id}` });
const any = (count) => Math.floor(Math.random() * count);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One client that joins and leaves rooms, and connects again whenever its worker has died. */
class Wanderer {
  rooms = new Set();

  constructor(host, id) {
    Object.assign(this, { host, id });
  }

  async connect() {
    this.socket = await until(() => this.host.connect().catch(() => null), 'connected');
    for (const room of this.rooms) await this.#join(room);
  }

  /** A join or a leave; the worker has dealt with it unless it died. */
  async move() {
    const room = `presence-r${any(ROOMS)}`;
    try {
      if (this.rooms.has(room)) {
        this.rooms.delete(room);
        this.socket.send('pusher:unsubscribe', { channel: room });
        await this.socket.settled();
      } else {
        this.rooms.add(room);
        await this.#join(room);
      }
    } catch {
      for (;;)
        try {
          return await this.connect();
        } catch {
          await pause(50);
        }
    }
  }

  #join(room) {
    return this.socket.join(room, member(this.id));
  }
}

/** What a receiver believes: the last word on each channel, and on each user in it. */
function believed(events) {
  const there = new Set();
  for (const event of events) {
    const key = wordsOf({ ...event, name: 'is' });
    if (['channel_occupied', 'member_added'].includes(event.name)) there.add(key);
    else there.delete(key);
  }
  return [...there].sort();
}

describe(`webhooks of ${MOVES} joins and leaves under SIGKILLs`, () => {
  after(async () => {
    PusherSocket.closeAll();
    await WebhookReceiver.closeAll();
    await WebhookHost.endAll();
  });

  test('the final state told is the real one; doubles have the same id', async () => {
    const receiver = await WebhookReceiver.start(ENV, () => (any(50) === 0 ? 500 : 200));
    const host = await WebhookHost.start([
      { url: receiver.url, batch_ms: 50, event_types: ['channel_occupied', 'channel_vacated', 'member_added', 'member_removed'] },
    ]);
    const clients = Array.from({ length: CLIENTS }, (_, id) => new Wanderer(host, id));
    for (const client of clients) await client.connect();

    let moves = 0;
    const wander = async (client) => {
      while (moves++ < MOVES) await client.move();
    };
    const kill = async () => {
      for (let i = 1; i <= KILLS; i++) {
        await until(() => moves >= (i * MOVES) / (KILLS + 1), 'more moves');
        const name = i % 2 ? 'worker' : 'webhookd';
        await host.kill(name);
        await (name === 'worker' ? host.startWorker() : host.startWebhookd());
      }
    };
    await Promise.all([kill(), ...clients.map(wander)]);
    for (const client of clients) await client.socket.settled();

    const real = new Set();
    for (const { id, rooms } of clients)
      for (const room of rooms) real.add(`is ${room}`).add(`is ${room} ${id}`);
    const expected = [...real].sort();
    await until(() => believed(receiver.taken).join() === expected.join(), 'the state told is the real one').catch((error) => {
      assert.deepEqual(believed(receiver.taken), expected, error.message);
    });

    // No arrival twice without an end in between, and no delivery with two bodies.
    const bodies = new Map();
    for (const { headers, text } of receiver.requests) {
      const id = headers['x-pregon-delivery'];
      assert.equal(bodies.get(id) ?? text, text);
      bodies.set(id, text);
    }
    const there = new Set();
    for (const event of receiver.taken) {
      const key = wordsOf({ ...event, name: 'is' });
      const comes = ['channel_occupied', 'member_added'].includes(event.name);
      if (comes) assert.ok(!there.has(key), `${wordsOf(event)} twice`);
      comes ? there.add(key) : there.delete(key);
    }
  });
});
