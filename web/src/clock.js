// SPDX-License-Identifier: MIT
/** The time sources of the page in one object, so that tests can set the time. */
export const systemClock = {
  /** Wall clock, milliseconds since 1970. */
  now: () => Date.now(),
  /** Monotonic milliseconds, for measuring. */
  ticks: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (id) => clearTimeout(id),
};
