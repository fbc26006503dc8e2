// SPDX-License-Identifier: MIT

// Who may connect from which page: §5 of Reverb's configuration.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({
  any: {},
  origins: { allowed_origins: ['*.example.com', 'shop.test', 'https://exact.example.org:8443'] },
  'own-port': { allowed_origins: ['https://shop.test:443'] },
  native: { allowed_origins: ['shop.test'], allow_missing_origin: true },
});

withStack(
  'origins',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name, options) => PusherSocket.connect(apps.env(stack, name), options);
    const refusal = (name, options) => new PusherSocket(apps.env(stack, name), options).refused();

    const ALLOWED = [
      'https://a.example.com',
      'http://a.b.example.com:8080',
      'https://A.Example.COM',
      'https://shop.test',
      'https://exact.example.org:8443',
    ];
    for (const origin of ALLOWED) {
      test(`§5 allowed: ${origin}`, async () => {
        await connect('origins', { headers: { Origin: origin } });
      });
    }

    const REFUSED = [
      'https://example.com',
      'https://a.example.com.evil.test',
      'https://xshop.test',
      'https://exact.example.org',
      'http://exact.example.org:8443',
      'null',
      null,
    ];
    for (const origin of REFUSED) {
      test(`§5 refused with 4009: ${origin ?? 'no Origin'}`, async () => {
        const headers = origin ? { Origin: origin } : {};
        const why = { code: 4009, message: 'Origin not allowed' };
        assert.deepEqual(await refusal('origins', { headers }), why);
      });
    }

    test('§5 the port of the scheme may be written or not', async () => {
      for (const origin of ['https://shop.test', 'https://shop.test:443'])
        await connect('own-port', { headers: { Origin: origin } });
      const headers = { Origin: 'http://shop.test' };
      assert.equal((await refusal('own-port', { headers })).code, 4009);
    });

    test('§5 * allows any Origin and none; a missing one can be allowed by itself', async () => {
      for (const headers of [{}, { Origin: 'null' }, { Origin: 'https://any.test' }])
        await connect('any', { headers });
      await connect('native');
      const headers = { Origin: 'https://evil.test' };
      assert.equal((await refusal('native', { headers })).code, 4009);
    });
  },
  { settings: apps.settings },
);
