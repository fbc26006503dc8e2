// SPDX-License-Identifier: MIT
import { countsAsPayment } from './payment.js';

/** Midnight before `now` in the browser's time zone, milliseconds since 1970. */
export function startOfDay(now) {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/**
 * What came in since `since`: {count, sums: [{currency, cents}]}. Duplicates and notices still to be
 * checked are left out; a payment without an amount counts but adds nothing. Whole cents, no rounding.
 */
export function totalsSince(payments, since) {
  const centsByCurrency = new Map();
  let count = 0;
  for (const payment of payments) {
    if (!countsAsPayment(payment) || payment.time === null || payment.time < since) continue;
    count += 1;
    const cents = payment.amount === null ? 0 : Math.round(Number(payment.amount) * 100);
    centsByCurrency.set(payment.currency, (centsByCurrency.get(payment.currency) ?? 0) + cents);
  }
  const sums = [...centsByCurrency].map(([currency, cents]) => ({ currency, cents }));
  sums.sort((a, b) => Number(b.currency === 'PEN') - Number(a.currency === 'PEN'));
  return { count, sums: sums.length ? sums : [{ currency: 'PEN', cents: 0 }] };
}
