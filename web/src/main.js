// SPDX-License-Identifier: MIT
import { App } from './app.js';
import { systemClock } from './clock.js';
import { createEcho } from './live/echo_client.js';
import { Preferences } from './preferences.js';

new App({
  root: document.getElementById('app'),
  preferences: new Preferences(),
  clock: systemClock,
  fetch: (...request) => window.fetch(...request),
  createEcho: (config, shop) => createEcho(location, config, shop),
}).start();
