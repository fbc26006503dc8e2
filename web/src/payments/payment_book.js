// SPDX-License-Identifier: MIT
/**
 * The payments of one shop, each id once, newest first. Keeps at least the newest `limit`; older
 * ones are dropped only when `isStillNeeded` lets them go (today's are needed for the total).
 */
export class PaymentBook {
  #byId = new Map();
  #ids = []; // descending
  #floor = 0; // ids up to here were dropped and do not come back

  constructor({ limit = 500, isStillNeeded = () => false } = {}) {
    this.limit = limit;
    this.isStillNeeded = isStillNeeded;
  }

  /** The payments that were not there before, in the order given. Known ids are updated. */
  merge(payments) {
    const added = [];
    for (const payment of payments) {
      if (payment.id <= this.#floor) continue;
      if (!this.#byId.has(payment.id)) {
        this.#ids.splice(this.#positionFor(payment.id), 0, payment.id);
        added.push(payment);
      }
      this.#byId.set(payment.id, payment);
    }
    this.#dropOldest();
    return added;
  }

  has(id) {
    return this.#byId.has(id);
  }

  get size() {
    return this.#ids.length;
  }

  /** 0 when the book is empty. */
  get highestId() {
    return this.#ids[0] ?? 0;
  }

  all() {
    return this.#ids.map((id) => this.#byId.get(id));
  }

  newest(count) {
    return this.#ids.slice(0, count).map((id) => this.#byId.get(id));
  }

  #positionFor(id) {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle] > id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropOldest() {
    while (this.#ids.length > this.limit) {
      const oldest = this.#ids[this.#ids.length - 1];
      if (this.isStillNeeded(this.#byId.get(oldest))) return;
      this.#ids.pop();
      this.#byId.delete(oldest);
      this.#floor = oldest;
    }
  }
}
