// SPDX-License-Identifier: MIT

// The store's server hangs: it takes connections and requests, and answers none.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { DATABASES, DatabaseServer } from './support/database_server.mjs';
import { until } from './support/inbox.mjs';
import { authorizeForShop, listNotifications, pay, paymentNotice, postNotification } from './support/payments.mjs';
import { logged } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { postEvent } from './support/signing.mjs';
import { Stack } from './support/stack.mjs';

const THREADS = 4;

function hanging(kind, name) {
  describe(`${name} that hangs`, () => {
    let server, stack;
    before(async () => {
      server = await DatabaseServer.start(kind);
      const settings = {
        PREGON_IDENTITY_CACHE_SECONDS: '0', // so that it is asked who somebody is, each time
        PREGON_FCGI_THREADS: String(THREADS),
        PREGON_DATABASE_TIMEOUT_MS: '1000',
      };
      stack = await new Stack('nginx', { database: server.url, settings }).up();
    });
    after(async () => {
      await server?.resume();
      await stack?.down();
      await server?.remove();
    });
    afterEach(closeClients);

    const authorize = () => authorizeForShop(stack.env, stack.env.TOKEN_A, stack.env.COMMERCE_A);
    const post = () => postNotification(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A));
    const askAll = () =>
      Promise.all(Array.from({ length: 2 * THREADS }, () => [authorize(), post(), listNotifications(stack.env, stack.env.TOKEN_A)]).flat());
    const statusesOf = (answers) => [...new Set(answers.map(({ status }) => status))].sort();

    /** As phones and browsers do: again until it is taken. */
    const isBack = async () => {
      await until(async () => (await authorize()).status === 200, 'auth works again');
      await until(async () => (await post()).status === 201, 'payments are taken again');
    };

    test('503 for what needs it, the rest goes on, and all comes back by itself', async () => {
      const pid = stack.pid('fcgi');
      const dashboard = await openDashboard(stack.env, stack.env.TOKEN_A, stack.env.COMMERCE_A);
      assert.deepEqual(statusesOf(await askAll()), [200, 201]); // each thread has its connection now

      await server.pause();
      try {
        let goesOn = true;
        const asking = askAll().finally(() => (goesOn = false));
        do {
          assert.equal((await request(stack.env, '/up')).status, 200);
          assert.equal((await postEvent(stack.env, { name: 'a', channel: 'b', data: 1 })).status, 200);
        } while (goesOn);
        assert.deepEqual(statusesOf(await asking), [503]);
        assert.deepEqual(statusesOf(await askAll()), [503]);
        assert.equal((await request(stack.env, '/up')).status, 200);
      } finally {
        await server.resume();
      }
      await isBack();
      const { id } = await pay(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A));
      await dashboard.payments.next((payment) => payment.id === id, 'the payment');
      assert.equal(stack.pid('fcgi'), pid, 'nothing was restarted');
    });

    test('SIGTERM ends the responder, and each request has its answer', async () => {
      await askAll();
      const pid = stack.pid('fcgi');
      await server.pause();
      try {
        const asking = askAll();
        assert.equal((await request(stack.env, '/up')).status, 200); // so that they have come
        process.kill(pid, 'SIGTERM');
        assert.deepEqual(
          statusesOf(await asking).filter((status) => status !== 502), // who came too late for it
          [503],
        );
        await logged(stack, 'fcgi', /fcgi stopped/);
        await stack.comesBack('fcgi', pid);
      } finally {
        await server.resume();
      }
      await isBack();
    });
  });
}

for (const [kind, name] of Object.entries(DATABASES)) hanging(kind, name);
