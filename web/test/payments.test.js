// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PaymentBook } from '../src/payments/payment_book.js';
import { countsAsPayment, kindOf, toPayment } from '../src/payments/payment.js';
import { startOfDay, totalsSince } from '../src/payments/totals.js';
import { notice, notices } from './fakes.js';

const ids = (payments) => payments.map(({ id }) => id);
const book = (...rows) => {
  const filled = new PaymentBook();
  filled.merge(rows.map(toPayment));
  return filled;
};

describe('toPayment', () => {
  it('reads the alias of a live event and of a listed notice alike', () => {
    const listed = notice(1, { device_alias: undefined, device: { alias: 'Caja 1' } });
    assert.equal(toPayment(notice(1)).device, 'Caja 1');
    assert.equal(toPayment(listed).device, 'Caja 1');
    assert.equal(toPayment(notice(1, { device_alias: undefined, device: null })).device, null);
  });

  it('reads both date formats as the same moment', () => {
    const live = toPayment(notice(1, { received_at: '2026-11-24T14:00:01+00:00' }));
    const listed = toPayment(notice(1, { received_at: '2026-11-24T14:00:01.000000Z' }));
    assert.equal(live.time, Date.UTC(2026, 10, 24, 14, 0, 1));
    assert.equal(listed.time, live.time);
  });

  it('falls back to other dates, and to none', () => {
    assert.equal(toPayment(notice(1, { received_at: null })).time, Date.UTC(2026, 10, 24, 15));
    const dateless = { received_at: 'soon', created_at: null, posted_at: undefined };
    assert.equal(toPayment(notice(1, dateless)).time, null);
  });

  it('keeps two decimals, and null for no amount', () => {
    assert.equal(toPayment(notice(1, { amount: 12.3 })).amount, '12.30');
    assert.equal(toPayment(notice(1, { amount: null })).amount, null);
    assert.equal(toPayment(notice(1, { amount: 'abc' })).amount, null);
  });

  it('tells duplicates and unclear notices from payments', () => {
    assert.equal(kindOf(toPayment(notice(1))), 'payment');
    assert.equal(kindOf(toPayment(notice(1, { status: 'inconsistent' }))), 'inconsistent');
    assert.equal(kindOf(toPayment(notice(1, { is_duplicate: true, status: 'inconsistent' }))), 'duplicate');
    assert.equal(countsAsPayment(toPayment(notice(1, { is_duplicate: true }))), false);
  });
});

describe('PaymentBook', () => {
  it('keeps each id once, newest first, whatever the order of arrival', () => {
    const filled = book(notice(3), notice(1), notice(5), notice(3), notice(2));
    assert.deepEqual(ids(filled.all()), [5, 3, 2, 1]);
    assert.equal(filled.highestId, 5);
  });

  it('reports only what is new, and updates what is known', () => {
    const filled = book(notice(1));
    const added = filled.merge([toPayment(notice(1, { payer_name: 'Ana' })), toPayment(notice(2))]);
    assert.deepEqual(ids(added), [2]);
    assert.equal(filled.all()[1].payer, 'Ana');
  });

  it('has 0 as highest id when empty', () => {
    assert.equal(new PaymentBook().highestId, 0);
  });

  it('drops the oldest beyond its limit, and does not take them back as new', () => {
    const small = new PaymentBook({ limit: 3 });
    small.merge(notices(1, 5).map(toPayment));
    assert.deepEqual(ids(small.all()), [5, 4, 3]);
    assert.deepEqual(small.merge([toPayment(notice(2))]), []);
  });

  it('keeps more than its limit while they are needed', () => {
    const small = new PaymentBook({ limit: 2, isStillNeeded: ({ id }) => id > 1 });
    small.merge(notices(1, 4).map(toPayment));
    assert.deepEqual(ids(small.all()), [4, 3, 2]);
    assert.deepEqual(ids(small.newest(2)), [4, 3]);
  });
});

describe('totalsSince', () => {
  const since = startOfDay(Date.UTC(2026, 10, 24, 15));
  const totals = (...rows) => totalsSince(rows.map(toPayment), since);

  it('adds cents exactly', () => {
    const { count, sums } = totals(notice(1, { amount: '0.10' }), notice(2, { amount: '0.20' }));
    assert.equal(count, 2);
    assert.deepEqual(sums, [{ currency: 'PEN', cents: 30 }]);
  });

  it('leaves out duplicates, unclear notices and other days', () => {
    const { count, sums } = totals(
      notice(1),
      notice(2, { is_duplicate: true }),
      notice(3, { status: 'inconsistent' }),
      notice(4, { received_at: '2026-11-20T15:00:00+00:00' }),
    );
    assert.equal(count, 1);
    assert.equal(sums[0].cents, 1000);
  });

  it('keeps currencies apart, soles first', () => {
    const { sums } = totals(notice(1, { currency: 'USD' }), notice(2));
    assert.deepEqual(sums.map(({ currency }) => currency), ['PEN', 'USD']);
  });

  it('counts a payment without an amount and shows zero soles for none', () => {
    assert.equal(totals(notice(1, { amount: null })).count, 1);
    assert.deepEqual(totals().sums, [{ currency: 'PEN', cents: 0 }]);
  });
});
