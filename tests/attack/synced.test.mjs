// SPDX-License-Identifier: MIT

// F4: 201 means that the notice is on disk. Each 201, and each 200 of a change, comes after a sync of
// the SQLite store that succeeded, whatever has failed before on the same connection.
// build: plain, because a preloaded library and a sanitizer's do not get along

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { heldStore } from '../e2e/support/holding.mjs';
import { until } from '../e2e/support/inbox.mjs';
import { paymentNotice, postNotification } from '../e2e/support/payments.mjs';
import { request } from '../e2e/support/request.mjs';
import { Stack } from '../e2e/support/stack.mjs';
import { sql } from '../e2e/support/store.mjs';
import { SyncLog } from './support/sync_log.mjs';

const NOTICES = 6; // more than there are threads, each of which has a connection of its own
const PENDING = 'SELECT count(*) FROM pregon_outbox WHERE published_at IS NULL';

describe('syncs of a SQLite store', () => {
  let syncs, stack, held;
  before(async () => {
    syncs = new SyncLog();
    const settings = {
      BUILD: syncs.programs.folder,
      PREGON_FCGI_THREADS: '2',
      PREGON_DATABASE_TIMEOUT_MS: '500',
    };
    stack = await new Stack('nginx', { settings }).up();
  });
  afterEach(async () => {
    syncs.mend();
    await held?.letGo();
    held = null;
  });
  after(async () => {
    await stack?.down();
    syncs?.remove();
  });

  const post = (notice = paymentNotice(stack.env.DEVICE_A), headers = {}) =>
    postNotification(stack.env, stack.env.TOKEN_A, notice, headers);
  const setStatus = (id, status) =>
    request(stack.env, `/api/notifications/${id}/status`, {
      method: 'PATCH',
      headers: { Authorization: `Bearer ${stack.env.TOKEN_A}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ status }),
    });
  const hold = async () => {
    held = await heldStore(`${stack.dir}/pregon.db`);
  };
  const letGo = async () => {
    await held.letGo();
    held = null;
  };

  /** One after the other; a status of its own for each, so that each PATCH changes a row. */
  async function allAreSynced() {
    for (let i = 0; i < NOTICES; i++) {
      const before = syncs.count();
      const { status, body } = await post();
      assert.equal(status, 201);
      const stored = syncs.count();
      assert.ok(stored > before, `notice ${i}: 201 without a sync`);
      assert.equal((await setStatus(body.notification.id, 'validated')).status, 200);
      assert.ok(syncs.count() > stored, `notice ${i}: 200 of the new status without a sync`);
    }
  }

  /** A change is no transaction of its own: nothing says before it how durable it is to be. */
  async function changesAreSynced(id) {
    for (let i = 0; i < 2 * NOTICES; i++) {
      const before = syncs.count();
      assert.equal((await setStatus(id, i % 2 ? 'validated' : 'inconsistent')).status, 200);
      assert.ok(syncs.count() > before, `change ${i}: 200 without a sync`);
    }
  }

  test('when all is well', () => allAreSynced());

  test('as many as notices that come together', async () => {
    const before = syncs.count();
    const answers = await Promise.all(Array.from({ length: NOTICES }, () => post()));
    assert.deepEqual(answers.map(({ status }) => status), Array(NOTICES).fill(201));
    assert.ok(syncs.count() >= before + NOTICES);
  });

  test('while the worker is away, and when it is back', async () => {
    await stack.stop('worker');
    await allAreSynced();
    await stack.start('worker');
    await allAreSynced();
  });

  test('after the store was busy', async () => {
    await hold();
    assert.equal((await post()).status, 503);
    assert.equal((await post()).status, 503);
    await letGo();
    await until(async () => (await post()).status === 201, 'notices are taken again');
    await allAreSynced();
  });

  test('after an entry could not be taken out of the outbox, with the worker away from then on', async () => {
    process.kill(stack.pid('worker'), 'SIGSTOP');
    const answer = post(); // is stored, and waits for the worker
    try {
      await until(() => sql(stack, PENDING) === '1', 'the notice is stored');
      await hold();
    } finally {
      process.kill(stack.pid('worker'), 'SIGCONT');
    }
    const { status, body } = await answer;
    assert.equal(status, 201);
    await stack.stop('worker');
    await letGo();
    await changesAreSynced(body.notification.id);
    await allAreSynced();
    await stack.start('worker');
    await allAreSynced();
  });

  test('after transactions that were rolled back', async () => {
    const notice = paymentNotice(stack.env.DEVICE_A);
    const key = { 'Idempotency-Key': 'rolled-back' };
    for (let i = 0; i < NOTICES; i++)
      assert.equal((await post(paymentNotice(stack.env.DEVICE_B))).status, 404);
    assert.equal((await post(notice, key)).status, 201);
    for (let i = 0; i < NOTICES; i++) {
      assert.equal((await post(notice, key)).status, 201);
      assert.equal((await post(paymentNotice(stack.env.DEVICE_A), key)).status, 422);
    }
    await allAreSynced();
  });

  test('a sync that fails: 503, nothing is stored, and the same key is taken afterwards', async () => {
    const count = () => sql(stack, 'SELECT count(*) FROM notifications');
    const before = count();
    const notice = paymentNotice(stack.env.DEVICE_A);
    const key = { 'Idempotency-Key': 'failing-disk' };
    syncs.break();
    for (let i = 0; i < NOTICES; i++) assert.equal((await post(notice, key)).status, 503);
    assert.ok(syncs.failures() > 0);
    syncs.mend();
    assert.equal(count(), before);
    const again = await until(async () => {
      const answer = await post(notice, key);
      return answer.status === 201 && answer;
    }, 'the notice is taken');
    assert.equal(again.headers.get('idempotent-replayed'), null);
    await allAreSynced();
  });
});
