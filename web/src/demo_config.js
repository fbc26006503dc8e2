// SPDX-License-Identifier: MIT
/** Why there is no demo to show; `reason` is 'unreachable', 'missing', 'invalid' or 'empty'. */
export class DemoConfigError extends Error {
  constructor(reason) {
    super(`demo.json: ${reason}`);
    this.name = 'DemoConfigError';
    this.reason = reason;
  }
}

const SHOP_FIELDS = ['name', 'commerceId', 'token', 'deviceId'];

/** Reads demo.json, written by `pregonctl demo`; throws DemoConfigError. */
export async function loadDemoConfig(fetch) {
  let response;
  try {
    response = await fetch('demo.json', { cache: 'no-store' });
  } catch {
    throw new DemoConfigError('unreachable');
  }
  if (!response.ok) throw new DemoConfigError('missing');
  const config = await response.json().catch(() => null);
  if (!config?.appKey || !Array.isArray(config.shops)) throw new DemoConfigError('invalid');
  if (config.shops.length === 0) throw new DemoConfigError('empty');
  if (!config.shops.every(isComplete)) throw new DemoConfigError('invalid');
  return config;
}

/** The 1-based shop number in a location hash such as "#shop=2"; null if there is none. */
export function shopInHash(hash) {
  const match = /^#shop=(\d{1,3})$/.exec(hash);
  return match ? Number(match[1]) : null;
}

function isComplete(shop) {
  return shop !== null && typeof shop === 'object' && SHOP_FIELDS.every((field) => shop[field]);
}
