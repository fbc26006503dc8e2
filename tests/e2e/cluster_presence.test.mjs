// SPDX-License-Identifier: MIT

// Random joins, leaves, killed and upgraded workers and pulled cables against a model of who is present, with a
// strict view: nobody may be added who is in already, or removed who is not.
// CLUSTER_STEPS=500 CLUSTER_SEED=7 repeats, or goes on longer.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster, tryUpgrade } from './support/cluster.mjs';
import { until } from './support/inbox.mjs';
import { Network, canMakeNamespaces } from './support/network.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RedisServer } from './support/redis.mjs';

const STEPS = Number(process.env.CLUSTER_STEPS ?? 30);
const SEED = Number(process.env.CLUSTER_SEED ?? Math.floor(Math.random() * 1e9));
const CHANNELS = ['presence-a', 'presence-b'];
const USERS = ['1', '2', '3', '4', '5'];
const HOSTS = 3;
const MAX_CLIENTS = 12;

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One client in one channel, and whom it has been told of. */
class Client {
  static async join(host, number, channel, user) {
    const client = new Client();
    Object.assign(client, { number, channel, user, faults: [] });
    client.socket = await host.connect();
    const data = JSON.stringify({ user_id: user });
    client.socket.ws.on('message', (bytes) => client.#see(JSON.parse(bytes.toString())));
    await client.socket.join(channel, data);
    return client;
  }

  #see({ event, data }) {
    const value = typeof data === 'string' ? JSON.parse(data) : data;
    if (event === 'pusher_internal:subscription_succeeded') this.view = new Set(value.presence.ids);
    if (!event.startsWith('pusher_internal:member_')) return;
    const isJoin = event.endsWith('added');
    if (!this.view) this.faults.push(`${event} before the list`);
    else if (this.view.has(value.user_id) === isJoin) this.faults.push(`${event} ${value.user_id} twice`);
    else if (isJoin) this.view.add(value.user_id);
    else this.view.delete(value.user_id);
  }
}

const sorted = (users) => [...users].sort().join();

describe(`presence against a model, CLUSTER_SEED=${SEED}`, { skip: !canMakeNamespaces() && 'no network namespaces' }, () => {
  let network, redis, cluster;
  const clients = new Set();
  const cut = new Set();
  const history = [];

  before(async () => {
    network = new Network(HOSTS);
    redis = await RedisServer.start({
      port: 6379, // in a network of its own
      lines: [`bind ${network.address}`, 'protected-mode no'],
      wrap: network.inServer(),
      clientArguments: ['-h', network.address],
    });
    cluster = await Cluster.start(
      HOSTS,
      { REDIS_HOST: network.address, PREGON_REDIS_TIMEOUT_MS: '2000' },
      { wraps: Array.from({ length: HOSTS }, (_, i) => network.inHost(i)) },
    );
    await cluster.isWhole();
  });

  after(async () => {
    PusherSocket.closeAll();
    await cluster?.stop();
    await redis?.remove();
    network?.remove();
  });

  const present = (channel) =>
    sorted(new Set([...clients].filter((client) => client.channel === channel).map(({ user }) => user)));

  /** Every client and every worker comes to see what the model says. */
  async function agrees() {
    for (const client of clients)
      await until(
        () => client.faults.length > 0 || sorted(client.view) === present(client.channel),
        `after ${history.join('; ')}: ${client.user} on ${client.number} in ${client.channel} sees it`,
      ).catch((error) => {
        error.message += `: ${sorted(client.view)} instead of ${present(client.channel)}`;
        throw error;
      });
    for (const client of clients) assert.deepEqual(client.faults, [], history.join('; '));
    for (const host of cluster.hosts)
      for (const channel of CHANNELS)
        await until(async () => {
          const { status, body } = await host.ask('GET', `/channels/${channel}/users`);
          return status === 200 && sorted(body.users.map(({ id }) => id)) === present(channel);
        }, `after ${history.join('; ')}: ${host.dir} says who is in ${channel}`);
  }

  const actions = {
    async join(random) {
      if (clients.size >= MAX_CLIENTS) return actions.leave(random);
      const number = random(HOSTS);
      const [channel, user] = [CHANNELS[random(CHANNELS.length)], USERS[random(USERS.length)]];
      history.push(`join ${user} ${channel} on ${number}`);
      clients.add(await Client.join(cluster.hosts[number], number, channel, user));
    },
    async leave(random) {
      if (clients.size === 0) return;
      const client = [...clients][random(clients.size)];
      history.push(`leave ${client.user} ${client.channel} on ${client.number}`);
      clients.delete(client);
      await client.socket.close();
    },
    async kill(random) {
      const number = random(HOSTS);
      history.push(`kill ${number}`);
      for (const client of clients) if (client.number === number) clients.delete(client);
      const host = cluster.hosts[number];
      await host.kill();
      host.startProgram('worker');
      await until(() => host.status().catch(() => null), 'the worker is back');
      if (!cut.has(number)) await host.settles(false);
    },
    async upgrade(random) {
      const number = random(HOSTS);
      history.push(`upgrade ${number}`);
      const said = await tryUpgrade(cluster.hosts[number]);
      assert.equal(said.code, 0, `${history.join('; ')}: ${said.stderr}`);
    },
    async cut(random) {
      const number = random(HOSTS);
      if (cut.has(number)) return;
      history.push(`cut ${number}`);
      network.cut(number);
      cut.add(number);
      await cluster.hosts[number].settles(true);
    },
    async heal() {
      for (const number of cut) {
        history.push(`heal ${number}`);
        network.heal(number);
        await cluster.hosts[number].settles(false);
      }
      cut.clear();
    },
  };

  test(`${STEPS} steps`, async () => {
    console.log(`CLUSTER_SEED=${SEED}`);
    const random = randomFrom(SEED);
    const often = ['join', 'join', 'join', 'join', 'leave', 'leave', 'leave', 'join', 'kill', 'upgrade', 'upgrade', 'cut', 'heal'];
    for (let step = 0; step < STEPS; step++) {
      await actions[often[random(often.length)]](random);
      if (cut.size === 0 && random(4) === 0) await agrees();
    }
    await actions.heal();
    await agrees();
  });
});
