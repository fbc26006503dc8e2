import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, connectPusher, openDashboard, subscribe } from './support/clients.mjs';
import { DATABASES, DatabaseServer, query, sharedServer } from './support/database_server.mjs';
import { until } from './support/inbox.mjs';
import { pay, paymentNotice, postNotification } from './support/payments.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { request } from './support/request.mjs';
import { postEvent } from './support/signing.mjs';
import { Stack } from './support/stack.mjs';

const bearer = (token) => ({ Accept: 'application/json', Authorization: `Bearer ${token}` });

function list(env, token, query = '') {
  return request(env, `/api/notifications${query}`, { headers: bearer(token) });
}

function authorize(env, token, commerceId) {
  return request(env, '/api/broadcasting/auth', {
    method: 'POST',
    headers: bearer(token),
    body: new URLSearchParams({
      socket_id: '1.2',
      channel_name: `private-commerce.${commerceId}`,
    }),
  });
}

function closeAll() {
  closeClients();
  PusherSocket.closeAll();
}

function onOneDatabase(kind, name) {
  describe(`a store on ${name}`, () => {
    let stack;
    before(async () => {
      stack = await new Stack('nginx', { database: sharedServer(kind) }).up();
    });
    after(() => stack?.down());
    afterEach(closeAll);

    test('a payment is stored, shown to its shop and listed', async () => {
      const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
      const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
      const notice = paymentNotice(DEVICE_A, {
        body: 'Yape! Juan «Ñ» Pérez 😀 te envió un pago por S/ 25.50',
        amount: 25.5,
        received_at: '2026-11-24T14:00:01Z',
      });

      const stored = await pay(stack.env, TOKEN_A, notice);
      const shown = await dashboard.payments.next(({ id }) => id === stored.id);
      const { status, body } = await list(stack.env, TOKEN_A);

      assert.equal(status, 200);
      const listed = body.data.find(({ id }) => id === stored.id);
      for (const seen of [shown, listed]) {
        assert.equal(seen.body, notice.body);
        assert.equal(seen.amount, '25.50');
        assert.equal(seen.is_duplicate, false);
        assert.equal(seen.commerce_id, Number(COMMERCE_A));
      }
      assert.equal(shown.received_at, '2026-11-24T14:00:01+00:00');
      const later = await list(stack.env, TOKEN_A, `?after_id=${stored.id - 1}`);
      assert.equal(later.body.data[0].id, stored.id);
    });

    test('a shop neither hears nor lists what is another one’s', async () => {
      const { COMMERCE_A, TOKEN_A, DEVICE_A, COMMERCE_B, TOKEN_B, DEVICE_B } = stack.env;
      const foreign = await openDashboard(stack.env, TOKEN_B, COMMERCE_B);

      const ofShopA = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
      const ofShopB = await pay(stack.env, TOKEN_B, paymentNotice(DEVICE_B));
      await foreign.payments.next(({ id }) => id === ofShopB.id);

      assert.deepEqual(
        foreign.payments.all.map(({ id }) => id),
        [ofShopB.id],
      );
      const { body } = await list(stack.env, TOKEN_B);
      assert.equal(
        body.data.every(({ commerce_id: id }) => id === Number(COMMERCE_B)),
        true,
      );
      assert.equal((await authorize(stack.env, TOKEN_A, COMMERCE_A)).status, 200);
      assert.equal((await authorize(stack.env, TOKEN_A, COMMERCE_B)).status, 403);
      const stolen = await postNotification(stack.env, TOKEN_B, paymentNotice(DEVICE_A));
      assert.equal(stolen.status, 404);
      assert.equal(ofShopA.commerce_id, Number(COMMERCE_A));
    });

    test('its database is gone with its stack', async () => {
      const other = await new Stack('none', { database: sharedServer(kind) }).up();
      const url = other.values().PREGON_DATABASE;
      assert.deepEqual(await query(url, 'SELECT count(*) FROM users'), [['4']]);

      await other.down();

      await assert.rejects(query(url, 'SELECT 1'), /pregon_\d+_\d+/);
    });

    test('a token that nobody has is refused', async () => {
      const { COMMERCE_A, DEVICE_A } = stack.env;
      assert.equal((await authorize(stack.env, '1|nobody', COMMERCE_A)).status, 401);
      const answer = await postNotification(stack.env, '1|nobody', paymentNotice(DEVICE_A));
      assert.equal(answer.status, 401);
    });
  });
}

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
    afterEach(closeAll);

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
      assertAway(await list(stack.env, TOKEN_A));
      assertAway(await authorize(stack.env, TOKEN_A, COMMERCE_A));
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
        await logSays('store away', from);
        await logSays('outbox waiting', from);

        await server.start();
        const payment = await payWithRetries();
        await dashboard.payments.next(({ id }) => id === payment.id, 'the payment');
        await until(
          async () => (await authorize(stack.env, TOKEN_A, COMMERCE_A)).status === 200,
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

for (const [kind, name] of Object.entries(DATABASES)) {
  onOneDatabase(kind, name);
  awayAndBack(kind, name);
}
