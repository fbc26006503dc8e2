// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { behindEachFront } from './support/stack.mjs';

/** The broadcast's members, in Laravel's order. */
const PAYLOAD_KEYS = [
  'id',
  'user_id',
  'commerce_id',
  'device_id',
  'source_app',
  'package_name',
  'app_instance_id',
  'app_instance_label',
  'device_alias',
  'title',
  'body',
  'amount',
  'currency',
  'payer_name',
  'posted_at',
  'received_at',
  'status',
  'is_duplicate',
  'created_at',
];

behindEachFront('a payment', (stack) => {
  afterEach(closeClients);

  /** The ids that a dashboard has shown up to its payment `id`. */
  async function idsUpTo(dashboard, id) {
    await dashboard.payments.next((payment) => payment.id === id, `payment ${id}`);
    return dashboard.payments.all.map((payment) => payment.id);
  }

  test("reaches the dashboard of its shop with Laravel's payload", async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const notice = paymentNotice(DEVICE_A, {
      body: 'Yape! Juan «Ñ» Pérez 😀 te envió un pago por S/ 25.50',
      amount: 25.5,
      posted_at: '2026-11-24T09:00:00-05:00',
      received_at: '2026-11-24T14:00:01Z',
    });

    const stored = await pay(stack.env, TOKEN_A, notice);
    const shown = await dashboard.payments.next();

    assert.deepEqual(Object.keys(shown), PAYLOAD_KEYS);
    assert.equal(shown.id, stored.id);
    assert.equal(shown.commerce_id, Number(COMMERCE_A));
    assert.equal(shown.source_app, 'yape');
    assert.equal(shown.body, notice.body);
    assert.equal(shown.title, notice.title);
    assert.equal(shown.payer_name, notice.payer_name);
    assert.equal(shown.amount, '25.50');
    assert.equal(shown.currency, 'PEN');
    assert.equal(shown.received_at, '2026-11-24T14:00:01+00:00');
    assert.equal(shown.status, 'pending');
    assert.equal(shown.is_duplicate, false);
  });

  test('reaches every user of its shop and nobody of another', async () => {
    const { COMMERCE_A, TOKEN_A, TOKEN_A2, DEVICE_A, COMMERCE_B, TOKEN_B, DEVICE_B } = stack.env;
    const first = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const second = await openDashboard(stack.env, TOKEN_A2, COMMERCE_A);
    const foreign = await openDashboard(stack.env, TOKEN_B, COMMERCE_B);

    const ofShopA = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    assert.deepEqual(await idsUpTo(first, ofShopA.id), [ofShopA.id]);
    assert.deepEqual(await idsUpTo(second, ofShopA.id), [ofShopA.id]);

    // The next one is B's own: had A's been sent to B, it would have come before.
    const ofShopB = await pay(stack.env, TOKEN_B, paymentNotice(DEVICE_B));
    assert.deepEqual(await idsUpTo(foreign, ofShopB.id), [ofShopB.id]);
    const marker = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    assert.deepEqual(await idsUpTo(first, marker.id), [ofShopA.id, marker.id]);
  });

  test('is not echoed to the socket that X-Socket-ID names', async () => {
    const { COMMERCE_A, TOKEN_A, TOKEN_A2, DEVICE_A } = stack.env;
    const sender = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const other = await openDashboard(stack.env, TOKEN_A2, COMMERCE_A);

    const quiet = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A), {
      'X-Socket-ID': sender.echo.socketId(),
    });
    const loud = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A), {
      'X-Socket-ID': 'undefined',
    });

    assert.deepEqual(await idsUpTo(sender, loud.id), [loud.id]);
    assert.deepEqual(await idsUpTo(other, loud.id), [quiet.id, loud.id]);
  });
});
