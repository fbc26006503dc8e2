// SPDX-License-Identifier: MIT

// Several workers behind one address: docs/cluster.md, with the shipped files of nginx and Caddy.
// starts early, because it waits for two drains of 8 s behind each web server

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, connectPusher, subscribe } from './support/clients.mjs';
import { until, within } from './support/inbox.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { SeveralWorkers } from './support/several_workers.mjs';
import { postEvent } from './support/signing.mjs';
import { FRONTS } from './support/stack.mjs';

const CLIENTS = 12;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** An unmodified pusher-js on the private channel of a shop, and all that it went through, in order. */
class Dashboard {
  static async open(env) {
    const dashboard = new Dashboard();
    const pusher = await connectPusher(env, env.TOKEN_A);
    dashboard.story = await subscribe(pusher, channelOf(env));
    pusher.connection.bind('state_change', ({ current }) => dashboard.story.push({ event: current }));
    return dashboard;
  }

  times(name, where = () => true) {
    return this.story.all.filter(({ event, data }) => event === name && where(data)).length;
  }

  get wasClosed() {
    return this.times('connecting') > 0;
  }

  get isBack() {
    return this.times('pusher:subscription_succeeded') > 1;
  }

  /** The payment came, however often. */
  hasPayment(id) {
    return this.times('notification.created', (payment) => payment.id === id) > 0;
  }

  /** The numbers of the `tick` events, in a list for each subscription. */
  ticksOfEachSubscription() {
    const lists = [];
    for (const { event, data } of this.story.all)
      if (event === 'pusher:subscription_succeeded') lists.push([]);
      else if (event === 'tick') lists.at(-1).push(data);
    return lists;
  }
}

const backAgain = (dashboards) => dashboards.filter((each) => each.isBack);
const channelOf = ({ COMMERCE_A }) => `private-commerce.${COMMERCE_A}`;

for (const kind of FRONTS)
  describe(`three workers behind one address, ${kind}`, () => {
    const several = new SeveralWorkers(kind, { PREGON_DRAIN_SECONDS: '8', PREGON_FCGI_THREADS: '2' });
    let env;

    before(async () => {
      await several.start();
      env = several.front.plainEnv;
    });

    afterEach(async () => {
      closeClients();
      PusherSocket.closeAll();
      await until(async () => sum(await several.connections()) === 0, 'nobody is left');
    });

    after(() => several.stop());

    const openDashboards = () =>
      Promise.all(Array.from({ length: CLIENTS }, () => Dashboard.open(env)));

    async function publish(name, data) {
      const { status } = await postEvent(env, { name, channel: channelOf(env), data });
      assert.equal(status, 200);
    }

    /** A signed event reaches each of them, and once. */
    async function reachesAllOnce(dashboards, name) {
      await publish(name, 0);
      await publish(`end of ${name}`, 0);
      for (const { story } of dashboards) await story.next(({ event }) => event === `end of ${name}`);
      assert.deepEqual(dashboards.map((each) => each.times(name)), Array(dashboards.length).fill(1));
    }

    async function payAndSee(dashboards) {
      const { id } = await pay(env, env.TOKEN_A, paymentNotice(env.DEVICE_A));
      await until(() => dashboards.every((each) => each.hasPayment(id)), 'all see the payment');
      return id;
    }

    /** Whoever comes is let in, whichever worker is away, until one lands on `worker`. */
    async function newcomersReach(worker) {
      await until(async () => {
        await PusherSocket.connect(env);
        return (await worker.status()).connections > 0;
      }, 'a newcomer is with the worker');
    }

    test('clients spread evenly, and an event and a payment reach each of them once', async () => {
      const dashboards = await openDashboards();

      const counts = await several.connections();
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `clients of each worker: ${counts}`);
      assert.equal(sum(counts), CLIENTS);
      await reachesAllOnce(dashboards, 'made');
      const id = await payAndSee(dashboards);
      await reachesAllOnce(dashboards, 'last');
      for (const each of dashboards)
        assert.equal(each.times('notification.created', (payment) => payment.id === id), 1);
    });

    test('the clients of a killed worker come back to the others, and to itself once it is back', async () => {
      const dashboards = await openDashboards();
      const worker = await several.busiest();
      const { connections } = await worker.status();

      await worker.kill();
      for (let i = 0; i < CLIENTS; i++) await PusherSocket.connect(env);
      await until(
        () => backAgain(dashboards).length === connections,
        'all that were with it have subscribed again',
      );
      await reachesAllOnce(dashboards, 'after');
      assert.equal(dashboards.filter((each) => each.wasClosed).length, connections);
      assert.equal(sum(await several.connections()), 2 * CLIENTS);

      await several.startWorker(worker);
      await newcomersReach(worker);
    });

    /**
     * `begin` lets a worker drain. Its clients are with the others before it has ended; each gets all
     * events that come while it is subscribed, in order, and misses those only for which it was closed.
     */
    async function movesToOthers(worker, begin) {
      const dashboards = await openDashboards();
      const { connections } = await worker.status();
      assert.ok(connections > 1);
      let ticks = 0;
      const tickUntil = (isSo, what) =>
        until(async () => {
          await publish('tick', ticks++);
          return isSo();
        }, what);

      await begin();
      await tickUntil(() => backAgain(dashboards).length > 0, 'the first is with another worker');
      assert.equal((await worker.status()).draining, true);
      await PusherSocket.connect(env); // who comes now is let in, by another worker
      await tickUntil(() => backAgain(dashboards).length === connections, 'all are with others');
      await reachesAllOnce(dashboards, 'after');

      for (const each of dashboards) {
        const lists = each.ticksOfEachSubscription();
        const wholeFrom = (list) => list.map((_, i) => list[0] + i);
        assert.equal(lists.length, each.wasClosed ? 2 : 1);
        for (const list of lists) assert.deepEqual(list, wholeFrom(list));
        assert.equal(lists[0][0] ?? 0, 0);
        assert.equal(lists.at(-1).at(-1) ?? ticks - 1, ticks - 1);
        if (!each.wasClosed) assert.equal(lists[0].length, ticks);
      }
      assert.equal(dashboards.filter((each) => each.wasClosed).length, connections);
    }

    test('the clients of a draining worker move to the others and miss nothing else', async () => {
      const worker = several.workers[0];
      await movesToOthers(worker, () => worker.pregonctl('drain'));
      const end = await within(worker.children.worker.gone, 'it ends');
      assert.deepEqual(end, { code: 0, signal: null });
      await several.startWorker(worker);
      await newcomersReach(worker);
    });

    test('they do so also where systemd keeps the sockets of the worker', async () => {
      const worker = several.workers[1];
      await worker.kill('worker', 'SIGTERM');
      const service = several.serviceOf(worker);
      try {
        await service.start();
        await several.sharesAgain(worker);
        await newcomersReach(worker);
        PusherSocket.closeAll();
        let restarted;
        await movesToOthers(worker, () => {
          restarted = service.restart();
        });
        assert.equal(await restarted, 0);
      } finally {
        await service.end();
        await several.startWorker(worker);
      }
    });

    test('the responder goes on with the next worker when its own is killed', async () => {
      const published = async () => {
        const answers = await Promise.all(several.workers.map((worker) => worker.status()));
        return answers.map((status) => status.events_published);
      };
      for (let round = 0; round < several.workers.length; round++) {
        const dashboards = await openDashboards();
        const before = await published();
        await publish('asked', 0);
        const now = await published();
        const worker = several.workers[now.findIndex((count, i) => count > before[i])];
        const { connections } = await worker.status();

        const gone = worker.kill();
        const ids = [];
        for (let i = 0; i < 10; i++)
          ids.push((await pay(env, env.TOKEN_A, paymentNotice(env.DEVICE_A))).id);
        await gone;
        await publish('after', 0);
        await until(() => backAgain(dashboards).length === connections, 'all are back');
        await payAndSee(dashboards);

        const stayed = dashboards.filter((each) => !each.wasClosed);
        assert.equal(stayed.length, CLIENTS - connections);
        for (const each of stayed) {
          assert.deepEqual(ids.filter((id) => !each.hasPayment(id)), []);
          assert.equal(each.times('after'), 1);
        }
        await several.startWorker(worker);
        closeClients();
      }
    });
  });
