// SPDX-License-Identifier: MIT
import { HistorySync } from './payments/history_sync.js';
import { NotificationsApi } from './payments/notifications_api.js';
import { PaymentBook } from './payments/payment_book.js';
import { PaymentSimulator } from './payments/simulator.js';
import { toPayment } from './payments/payment.js';
import { startOfDay, totalsSince } from './payments/totals.js';
import { ShopLink } from './live/shop_link.js';

/** Missed events come at once; some of the channel's may be no payments. */
const REPLAY_MS = 1000;

/**
 * One signed-in shop: connection, payments and simulated phone. Knows nothing of the screen; whoever
 * shows it sets `onLink`, `onSync`, `onFetched(payments, {isFirst})` and `onLive(payment)`.
 */
export class ShopSession {
  #replayed = null;
  onLink = () => {};
  onSync = () => {};
  onFetched = () => {};
  onLive = () => {};
  /** Wall clock of the last moment the screen was live; null before the first. */
  liveUntil = null;
  /** id -> milliseconds from the press to the live event. */
  latencies = new Map();

  constructor({ shop, createEcho, fetch, clock }) {
    this.shop = shop;
    this.clock = clock;
    const api = new NotificationsApi({ fetch, token: shop.token });
    const isStillNeeded = (payment) => payment.time >= startOfDay(clock.now());
    this.book = new PaymentBook({ limit: 500, isStillNeeded });
    this.simulator = new PaymentSimulator({ api, deviceId: shop.deviceId, clock });
    this.sync = new HistorySync({
      api,
      book: this.book,
      clock,
      onStatus: (status) => this.onSync(status),
      onFetched: (payments, how) => this.#fetched(payments, how),
    });
    this.link = new ShopLink({
      createEcho: () => createEcho(shop),
      commerceId: shop.commerceId,
      clock,
      onState: (state) => this.#linkChanged(state),
      onSubscribed: () => this.sync.subscribed(),
      onPayment: (raw) => this.#live(raw),
      onReplay: (count) => this.#replay(count),
      onGap: () => this.sync.gap(),
    });
  }

  start() {
    this.link.start();
  }

  stop() {
    this.link.stop();
    this.sync.lost();
  }

  /** Today's {count, sums, since}; `since` is set when the list does not reach back to midnight. */
  today() {
    const midnight = startOfDay(this.clock.now());
    const { coveredSince } = this.sync;
    const isPartial = coveredSince !== null && coveredSince > midnight;
    return { ...totalsSince(this.book.all(), midnight), since: isPartial ? coveredSince : null };
  }

  #linkChanged(link) {
    const wasLive = this.isLive;
    this.isLive = link.state === 'live';
    if (wasLive && !this.isLive) this.liveUntil = this.clock.now();
    // "checking" keeps the subscription: nothing is missing yet.
    if (!this.isLive && link.reason !== 'checking') this.sync.lost();
    this.onLink(link);
  }

  #fetched(payments, how) {
    for (const payment of payments) this.simulator.recognise(payment);
    this.onFetched(payments, how);
  }

  /** The next `count` events were missed while there was no connection: they are shown together. */
  #replay(count) {
    this.#endReplay();
    const timer = this.clock.setTimeout(() => this.#endReplay(), REPLAY_MS);
    this.#replayed = { left: count, payments: [], timer };
  }

  #endReplay() {
    if (this.#replayed === null) return;
    const { payments, timer } = this.#replayed;
    this.#replayed = null;
    this.clock.clearTimeout(timer);
    this.#fetched(payments, { isFirst: false });
  }

  #live(raw) {
    const payment = toPayment(raw);
    if (this.#replayed !== null) return this.#again(payment);
    const latency = this.simulator.recognise(payment);
    if (latency !== null) this.latencies.set(payment.id, latency);
    const [added] = this.book.merge([payment]);
    this.sync.liveMerged();
    this.onLive(payment, { isNew: added !== undefined, latency });
  }

  #again(payment) {
    this.#replayed.payments.push(...this.book.merge([payment]));
    this.sync.liveMerged();
    this.#replayed.left -= 1;
    if (this.#replayed.left === 0) this.#endReplay();
  }
}
