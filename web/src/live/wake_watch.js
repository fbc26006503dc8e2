// SPDX-License-Identifier: MIT
/** Shorter absences are not worth a question to the server. */
const ABSENCE_MS = 5000;
const TICK_MS = 1000;

/**
 * Calls `onWake` when the page comes back after an absence: a tab shown again, a phone unlocked, a
 * laptop opened. Returns a function that ends the watch.
 */
export function watchWakeUps(document, clock, onWake) {
  let lastTick = clock.now();
  let hiddenSince = document.hidden ? lastTick : null;
  let timer = null;

  const tick = () => {
    const now = clock.now();
    if (!document.hidden && now - lastTick > ABSENCE_MS) onWake();
    lastTick = now;
    timer = clock.setTimeout(tick, TICK_MS);
  };
  const visibilityChanged = () => {
    const now = clock.now();
    if (!document.hidden && hiddenSince !== null && now - hiddenSince > ABSENCE_MS) onWake();
    hiddenSince = document.hidden ? now : null;
    lastTick = now;
  };

  document.addEventListener('visibilitychange', visibilityChanged);
  timer = clock.setTimeout(tick, TICK_MS);
  return () => {
    document.removeEventListener('visibilitychange', visibilityChanged);
    clock.clearTimeout(timer);
  };
}
