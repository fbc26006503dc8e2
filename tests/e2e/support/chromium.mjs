// SPDX-License-Identifier: MIT
import { chromium } from 'playwright-core';
import { PATIENCE_MS } from './inbox.mjs';

const SWITCHES = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium of this machine; close it. */
export function launchChromium() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: SWITCHES, timeout: PATIENCE_MS });
}

/** A page in a browser profile of its own; `options` as for browser.newContext. */
export async function openPage(browser, options) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

/**
 * The WebSockets of the page that the server refused, from now on, in a list that grows. An attempt that
 * takes longer than usual is ended by pusher-js itself, which then begins another: that is no refusal.
 */
export function refusedAttempts(page) {
  const endedByPage = 'WebSocket is closed before the connection is established.';
  const refused = [];
  page.on('websocket', (socket) =>
    socket.on('socketerror', (error) => error !== endedByPage && refused.push(error)),
  );
  return refused;
}
