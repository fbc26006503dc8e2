// SPDX-License-Identifier: MIT
/** An upper bound for anything that must happen; never a measure of how fast it did. */
export const PATIENCE_MS = 60000;
const LONGEST_PAUSE_MS = 80;

/** `promise`, or an error that names `what` was waited for. */
export function within(promise, what, patienceMs = PATIENCE_MS) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${patienceMs} ms`)), patienceMs);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

/**
 * Asks until `isSo()` is truthy, and returns that; for states that nothing announces. It asks less and
 * less often, since asking may start a process.
 */
export async function until(isSo, what) {
  const deadline = Date.now() + PATIENCE_MS;
  for (let pauseMs = 10; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const answer = await isSo();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** What arrived, in order; `next` takes items out of it, waiting for those to come. */
export class Inbox {
  /** Everything that ever arrived. */
  all = [];
  #waiting = [];
  #unread = [];
  #ended = null;

  constructor(name) {
    this.name = name;
  }

  push(item) {
    this.all.push(item);
    const index = this.#waiting.findIndex(({ matches }) => matches(item));
    if (index < 0) this.#unread.push(item);
    else this.#waiting.splice(index, 1)[0].resolve(item);
  }

  /** Nothing more will come: whoever waits learns why. */
  end(error) {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#ended = error;
  }

  /** The first item not yet taken that `matches`, now or later. */
  async next(matches = () => true, what = 'an item') {
    const index = this.#unread.findIndex(matches);
    if (index >= 0) return this.#unread.splice(index, 1)[0];
    if (this.#ended) throw this.#ended;
    let waiter;
    const arrival = new Promise((resolve, reject) => {
      waiter = { matches, resolve, reject };
      this.#waiting.push(waiter);
    });
    try {
      return await within(arrival, `${this.name}: ${what}`);
    } catch (error) {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      const seen = this.all.slice(-5).map((item) => JSON.stringify(item)?.slice(0, 200));
      error.message += `; the last that came: ${seen.join(' ') || 'nothing'}`;
      throw error;
    }
  }
}
