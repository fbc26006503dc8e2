// SPDX-License-Identifier: MIT
/** Random numbers that a seed makes again (mulberry32). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % count;
  }

  between(least, most) {
    return least + this.below(most - least + 1);
  }

  pick(items) {
    return items[this.below(items.length)];
  }

  /** A source of its own for a part that runs beside the others. */
  fork() {
    return new Random(this.below(2 ** 32));
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
