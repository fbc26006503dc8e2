// SPDX-License-Identifier: MIT

// The store's server taken away and brought back.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, connectPusher, openDashboard, subscribe } from './support/clients.mjs';
import { DATABASES, DatabaseServer } from './support/database_server.mjs';
import { until } from './support/inbox.mjs';
import {
  authorizeForShop,
  listNotifications,
  pay,
  paymentNotice,
  postNotification,
} from './support/payments.mjs';
import { postEvent } from './support/signing.mjs';
import { Stack } from './support/stack.mjs';

function awayAndBack(kind, name) {
  describe(`${name} away`, () => {
    let server;
    let stack;
    before(async () => {
      server = await DatabaseServer.start(kind);
      // Without its memory of who is who, which would answer for a while.
      const settings = { PREGON_IDENTITY_CACHE_SECONDS: '0' };
      stack = await new Stack('nginx', { database: server.url, settings }).up();
    });
    after(async () => {
      await stack?.down();
      await server?.remove();
    });
    afterEach(closeClients);

    const log = () => readFileSync(path.join(stack.dir, 'log/fcgi.log'), 'utf8');
    const logSays = (text, from = 0) =>
      until(() => log().slice(from).includes(text), `the log says "${text}"`);

    function assertAway({ status, headers, body }) {
      assert.equal(status, 503);
      assert.match(headers.get('retry-after') ?? '', /^\d+$/);
      assert.match(headers.get('content-type'), /^application\/json/);
      assert.deepEqual(body, { message: 'Service Unavailable' });
    }

    async function assertAllAway() {
      const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
      assertAway(await postNotification(stack.env, TOKEN_A, paymentNotice(DEVICE_A)));
      assertAway(await listNotifications(stack.env, TOKEN_A));
      assertAway(await authorizeForShop(stack.env, TOKEN_A, COMMERCE_A));
    }

    /** As a phone does: the same notice again until it is taken; each thread finds out for itself. */
    function payWithRetries() {
      const notice = paymentNotice(stack.env.DEVICE_A);
      return until(async () => {
        const { status, body } = await postNotification(stack.env, stack.env.TOKEN_A, notice);
        assert.ok([201, 503].includes(status), `answered ${status}`);
        return status === 201 && body.notification;
      }, 'a payment is taken');
    }

    for (const how of ['stop', 'kill']) {
      test(`${how}: 503 for what needs it, the rest goes on, and it recovers by itself`, async () => {
        const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
        const processes = ['worker', 'fcgi'].map((program) => stack.pid(program));
        const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
        const socketId = dashboard.echo.socketId();
        const news = await subscribe(await connectPusher(stack.env), 'news');
        await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A)); // so that connections are open
        const from = log().length;

        await server[how]();
        await assertAllAway();
        const event = await postEvent(stack.env, { name: 'told', channel: 'news', data: {} });
        assert.equal(event.status, 200);
        await news.next(({ event: name }) => name === 'told', 'the signed event');
        await logSays('database unavailable', from);
        await logSays('outbox waiting', from);

        await server.start();
        const payment = await payWithRetries();
        await dashboard.payments.next(({ id }) => id === payment.id, 'the payment');
        await until(
          async () => (await authorizeForShop(stack.env, TOKEN_A, COMMERCE_A)).status === 200,
          'auth works again',
        );
        await logSays('outbox caught up', from);
        assert.equal(dashboard.echo.socketId(), socketId, 'still the same socket');
        assert.deepEqual(
          ['worker', 'fcgi'].map((program) => stack.pid(program)),
          processes,
          'nothing was restarted',
        );
      });
    }

    test('a pregon-fcgi that started before it works once it is there', async () => {
      await stack.stop('fcgi');
      await server.stop();
      await stack.start('fcgi');
      await assertAllAway();

      await server.start();
      const { COMMERCE_A, TOKEN_A } = stack.env;
      await payWithRetries(); // a dashboard that is refused with 503 does not ask again
      const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
      const payment = await payWithRetries();
      await dashboard.payments.next(({ id }) => id === payment.id, 'the payment');
    });
  });
}

for (const [kind, name] of Object.entries(DATABASES)) awayAndBack(kind, name);
