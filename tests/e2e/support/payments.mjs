// SPDX-License-Identifier: MIT
import { request } from './request.mjs';

/** What the phone would post; each call another payment, so that none is taken for a duplicate. */
let serial = 0;
export function paymentNotice(deviceId, more = {}) {
  serial += 1;
  return {
    device_id: deviceId,
    source_app: 'yape',
    title: 'Confirmación de Pago',
    body: `Yape! Juan Pérez te envió un pago por S/ ${10 + serial}.00. Cód. ${process.pid}${serial}`,
    amount: 10 + serial,
    currency: 'PEN',
    payer_name: 'Juan Pérez',
    ...more,
  };
}

/** Posts as the phone does. `body` is an object, or text to be sent as it is. */
export function postNotification(env, token, body, headers = {}) {
  return request(env, '/api/notifications', {
    method: 'POST',
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Posts a payment that must be accepted; the stored notification. */
export async function pay(env, token, notice, headers) {
  const { status, body } = await postNotification(env, token, notice, headers);
  if (status !== 201) throw new Error(`payment answered ${status}: ${JSON.stringify(body)}`);
  return body.notification;
}

const bearer = (token) => ({ Accept: 'application/json', Authorization: `Bearer ${token}` });

/** The answer to GET /api/notifications. */
export function listNotifications(env, token, query = '') {
  return request(env, `/api/notifications${query}`, { headers: bearer(token) });
}

/** The answer of the auth endpoint for the private channel of a shop. */
export function authorizeForShop(env, token, commerceId) {
  return request(env, '/api/broadcasting/auth', {
    method: 'POST',
    headers: bearer(token),
    body: new URLSearchParams({
      socket_id: '1.2',
      channel_name: `private-commerce.${commerceId}`,
    }),
  });
}
