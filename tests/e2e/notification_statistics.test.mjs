// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { onEachStore } from './support/database_server.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { request } from './support/request.mjs';
import { sql } from './support/store.mjs';

/** What the application was asked and answered in laravel-notifications-statistics.txt. */
const RECORDING = JSON.parse(
  readFileSync(new URL('fixtures/laravel_statistics.json', import.meta.url), 'utf8'),
);
const invalidDate = (field) => {
  const message = `The ${field.replace('_', ' ')} field must be a valid date.`;
  return { status: 422, body: { message, errors: { [field]: [message] } } };
};
/** Where we answer otherwise (docs/differences.md), by the exchange. */
const DIFFERENT = {
  'no token, Accept: text/html': { status: 401, body: { message: 'Unauthenticated.' } },
  'dates are not validated: start_date=nonsense': invalidDate('start_date'),
  'list as a date': invalidDate('start_date'),
};
const PATH = '/api/notifications/statistics';

/** JSON text with sums exact to the cent, and `{}` for a group that is empty. */
const comparable = (body) =>
  JSON.stringify(body, (key, value) => {
    if (key === 'total_amount') return Math.round(value * 100) / 100;
    return Array.isArray(value) && value.length === 0 ? {} : value;
  });

onEachStore(
  'the statistics of the dashboard',
  (stack) => {
    let inconsistent;
    const ask = (path, token, more = {}) =>
      request(stack.env, path, {
        headers: { Accept: 'application/json', Authorization: `Bearer ${token}`, ...more },
      });
    const post = (more) =>
      pay(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A, more));
    const exchange = (name) => RECORDING.find((each) => each.name === name);

    /** Asks as recorded, and compares. */
    async function holds(name) {
      const { path, answer } = exchange(name);
      const expected = DIFFERENT[name] ?? answer;
      const token = name === 'another user' ? stack.env.TOKEN_B : stack.env.TOKEN_A;
      const { status, body } = name.startsWith('no token')
        ? await request(stack.env, path, {
            headers: { Accept: name.includes('html') ? 'text/html' : 'application/json' },
          })
        : await ask(path, token);
      assert.equal(status, expected.status, name);
      assert.equal(comparable(body), comparable(expected.body), name);
    }

    test('all zeros while nothing is stored', () => holds('nothing stored'));

    test('the six notices of the recording are stored', async () => {
      sql(stack, `UPDATE devices SET name = 'Caja 1' WHERE uuid = '${stack.env.DEVICE_A}';`);
      const yape = { amount: 25.5, body: 'Yape! S/ 25.50', received_at: '2026-11-20T10:00:00-05:00' };
      await post(yape);
      assert.ok((await post({ ...yape, received_at: '2026-11-20T10:00:02-05:00' })).is_duplicate);
      await post({ source_app: 'plin', amount: 10, received_at: '2026-11-21T23:30:00-05:00' });
      await post({ source_app: 'bcp', amount: 0.1, received_at: '2026-11-22T00:10:00-05:00' });
      await post({ source_app: 'bcp', amount: 0.2, received_at: '2026-11-22T12:00:00-05:00' });
      const body = 'Aprovecha hoy 50% de descuento';
      inconsistent = await post({ amount: null, body, received_at: '2026-11-22T13:00:00-05:00' });
      assert.equal(inconsistent.status, 'inconsistent');
    });

    for (const { name } of RECORDING.slice(1, -2)) test(name, () => holds(name));

    test('a status that was set is counted as such', async () => {
      await request(stack.env, `/api/notifications/${inconsistent.id}/status`, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${stack.env.TOKEN_A}`, 'Content-Type': 'application/json' },
        body: '{"status":"validated"}',
      });
      await holds('after one was validated');
    });

    test("another user's are none of them", () => holds('another user'));

    test('sums are exact to the cent', async () => {
      const { text } = await ask(PATH, stack.env.TOKEN_A);
      assert.match(text, /^\{"total":5,"total_amount":35\.8,/);
    });

    test('another method is told the right ones, each once', async () => {
      const { status, headers } = await request(stack.env, PATH, { method: 'DELETE' });
      assert.deepEqual([status, headers.get('Allow')], [405, 'GET, HEAD']);
    });
  },
  { settings: { PREGON_APP_TIMEZONE: 'America/Lima' } },
);
