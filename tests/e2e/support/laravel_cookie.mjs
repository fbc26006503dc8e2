// SPDX-License-Identifier: MIT
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';

/** A key in the form of APP_KEY. */
export const appKey = (bytes) => `base64:${bytes.toString('base64')}`;

/**
 * The value of cookie `name` as Laravel's EncryptCookies makes it, percent-encoded. `change` may
 * alter the envelope before it is encoded.
 */
export function sealCookie(name, text, { key, cipher = 'aes-256-cbc', change = () => {} }) {
  const isGcm = cipher.endsWith('gcm');
  const ivBytes = randomBytes(isGcm ? 12 : 16);
  const prefix = createHmac('sha1', key).update(`${name}v2`).digest('hex');
  const encrypt = createCipheriv(cipher, key, ivBytes);
  const value = Buffer.concat([encrypt.update(`${prefix}|${text}`), encrypt.final()]).toString(
    'base64',
  );
  const iv = ivBytes.toString('base64');
  const mac = isGcm
    ? ''
    : createHmac('sha256', key)
        .update(iv + value)
        .digest('hex');
  const envelope = { iv, value, mac, tag: isGcm ? encrypt.getAuthTag().toString('base64') : '' };
  change(envelope);
  return encodeURIComponent(Buffer.from(JSON.stringify(envelope)).toString('base64'));
}
