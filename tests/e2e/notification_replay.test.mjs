// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { onEachStore } from './support/database_server.mjs';
import { request } from './support/request.mjs';
import { sql, storeKind } from './support/store.mjs';

/**
 * What the application was asked and answered in laravel-api-notifications-sqlite.txt, all of it
 * and in its order; on PostgreSQL it answered the same. The times of the recording are "now". One
 * received_at was the latest of all and must be so whenever this runs: it is moved to 2037, the last
 * year that MariaDB's columns hold.
 */
const RECORDING = JSON.parse(
  readFileSync(new URL('fixtures/laravel_notifications.json', import.meta.url), 'utf8').replace(
    /B\*(\d+)/g,
    (_, count) => 'B'.repeat(Number(count)),
  ),
);

/** Where we answer otherwise (docs/differences.md, "From the application"), by the exchange. */
const DIFFERENT = {
  '422: 422 without Accept: application/json -> 302 redirect': {
    status: 422,
    body: RECORDING.find(({ name }) => name === '422: {}').answer.body,
  },
  '401: Accept: text/html': { status: 401, body: { message: 'Unauthenticated.' } },
};

/** The recorded posted_at, which the phone sent as 09:00 in Lima (docs/differences.md, as above). */
const POSTED_AT = { dropped: '2026-11-24T09:00:00.000000Z', kept: '2026-11-24T14:00:00.000000Z' };

const USERS = { ana: 1, beto: 2, juan: 3, caja: 4, expired: 1 };
const plainToken = (user) => `${user}-`.padEnd(40, 'x');

const TABLES = [
  'notifications',
  'app_instances',
  'devices',
  'personal_access_tokens',
  'commerces',
  'users',
];
/** Takes the demo's rows out; what comes next has the ids from 1 on. */
const EMPTY = {
  sqlite: `PRAGMA foreign_keys = OFF; ${TABLES.map((table) => `DELETE FROM ${table};`).join(' ')}
    DELETE FROM sqlite_sequence;`,
  postgresql: `TRUNCATE ${TABLES.join(', ')} RESTART IDENTITY CASCADE;`,
  mariadb: `SET FOREIGN_KEY_CHECKS = 0; ${TABLES.map((table) => `TRUNCATE ${table};`).join(' ')}
    SET FOREIGN_KEY_CHECKS = 1;`,
};

/** The users, shops and devices of the recording, with their ids, instead of those of the demo. */
function makeRecordedWorld(stack) {
  const tokens = Object.entries(USERS).map(([user, id], index) => {
    const hash = createHash('sha256').update(plainToken(user)).digest('hex');
    const expires = user === 'expired' ? `'2026-01-01 00:00:00'` : 'NULL';
    return `(${index + 1}, 'App\\Models\\User', ${id}, '${user}', '${hash}', '["*"]', ${expires})`;
  });
  const now = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const device = (id, user, digit, name, active, shop, alias) => {
    const uuid = '11111111-1111-4111-8111-111111111111'.replaceAll(/1(?!.{21}$)/g, digit);
    return `(${id}, ${user}, '${uuid}', '${name}', '${active}', ${shop}, ${alias}, '${now}',
      '${now}')`;
  };
  sql(
    stack,
    `${EMPTY[storeKind(stack)]}
    INSERT INTO users (id, name, email, password) VALUES (1, 'Ana', 'ana@example.test', ''),
      (2, 'Beto', 'beto@example.test', ''), (3, 'Juan Pérez', 'juan@example.test', ''),
      (4, 'Caja', 'caja@example.test', '');
    INSERT INTO commerces (id, name, owner_user_id) VALUES (1, 'Tienda Uno', 1),
      (2, 'Tienda Dos', 2);
    UPDATE users SET commerce_id = CASE id WHEN 2 THEN 2 WHEN 3 THEN NULL ELSE 1 END;
    INSERT INTO personal_access_tokens
      (id, tokenable_type, tokenable_id, name, token, abilities, expires_at)
      VALUES ${tokens.join(', ')};
    INSERT INTO devices (id, user_id, uuid, name, is_active, commerce_id, alias, created_at,
      updated_at) VALUES ${[
        device(1, 1, '1', 'Moto G', 1, 1, `'Caja 1'`),
        device(2, 1, '2', 'Apagado', 0, 1, 'NULL'),
        device(3, 2, '3', 'De Beto', 1, 2, 'NULL'),
        device(4, 1, '4', 'Sin negocio', 1, 'NULL', 'NULL'),
        device(5, 3, '5', 'De Juan', 1, 'NULL', 'NULL'),
      ].join(', ')};`,
  );
}

function headersOf({ token, type, accept, socketId }) {
  const number = Object.keys(USERS).indexOf(token) + 1;
  const plain = token === 'bad' ? '1|bad' : `${number}|${plainToken(token)}`;
  return {
    Accept: accept,
    ...(type && { 'Content-Type': type }),
    ...(socketId && { 'X-Socket-ID': socketId }),
    ...(token && { Authorization: `Bearer ${plain}` }),
  };
}

onEachStore("the application's own recording", (stack) => {
  let began;

  /** JSON text with its members as they came, without what differs from run to run. */
  function comparable(body) {
    return JSON.stringify(body, null, 1)
      .replaceAll(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z"/g, (time) => {
        const at = Date.parse(JSON.parse(time));
        return at >= began && at <= Date.now() ? '"now"' : time;
      })
      // Debian's nginx hands the host's name on without its port, Caddy with it.
      .replaceAll(/http:\/\/127\.0\.0\.1(:\d+)?\//g, 'http://HOST/');
  }

  test('is of 45 exchanges', () => assert.equal(RECORDING.length, 45));

  // They build on each other: if one is not answered 201, more than one test fails.
  for (const exchange of RECORDING)
    test(exchange.name, async () => {
      if (exchange === RECORDING[0]) {
        began = Date.now() - 1000; // the stored times have no fraction
        makeRecordedWorld(stack);
      }
      const expected = DIFFERENT[exchange.name] ?? exchange.answer;
      const answer = await request(stack.env, exchange.path, {
        method: exchange.method,
        headers: headersOf(exchange),
        body: exchange.body,
      });

      assert.equal(answer.status, expected.status);
      assert.equal(
        comparable(answer.body),
        comparable(expected.body).replaceAll(POSTED_AT.dropped, POSTED_AT.kept),
      );
      assert.equal(answer.headers.get('Allow'), expected.allow ?? null);
    });
});
