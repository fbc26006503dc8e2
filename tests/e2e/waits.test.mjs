// SPDX-License-Identifier: MIT

// Somebody that pregon-fcgi waits for does not answer: every wait ends, and holds up nobody else.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { sharedServer } from './support/database_server.mjs';
import { until } from './support/inbox.mjs';
import { heldFile, heldStore, heldTable } from './support/holding.mjs';
import { LaravelApplication } from './support/laravel_application.mjs';
import { pay, paymentNotice, postNotification } from './support/payments.mjs';
import { changeSettings, logged, writeRules } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { postEvent } from './support/signing.mjs';
import { Stack, withStack } from './support/stack.mjs';

const THREADS = 4;
const PLACES = 3; // three quarters

/** What needs neither database nor application, more often than there are threads. */
async function othersGoOn(stack) {
  for (let i = 0; i < THREADS; i++) {
    assert.equal((await request(stack.env, '/up')).status, 200);
    assert.equal((await postEvent(stack.env, { name: 'a', channel: 'b', data: 1 })).status, 200);
  }
}

withStack(
  'a SQLite store that somebody keeps locked',
  'nginx',
  (stack) => {
    test('payments wait for it, and nobody else', async () => {
      const { TOKEN_A, DEVICE_A } = stack.env;
      const held = await heldStore(`${stack.dir}/pregon.db`);
      const answered = [];
      try {
        const asking = Array.from({ length: 2 * THREADS }, () =>
          postNotification(stack.env, TOKEN_A, paymentNotice(DEVICE_A)).then(({ status }) => answered.push(status)),
        );
        await othersGoOn(stack);
        assert.deepEqual(answered, []);
        await held.letGo();
        await Promise.all(asking);
        assert.deepEqual(answered, Array(2 * THREADS).fill(201));
      } finally {
        await held.letGo();
      }
    });
  },
  { settings: { PREGON_DATABASE_TIMEOUT_MS: '15000', PREGON_FCGI_THREADS: String(THREADS) } },
);

describe('the application that hangs', () => {
  let application, stack;
  before(async () => {
    application = await LaravelApplication.start();
    const settings = {
      PREGON_AUTH_FALLBACK: application.url,
      PREGON_AUTH_FALLBACK_TIMEOUT_MS: '15000',
      PREGON_FCGI_THREADS: String(THREADS),
    };
    stack = await new Stack('nginx', { settings }).up();
  });
  after(async () => {
    await stack?.down();
    await application?.stop();
  });

  test('who is asked about waits for it, and nobody else', async () => {
    const release = application.hold();
    const asking = Array.from({ length: 2 * THREADS }, (_, i) =>
      request(stack.env, '/broadcasting/auth', {
        method: 'POST',
        body: new URLSearchParams({ socket_id: '1.2', channel_name: `private-chat.${i}` }),
      }),
    );
    await application.heldAre(PLACES);
    await othersGoOn(stack);
    assert.equal(application.held, PLACES);
    release();
    for (const { status } of await Promise.all(asking)) assert.equal(status, 200);
  });
});

withStack('the turn to publish, which another process keeps', 'nginx', (stack) => {
  afterEach(closeClients);

  test('payments are taken, and shown once it lets go', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A)); // so that the file is there
    const held = await heldFile(`${stack.dir}/pregon.db-outbox`);
    try {
      const notices = Array.from({ length: 5 }, () => paymentNotice(DEVICE_A));
      const payments = await Promise.all(notices.map((notice) => pay(stack.env, TOKEN_A, notice)));
      assert.equal((await request(stack.env, '/up')).status, 200);

      await held.letGo();
      for (const { id } of payments) await dashboard.payments.next((one) => one.id === id, 'the payment');
    } finally {
      await held.letGo();
    }
  });
});

withStack(
  'a table that somebody keeps locked',
  'nginx',
  (stack) => {
    before(() =>
      writeRules(stack, {
        rules: [
          { channel: 'own.{id}', allow: { id: 'user.id' } },
          { channel: 'shop.{shop}', query: 'SELECT 1 FROM commerces WHERE id = :shop' },
        ],
      }),
    );

    const ask = (channels) =>
      request(stack.env, '/api/broadcasting/auth', {
        method: 'POST',
        headers: { Authorization: `Bearer ${stack.env.TOKEN_A}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ socket_id: '1.2', channels }),
      });

    test('a batch waits for it once, and what needs no table is answered', async () => {
      const shop = `private-shop.${stack.env.COMMERCE_A}`;
      assert.equal((await ask([shop])).body[shop].status, 200); // and who asks is known from now on
      const shops = Array.from({ length: 99 }, (_, i) => `private-shop.${i + 1}`);
      const held = await heldTable(stack.values().PREGON_DATABASE, 'commerces');
      try {
        const { status, body } = await ask([...shops, 'private-own.0']);
        assert.equal(status, 200);
        assert.deepEqual(shops.map((name) => body[name].status), shops.map(() => 503));
        assert.equal(body['private-own.0'].status, 403);
        assert.equal((await logged(stack, 'fcgi', /database unavailable/)).length, 1);
      } finally {
        await held.letGo();
      }
      assert.equal((await ask([shop])).body[shop].status, 200);
    });

    test('who waits for it keeps nobody from what needs no table', async () => {
      changeSettings(stack, { PREGON_DATABASE_TIMEOUT_MS: '15000' });
      await stack.stop('fcgi');
      await stack.start('fcgi');
      const shop = `private-shop.${stack.env.COMMERCE_A}`;
      const held = await heldTable(stack.values().PREGON_DATABASE, 'commerces');
      const answered = [];
      try {
        const asking = Array.from({ length: 4 * THREADS }, () =>
          ask([shop]).then(({ body }) => answered.push(body[shop].status)),
        );
        await until(() => held.waiting().then((count) => count === PLACES), 'all places are taken');
        await othersGoOn(stack);
        assert.equal(await held.waiting(), PLACES);
        assert.deepEqual(answered, []);
        await held.letGo();
        await Promise.all(asking);
        assert.deepEqual(answered, Array(4 * THREADS).fill(200));
      } finally {
        await held.letGo();
      }
    });
  },
  {
    database: sharedServer('postgresql'),
    settings: {
      PREGON_DATABASE_TIMEOUT_MS: '500',
      PREGON_IDENTITY_CACHE_SECONDS: '60',
      PREGON_FCGI_THREADS: String(THREADS),
    },
  },
);
