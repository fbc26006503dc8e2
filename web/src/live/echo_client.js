// SPDX-License-Identifier: MIT
import Echo from 'laravel-echo';
import Pusher from 'pusher-js';
import { resumableKey } from './pregon_recovery.js';

/** A silent connection is probed after this long, and given up after PONG_TIMEOUT_MS more. */
const ACTIVITY_TIMEOUT_MS = 15000;
const PONG_TIMEOUT_MS = 5000;

/**
 * Options for `new Echo(...)`: what a Laravel application would write for Reverb. The two time-outs
 * are shorter than pusher-js's own, because a payment screen must not look alive when it is not.
 */
export function echoOptions(location, config, shop) {
  const port = Number(location.port);
  const options = {
    broadcaster: 'reverb',
    key: resumableKey(config.appKey),
    wsHost: location.hostname,
    wsPort: port || 80,
    wssPort: port || 443,
    forceTLS: location.protocol === 'https:',
    enabledTransports: ['ws', 'wss'],
    authEndpoint: '/api/broadcasting/auth',
    auth: { headers: { Authorization: `Bearer ${shop.token}` } },
    activityTimeout: ACTIVITY_TIMEOUT_MS,
    pongTimeout: PONG_TIMEOUT_MS,
  };
  return config.wsPath ? { ...options, wsPath: config.wsPath } : options;
}

export function createEcho(location, config, shop) {
  return new Echo({ ...echoOptions(location, config, shop), Pusher });
}
