// SPDX-License-Identifier: MIT
import { createHash, createHmac } from 'node:crypto';
import { request } from './request.mjs';

const hmac = (secret, text) => createHmac('sha256', secret).update(text).digest('hex');

/** The `auth` member of a subscription, as the application's own server would sign it. */
export function channelAuth({ APP_KEY, APP_SECRET }, socketId, channel, channelData = '') {
  const text = [socketId, channel, ...(channelData ? [channelData] : [])].join(':');
  return `${APP_KEY}:${hmac(APP_SECRET, text)}`;
}

/** The `auth` member of a sign-in. */
export function userAuth({ APP_KEY, APP_SECRET }, socketId, userData) {
  return `${APP_KEY}:${hmac(APP_SECRET, `${socketId}::user::${userData}`)}`;
}

/**
 * Path and query of a signed request of the event API. `overrides` replaces query parameters before
 * signing; a parameter set to undefined is left out.
 */
export function signedPath({ APP_ID, APP_KEY, APP_SECRET }, body, { path, overrides = {} } = {}) {
  const resource = path ?? `/apps/${APP_ID}/events`;
  const query = {
    auth_key: APP_KEY,
    auth_timestamp: String(Math.floor(Date.now() / 1000)),
    auth_version: '1.0',
    body_md5: createHash('md5').update(body).digest('hex'),
    ...overrides,
  };
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = pairs
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
  return `${resource}?${text}&auth_signature=${hmac(APP_SECRET, `POST\n${resource}\n${text}`)}`;
}

/** Publishes one event with a signed request; the answer as of `request`. */
export function postEvent(env, { name, channel, data }) {
  const body = JSON.stringify({ name, channel, data: JSON.stringify(data) });
  return request(env, signedPath(env, body), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
}
