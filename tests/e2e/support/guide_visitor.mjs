// Visits a machine on which a guide was followed, as its application and a browser would: with the
// .env of the application alone. Run by tests/package/run-guide; NODE_EXTRA_CA_CERTS names the
// certificate.

import assert from 'node:assert/strict';
import { closeClients, connectPusher, publisher, subscribe } from './clients.mjs';
import { readKeyValues } from './stack.mjs';

const laravel = readKeyValues('/var/www/application/.env');
const { REVERB_APP_ID, REVERB_APP_KEY, REVERB_APP_SECRET, REVERB_HOST, REVERB_PORT } = laravel;
assert.equal(laravel.REVERB_SCHEME, 'https');
const env = {
  APP_ID: REVERB_APP_ID,
  APP_KEY: REVERB_APP_KEY,
  APP_SECRET: REVERB_APP_SECRET,
  HTTP_URL: `https://${REVERB_HOST}:${REVERB_PORT}`,
  WS_URL: `wss://${REVERB_HOST}:${REVERB_PORT}`,
};
const browser = await connectPusher(env, null, { forceTLS: true, wssPort: Number(REVERB_PORT) });
const inbox = await subscribe(browser, 'guests');
await publisher(env, { useTLS: true, port: REVERB_PORT }).trigger('guests', 'arrived', { n: 1 });
const { data } = await inbox.next(({ event }) => event === 'arrived');
assert.deepEqual(data, { n: 1 });
closeClients();
console.log('visited: an event of the application reached a browser');
process.exit(0);
