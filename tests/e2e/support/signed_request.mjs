// SPDX-License-Identifier: MIT
import { createHash, createHmac } from 'node:crypto';
import { request } from './request.mjs';

/**
 * Path and query of a request of the HTTP API, signed as its description says, step by step and
 * without any library. `resource` is what follows /apps/{id}. `query` has the parameters besides
 * those of the signature, decoded; `wire` is how they are written in the URL. `signedMethod` and
 * `signedPath` are signed in place of what is sent, `prefix` is sent before the path, `auth` replaces
 * parameters before signing, `writeSignature` changes the result.
 */
export function signedResource(env, method, resource, options = {}) {
  const path = `/apps/${env.APP_ID}${resource}`;
  const { body = '', query = {}, auth = {} } = options;
  const wire = options.wire ?? new URLSearchParams(query).toString();
  const signature = {
    auth_key: env.APP_KEY,
    auth_timestamp: String(Math.floor(Date.now() / 1000)),
    auth_version: '1.0',
    ...(body.length > 0 && { body_md5: createHash('md5').update(body).digest('hex') }),
    ...auth,
  };
  const text = Object.entries({ ...query, ...signature })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const hex = createHmac('sha256', env.APP_SECRET)
    .update(`${options.signedMethod ?? method}\n${options.signedPath ?? path}\n${text}`)
    .digest('hex');
  signature.auth_signature = options.writeSignature?.(hex) ?? hex;
  const parameters = new URLSearchParams(signature).toString();
  return `${options.prefix ?? ''}${path}?${parameters}${wire && `&${wire}`}`;
}

/** Sends such a request; `headers` besides those of every request. */
export function askApi(env, method, resource, options = {}) {
  const { body = '', headers = {} } = options;
  return request(env, signedResource(env, method, resource, options), {
    method,
    headers,
    ...(body.length > 0 && { body }),
  });
}
