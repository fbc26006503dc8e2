// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { DATABASES, query, sharedServer } from './support/database_server.mjs';
import {
  authorizeForShop,
  listNotifications,
  pay,
  paymentNotice,
  postNotification,
} from './support/payments.mjs';
import { Stack } from './support/stack.mjs';

function onOneDatabase(kind, name) {
  describe(`a store on ${name}`, () => {
    let stack;
    before(async () => {
      stack = await new Stack('nginx', { database: sharedServer(kind) }).up();
    });
    after(() => stack?.down());
    afterEach(closeClients);

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
      const { status, body } = await listNotifications(stack.env, TOKEN_A);

      assert.equal(status, 200);
      const listed = body.data.find(({ id }) => id === stored.id);
      for (const seen of [shown, listed]) {
        assert.equal(seen.body, notice.body);
        assert.equal(seen.amount, '25.50');
        assert.equal(seen.is_duplicate, false);
        assert.equal(seen.commerce_id, Number(COMMERCE_A));
      }
      assert.equal(shown.received_at, '2026-11-24T14:00:01+00:00');
      const later = await listNotifications(stack.env, TOKEN_A, `?after_id=${stored.id - 1}`);
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
      const { body } = await listNotifications(stack.env, TOKEN_B);
      assert.equal(
        body.data.every(({ commerce_id: id }) => id === Number(COMMERCE_B)),
        true,
      );
      assert.equal((await authorizeForShop(stack.env, TOKEN_A, COMMERCE_A)).status, 200);
      assert.equal((await authorizeForShop(stack.env, TOKEN_A, COMMERCE_B)).status, 403);
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
      assert.equal((await authorizeForShop(stack.env, '1|nobody', COMMERCE_A)).status, 401);
      const answer = await postNotification(stack.env, '1|nobody', paymentNotice(DEVICE_A));
      assert.equal(answer.status, 401);
    });
  });
}

for (const [kind, name] of Object.entries(DATABASES)) onOneDatabase(kind, name);
