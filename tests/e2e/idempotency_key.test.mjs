// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { pay, paymentNotice, postNotification } from './support/payments.mjs';
import { behindEachFront } from './support/stack.mjs';

behindEachFront('an Idempotency-Key', (stack) => {
  afterEach(closeClients);

  const post = (notice, key) =>
    postNotification(stack.env, stack.env.TOKEN_A, notice, { 'Idempotency-Key': key });

  test('sent again with the same notice: the same answer, stored and shown once', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const notice = paymentNotice(DEVICE_A);

    const first = await post(notice, 'one');
    const again = await post(notice, 'one');

    assert.equal(first.status, 201);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    assert.equal(again.status, 201);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.deepEqual(again.body, first.body);
    const marker = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    await dashboard.payments.next(({ id }) => id === marker.id);
    assert.deepEqual(
      dashboard.payments.all.map(({ id }) => id),
      [first.body.notification.id, marker.id],
    );
  });

  test('sent again with another notice: 422, and nothing is stored', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const first = await post(paymentNotice(DEVICE_A), 'two');

    const other = await post(paymentNotice(DEVICE_A), 'two');

    assert.equal(other.status, 422);
    assert.deepEqual(other.body, {
      message: 'The Idempotency-Key belongs to another request.',
    });
    const marker = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    await dashboard.payments.next(({ id }) => id === marker.id);
    assert.deepEqual(
      dashboard.payments.all.map(({ id }) => id),
      [first.body.notification.id, marker.id],
    );
  });

  test('counts for its user only', async () => {
    const { TOKEN_B, DEVICE_A, DEVICE_B } = stack.env;
    await post(paymentNotice(DEVICE_A), 'three');

    const ofAnother = await postNotification(stack.env, TOKEN_B, paymentNotice(DEVICE_B), {
      'Idempotency-Key': 'three',
    });

    assert.equal(ofAnother.status, 201);
    assert.equal(ofAnother.headers.get('idempotent-replayed'), null);
  });

  test('of 255 characters is taken, a longer one is 400', async () => {
    const notice = paymentNotice(stack.env.DEVICE_A);
    assert.equal((await post(notice, 'k'.repeat(255))).status, 201);

    const refused = await post(notice, 'k'.repeat(256));

    assert.equal(refused.status, 400);
    assert.match(refused.body.message, /Idempotency-Key/);
  });
});
