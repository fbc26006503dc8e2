// SPDX-License-Identifier: MIT

// Visits a machine on which a guide was followed, as its application, its pages and a phone would:
// with the .env of the application alone. Run by tests/package/run-guide; NODE_EXTRA_CA_CERTS names
// the certificates.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { closeClients, connectPusher, subscribe } from './clients.mjs';
import { request } from './request.mjs';
import { channelAuth } from './signing.mjs';
import { readKeyValues } from './stack.mjs';

const APPLICATION = '/var/www/application';
/** Those of tests/package/application/database.sql. */
const TOKEN = '1|token-of-the-guides';
const DEVICE = 'f4884a60-dcc8-41e5-a210-2954de5fbe74';
/** A few of each kind; the shipped sites are asked for all of them by sites.test.mjs. */
const APPLICATION_PATHS = [
  ...['/up', '/app/settings/profile', '/apps/store', '/broadcasting/other', '/api/user'],
  ...['/api/notifications-export', '/api/notifications/5/read'],
];

const laravel = readKeyValues(`${APPLICATION}/.env`);
const [host, port] = [laravel.VITE_REVERB_HOST, Number(laravel.VITE_REVERB_PORT)];
assert.equal(laravel.VITE_REVERB_SCHEME, 'https');
const env = {
  APP_KEY: laravel.REVERB_APP_KEY,
  APP_SECRET: laravel.REVERB_APP_SECRET.replaceAll('"', ''),
  HTTP_URL: `https://${host}`,
  WS_URL: `wss://${host}:${port}`,
};
const connect = (options) => connectPusher(env, null, { forceTLS: true, wssPort: port, ...options });
const post = (path, body, headers) =>
  request(env, path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } });

/** Publishes by the application's queue worker, with the configuration that it has in use. */
function publishQueued(event) {
  writeFileSync(`${APPLICATION}/storage/queue.json`, JSON.stringify([event]));
  const words = ['artisan', 'queue:work', '--tries=3', '--backoff=2', '--stop-when-empty'];
  const said = execFileSync('runuser', ['-u', 'www-data', '--', 'php', ...words], {
    cwd: APPLICATION,
    encoding: 'utf8',
  });
  assert.equal(said, `done: ${event.name}\n`);
}

async function seesQueuedEvent() {
  const inbox = await subscribe(await connect(), 'guests');
  publishQueued({ name: 'arrived', channel: 'guests', data: '{"n":1}' });
  const { data } = await inbox.next(({ event }) => event === 'arrived');
  assert.deepEqual(data, { n: 1 });
}

async function keepsItsPaths() {
  for (const uri of APPLICATION_PATHS) {
    const { status, body } = await request(env, uri);
    assert.deepEqual([status, body], [200, { uri, https: 'on' }]);
  }
}

/** No rule of channels.json decides: the application does, by the session of its page. */
async function asksTheApplication() {
  const answer = async (channel, headers) => {
    const body = new URLSearchParams({ socket_id: '1.2', channel_name: channel });
    return request(env, '/broadcasting/auth', { method: 'POST', body, headers });
  };
  const signedIn = { Cookie: 'laravel_session=signed-in', 'X-CSRF-TOKEN': 'of-this-page' };
  const mine = await answer('private-orders.1', signedIn);
  assert.equal(mine.status, 200, mine.text);
  assert.equal(mine.body.auth, channelAuth(env, '1.2', 'private-orders.1'));
  assert.equal((await answer('private-orders.2', signedIn)).status, 403);
  assert.equal((await answer('private-orders.1', {})).status, 401);
}

/** channels.json decides, by the application's users; both programs write to its database. */
async function showsPayment() {
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const page = await connect({ authEndpoint: `${env.HTTP_URL}/api/broadcasting/auth`, auth: { headers } });
  const inbox = await subscribe(page, 'private-commerce.1');
  const body = 'Yape! Rosa te envió un pago por S/ 3.00';
  const notice = { device_id: DEVICE, source_app: 'yape', title: 'Pago', body, amount: 3 };
  const { status, text } = await post('/api/notifications', notice, headers);
  assert.equal(status, 201, text);
  await inbox.next(({ event, data }) => event === 'notification.created' && data.body === body);
  const order = await post('/orders', {});
  assert.equal(order.status, 201, order.text);
}

await seesQueuedEvent();
await keepsItsPaths();
await asksTheApplication();
await showsPayment();
closeClients();
console.log('visited: the application, its pages and a phone work together');
process.exit(0);
