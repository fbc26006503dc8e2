// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { HistorySync } from '../src/payments/history_sync.js';
import { PaymentBook } from '../src/payments/payment_book.js';
import { toPayment } from '../src/payments/payment.js';
import { FakeApi, FakeClock, notice, notices, settle } from './fakes.js';

let api;
let book;
let clock;
let sync;
let fetched;

beforeEach(() => {
  api = new FakeApi();
  book = new PaymentBook();
  clock = new FakeClock();
  fetched = [];
  sync = new HistorySync({
    api,
    book,
    clock,
    onStatus: () => {},
    onFetched: (payments, how) => fetched.push([payments.length, how.isFirst]),
  });
});

/** A live event, as ShopSession handles it. */
function live(id) {
  api.rows.push(notice(id));
  book.merge([toPayment(notice(id))]);
  sync.liveMerged();
}

/** Makes fetches wait until the returned function is called. */
function holdFetches() {
  let open;
  api.gate = new Promise((resolve) => {
    open = resolve;
  });
  return async () => {
    open();
    api.gate = null;
    await settle();
  };
}

async function subscribe() {
  sync.subscribed();
  await settle();
}

/** Subscribed again, and told that something is missing. */
async function comeBackToAGap() {
  sync.subscribed();
  sync.gap();
  await settle();
}

describe('HistorySync', () => {
  it('fetches the newest page once after the first subscription', async () => {
    api.rows = notices(1, 60);
    await subscribe();
    assert.deepEqual(api.calls, ['recent 50']);
    assert.equal(book.size, 50);
    assert.equal(sync.status, 'complete');
    assert.deepEqual(fetched, [[50, true]]);
  });

  it('knows how far back a full first page reaches', async () => {
    api.rows = notices(1, 50);
    await subscribe();
    assert.equal(sync.coveredSince, book.all()[49].time);
  });

  it('asks after id 0 when the list was empty', async () => {
    await subscribe();
    sync.lost();
    api.rows = notices(1, 2);
    await comeBackToAGap();
    assert.deepEqual(api.calls, ['recent 50', 'after 0']);
    assert.equal(book.size, 2);
  });

  it('asks after the highest live id on the next subscription', async () => {
    api.rows = notices(1, 3);
    await subscribe();
    live(4);
    sync.lost();
    api.rows.push(notice(5), notice(6));
    await comeBackToAGap();
    assert.deepEqual(api.calls, ['recent 50', 'after 4']);
    assert.deepEqual(fetched.at(-1), [2, false]);
  });

  it('goes on while pages are full', async () => {
    await subscribe();
    sync.lost();
    api.rows = notices(1, 230);
    await comeBackToAGap();
    assert.deepEqual(api.calls.slice(1), ['after 0', 'after 100', 'after 200']);
    assert.equal(book.size, 230);
  });

  it('does not lose the gap when a live event overtakes the fetch', async () => {
    api.rows = notices(1, 3);
    await subscribe();
    sync.lost();
    api.rows.push(notice(4), notice(5));
    api.failures = 1;
    await comeBackToAGap();
    live(6);
    await clock.pass(1000);
    assert.deepEqual(api.calls, ['recent 50', 'after 3', 'after 3']);
    assert.deepEqual(book.all().map(({ id }) => id), [6, 5, 4, 3, 2, 1]);
  });

  it('keeps the gap open when the connection is lost again before it is closed', async () => {
    api.rows = notices(1, 3);
    await subscribe();
    sync.lost();
    api.rows.push(notice(4));
    const release = holdFetches();
    await comeBackToAGap();
    live(5);
    sync.lost();
    await release();
    assert.equal(book.has(4), false);
    await subscribe();
    assert.equal(api.calls.at(-1), 'after 3');
    assert.equal(book.has(4), true);
  });

  it('merges a live event that comes during the first fetch', async () => {
    api.rows = notices(1, 2);
    const release = holdFetches();
    await subscribe();
    live(3);
    await release();
    assert.deepEqual(book.all().map(({ id }) => id), [3, 2, 1]);
    sync.lost();
    await comeBackToAGap();
    assert.equal(api.calls.at(-1), 'after 3');
  });

  it('asks nothing after a loss that the server makes up for', async () => {
    api.rows = notices(1, 3);
    await subscribe();
    sync.lost();
    await subscribe();
    live(4);
    assert.deepEqual(api.calls, ['recent 50']);
    assert.equal(sync.status, 'complete');
    sync.lost();
    await comeBackToAGap();
    assert.deepEqual(api.calls, ['recent 50', 'after 4']);
  });

  it('says that it is retrying, with growing pauses, until it succeeds', async () => {
    api.failures = 6;
    await subscribe();
    assert.equal(sync.status, 'retrying');
    const calls = [];
    for (const pause of [1000, 2000, 4000, 8000, 15000, 15000]) {
      await clock.pass(pause - 1);
      const before = api.calls.length;
      await clock.pass(1);
      calls.push(api.calls.length - before);
    }
    assert.deepEqual(calls, [1, 1, 1, 1, 1, 1]);
    assert.equal(sync.status, 'complete');
  });

  it('stops retrying while there is no connection', async () => {
    api.failures = 1;
    await subscribe();
    sync.lost();
    await clock.pass(60000);
    assert.equal(api.calls.length, 1);
    await subscribe();
    assert.equal(sync.status, 'complete');
  });
});
