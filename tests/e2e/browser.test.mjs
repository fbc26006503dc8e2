// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launchChromium, openPage, refusedAttempts } from './support/chromium.mjs';
import { hasSeen, isInState, rowsOf, watchStates } from './support/dashboard.mjs';
import { until } from './support/inbox.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { changeSettings, logLines } from './support/reload.mjs';
import { BUILD, REPOSITORY, Stack } from './support/stack.mjs';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const PAGE_FOLDER = path.resolve(process.env.BUILD_WEB ?? path.join(REPOSITORY, 'build/web'));
const SCREENSHOTS = path.join(BUILD, 'screenshots');

describe('the demo page in Chromium', () => {
  const stack = new Stack('nginx');
  const complaints = [];
  let browser;
  let shopA;
  let shopB;

  before(async () => {
    assert.ok(
      existsSync(path.join(PAGE_FOLDER, 'index.html')),
      `no page in ${PAGE_FOLDER}: build it first (make web)`,
    );
    mkdirSync(SCREENSHOTS, { recursive: true });
    await stack.up();
    browser = await launchChromium();
    shopA = await openShop(1, DESKTOP);
    shopB = await openShop(2, PHONE);
  });

  after(async () => {
    await browser?.close();
    await stack.down();
  });

  /** The page in a browser profile of its own, signed in as shop `number`. */
  async function openShop(number, viewport) {
    const page = await visit(`#shop=${number}`, viewport);
    await isInState(page, 'live');
    return page;
  }

  async function visit(hash, viewport) {
    const options = { viewport, locale: 'es-PE', reducedMotion: 'reduce' };
    const page = await openPage(browser, options);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (hostname !== '127.0.0.1' && !['data:', 'blob:'].includes(protocol))
        complaints.push(`asked ${request.url()}`);
    });
    await page.goto(stack.env.PAGE_URL + hash);
    return page;
  }

  const shows = (page, id) => rowsOf(page, id).waitFor();
  const ids = (page) =>
    page
      .locator('[data-testid=payment]')
      .evaluateAll((list) => list.map(({ dataset }) => Number(dataset.id)));
  const screenshot = (page, name) =>
    page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });

  test('offers the two shops to sign in to', async () => {
    const page = await visit('', DESKTOP);
    await page.locator('[data-testid=shop-1]').waitFor();
    await screenshot(page, 'sign-in-desktop');
    await page.setViewportSize(PHONE);
    await screenshot(page, 'sign-in-phone');
    await page.locator('[data-testid=shop-2]').click();
    await isInState(page, 'live');
    await page.locator('[data-testid=sign-out]').click();
    await page.locator('[data-testid=shop-1]').waitFor();
    await page.close();
  });

  test('a payment shows in its shop, with toast and total, and not in the other', async () => {
    await shopA.locator('[data-testid=simulate]').click();
    const toast = shopA.locator('[data-testid=toast]').first();
    await toast.waitFor();
    const id = Number(await toast.getAttribute('data-id'));
    await shows(shopA, id);
    assert.ok(Number(await rowsOf(shopA, id).getAttribute('data-amount')) > 0);
    assert.match(await shopA.locator('[data-testid=total]').first().innerText(), /\d/);

    // B's own payment, posted later, shows: A's would have come before it.
    const ofShopB = await pay(
      stack.env,
      stack.env.TOKEN_B,
      paymentNotice(stack.env.DEVICE_B, { amount: 25.5 }),
    );
    await shows(shopB, ofShopB.id);
    assert.equal(await rowsOf(shopB, ofShopB.id).getAttribute('data-amount'), '25.50');
    assert.equal(await rowsOf(shopB, id).count(), 0);
    assert.equal(await rowsOf(shopA, ofShopB.id).count(), 0);
  });

  test('several payments, newest first, on a desktop and on a phone', async () => {
    const posted = [];
    for (const source of ['yape', 'plin', 'bcp', 'interbank', 'bbva', 'scotiabank']) {
      posted.push(
        await pay(
          stack.env,
          stack.env.TOKEN_A,
          paymentNotice(stack.env.DEVICE_A, { source_app: source }),
        ),
      );
      await pay(
        stack.env,
        stack.env.TOKEN_B,
        paymentNotice(stack.env.DEVICE_B, { source_app: source }),
      );
    }
    await shows(shopA, posted.at(-1).id);
    const shown = await ids(shopA);
    assert.deepEqual(
      shown,
      [...shown].sort((a, b) => b - a),
    );
    await shopB.locator('[data-testid=payment]').nth(5).waitFor();
    await screenshot(shopA, 'payments-desktop');
    await screenshot(shopB, 'payments-phone');
  });

  test('the text of a payment is shown, never executed', async () => {
    const evil = await pay(
      stack.env,
      stack.env.TOKEN_A,
      paymentNotice(stack.env.DEVICE_A, {
        payer_name: '<img src=x onerror="window.hacked=1">',
        body: '<script>window.hacked=1</script> S/ 5.00',
      }),
    );
    await shows(shopA, evil.id);
    assert.match(await rowsOf(shopA, evil.id).innerText(), /<img src=x/);
    assert.equal(await shopA.evaluate(() => window.hacked), undefined);
  });

  test('it says when the worker is away; a payment of that time shows exactly once', async () => {
    await stack.stop('worker');
    await isInState(shopB, 'lost');
    await shopB.locator('[data-testid=banner]').waitFor();
    const missed = await pay(stack.env, stack.env.TOKEN_B, paymentNotice(stack.env.DEVICE_B));
    await screenshot(shopB, 'lost-phone');
    await isInState(shopA, 'lost');
    await screenshot(shopA, 'lost-desktop');
    assert.equal(await rowsOf(shopB, missed.id).count(), 0);

    await stack.start('worker');
    await isInState(shopB, 'live');
    await shows(shopB, missed.id);
    const next = await pay(stack.env, stack.env.TOKEN_B, paymentNotice(stack.env.DEVICE_B));
    await shows(shopB, next.id);
    assert.equal(await rowsOf(shopB, missed.id).count(), 1);
    const shown = await ids(shopB);
    assert.deepEqual(shown, [...new Set(shown)]);
  });

  test('worker killed: live again with no attempt refused, and the next payment arrives', async () => {
    await isInState(shopA, 'live');
    await watchStates(shopA);
    const loggedBefore = stack.log('front');
    const attempts = [];
    shopA.on('websocket', (socket) => attempts.push(socket.url()));
    const refusals = refusedAttempts(shopA);
    // No worker can start until the page has tried: what listens meanwhile is the parent's.
    const { PREGON_IPC_USERS = null } = stack.values();
    changeSettings(stack, { PREGON_IPC_USERS: 'no-such-user' });

    stack.kill('worker');

    await until(() => attempts.length > 0, 'the page connects again');
    const noWorkerYet = () => logLines(stack, 'worker', /worker cannot start/);
    assert.ok(noWorkerYet().length > 0, 'while no worker runs');
    changeSettings(stack, { PREGON_IPC_USERS });
    await hasSeen(shopA, ['lost', 'live']);
    assert.deepEqual(refusals, []);
    assert.doesNotMatch(stack.log('front').slice(loggedBefore.length), /refused|No such file/);
    const next = await pay(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A));
    await shows(shopA, next.id);
    assert.equal(await rowsOf(shopA, next.id).count(), 1);
  });

  test('asked nobody else, broke no policy, threw nothing', () => {
    assert.deepEqual(complaints, []);
  });
});
