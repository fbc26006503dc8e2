// SPDX-License-Identifier: MIT
/**
 * Recovery with Pregón for pusher-js and laravel-echo: no dependency, for any page.
 *
 *     import { once, resumableKey } from './pregon_recovery.js';
 *
 *     const echo = new Echo({ broadcaster: 'reverb', key: resumableKey(KEY), ... });
 *     echo.private('orders.7')
 *       .listen('OrderPaid', once((order) => order.id, (order) => show(order)))
 *       .listen('.pregon:gap', () => reload());
 */

/** The key with a resume token: call it anew for each page, and at each login and logout. */
export function resumableKey(key) {
  const random = crypto.getRandomValues(new Uint8Array(16));
  const secret = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${key}~${Date.now().toString(36)}.${secret}`;
}

/**
 * `handle`, called once for each id: what was under way when the connection was lost may come twice.
 * The last `limit` ids are remembered.
 */
export function once(idOf, handle, limit = 1000) {
  const seen = new Set();
  return (event) => {
    const id = idOf(event);
    if (seen.has(id)) return;
    seen.add(id);
    if (seen.size > limit) seen.delete(seen.values().next().value);
    handle(event);
  };
}
