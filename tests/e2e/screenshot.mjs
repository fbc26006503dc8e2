// SPDX-License-Identifier: MIT

// Makes docs/images/dashboard.png, the README's picture of the live page: `make screenshot`.

import path from 'node:path';
import { launchChromium, openPage } from './support/chromium.mjs';
import { isInState } from './support/dashboard.mjs';
import { REPOSITORY, Stack } from './support/stack.mjs';

const PICTURE = path.join(REPOSITORY, 'docs/images/dashboard.png');
const VIEWPORT = { width: 1180, height: 720 };
const PAYMENTS = 5;

const stack = new Stack('nginx');
let browser;
try {
  await stack.up();
  browser = await launchChromium();
  const page = await openPage(browser, { viewport: VIEWPORT, locale: 'en-US', reducedMotion: 'reduce' });
  await page.goto(`${stack.env.PAGE_URL}#shop=1`);
  await isInState(page, 'live');
  for (let count = 1; count <= PAYMENTS; count += 1) {
    await page.locator('[data-testid=simulate]').click();
    await page.locator('[data-testid=payment]').nth(count - 1).waitFor();
  }
  await page.mouse.move(0, 0);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: PICTURE, animations: 'disabled' });
  console.log(`made ${PICTURE}`);
} finally {
  await browser?.close();
  await stack.down();
}
