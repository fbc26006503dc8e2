// SPDX-License-Identifier: MIT
import { PATIENCE_MS } from './inbox.mjs';

/** One HTTP request to the stack: status, headers, and the body decoded if it is JSON. */
export async function request(env, path, options = {}) {
  const response = await fetch(env.HTTP_URL + path, {
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...options,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseOrText(text) };
}

function parseOrText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
