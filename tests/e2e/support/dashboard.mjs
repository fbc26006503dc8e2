// SPDX-License-Identifier: MIT
import { openPage } from './chromium.mjs';

/** The demo page of a stack in a browser profile of its own; `hash` signs a shop in: `#shop=1`. */
export async function visitDashboard(browser, stack, hash, options = {}) {
  const page = await openPage(browser, { locale: 'es-PE', reducedMotion: 'reduce', ...options });
  await page.goto(stack.env.PAGE_URL + hash);
  return page;
}

export const isInState = (page, state, options) =>
  page.locator(`[data-testid=state][data-state=${state}]`).waitFor(options);

/** The rows of one payment: one, if it is shown as it should be. */
export const rowsOf = (page, id) => page.locator(`[data-testid=payment][data-id="${id}"]`);

/** Every state that the page shows from now on, also those that pass between two looks. */
export async function watchStates(page) {
  await page.evaluate(() => {
    const pill = document.querySelector('[data-testid=state]');
    window.statesSeen = [];
    window.stateObserver?.disconnect();
    window.stateObserver = new MutationObserver(() =>
      window.statesSeen.push(pill.dataset.state),
    );
    window.stateObserver.observe(pill, { attributes: true, attributeFilter: ['data-state'] });
  });
}

export const statesSeen = (page) => page.evaluate(() => window.statesSeen);

/** Waits until these states have been shown in this order, perhaps with others between them. */
export const hasSeen = (page, states, options) =>
  page.waitForFunction(
    (wanted) => {
      let at = 0;
      for (const state of window.statesSeen) if (state === wanted[at]) at += 1;
      return at === wanted.length;
    },
    states,
    options,
  );
