// SPDX-License-Identifier: MIT
/** Waiting times for repeated attempts: 1, 2, 4, 8, then 15 s, until `reset`. */
const FIRST_MS = 1000;
const LONGEST_MS = 15000;

export class Backoff {
  #nextMs = FIRST_MS;

  /** Milliseconds to wait before the next attempt. */
  next() {
    const delay = this.#nextMs;
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
    return delay;
  }

  reset() {
    this.#nextMs = FIRST_MS;
  }
}
