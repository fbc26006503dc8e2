// SPDX-License-Identifier: MIT

// An application that keeps its times in another time zone than UTC (PREGON_APP_TIMEZONE).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { request } from './support/request.mjs';
import { Stack } from './support/stack.mjs';
import { sql } from './support/store.mjs';

const LIMA = 'America/Lima'; // five hours behind UTC all the year

describe('the tables hold the time of Lima', () => {
  const stack = new Stack('nginx', { settings: { PREGON_APP_TIMEZONE: LIMA } });
  before(() => stack.up());
  after(() => {
    closeClients();
    return stack.down();
  });

  const auth = (token) =>
    request(stack.env, '/api/notifications', {
      headers: { Accept: 'application/json', Authorization: `Bearer ${token}` },
    });

  test('what a phone in Lima posts is shown with its own time', async () => {
    const { TOKEN_A, DEVICE_A, COMMERCE_A } = stack.env;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const began = Math.floor(Date.now() / 1000) * 1000;
    const answer = await pay(
      stack.env,
      TOKEN_A,
      paymentNotice(DEVICE_A, {
        posted_at: '2026-11-24T09:00:00-05:00',
        received_at: '2026-11-24T14:00:01Z',
      }),
    );
    const shown = await dashboard.payments.next(({ id }) => id === answer.id);

    assert.equal(answer.posted_at, '2026-11-24T14:00:00.000000Z');
    assert.equal(answer.received_at, '2026-11-24T14:00:01.000000Z');
    assert.equal(shown.posted_at, '2026-11-24T09:00:00-05:00');
    assert.equal(shown.received_at, '2026-11-24T09:00:01-05:00');
    const created = Date.parse(answer.created_at);
    assert.ok(created >= began && created <= Date.now(), answer.created_at);
    const row = sql(stack, `SELECT posted_at FROM notifications WHERE id = ${answer.id};`);
    assert.equal(row, '2026-11-24 09:00:00');
  });

  test('a token expires by that clock', async () => {
    const expire = (seconds) =>
      sql(
        stack,
        `UPDATE personal_access_tokens
           SET expires_at = datetime('now', '-5 hours', '${seconds} seconds');`,
      );
    expire(3600);
    assert.equal((await auth(stack.env.TOKEN_A)).status, 200);
    expire(-3600); // in UTC it were valid for four hours more
    assert.equal((await auth(stack.env.TOKEN_B)).status, 401);
  });
});
