// SPDX-License-Identifier: MIT

// Pages of another origin: what a browser may do with the auth endpoints and /api.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { launchChromium, openPage } from './support/chromium.mjs';
import { changeSettings, reloadProgram } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { FRONTS, withStack } from './support/stack.mjs';

const AUTH = '/api/broadcasting/auth';
const PATHS = [AUTH, '/broadcasting/auth', '/api/broadcasting/user-auth', '/api/notifications'];
const GOOD = 'https://tienda-uno.example';

for (const front of FRONTS)
  withStack(
    'CORS',
    front,
    (stack) => {
      const preflight = (path, origin) =>
        request(stack.env, path, {
          method: 'OPTIONS',
          headers: {
            Origin: origin,
            'Access-Control-Request-Method': 'POST',
            'Access-Control-Request-Headers': 'authorization',
          },
        });

      for (const path of PATHS)
        test(`preflight of ${path}`, async () => {
          const { status, headers, text } = await preflight(path, GOOD);
          assert.deepEqual([status, text], [204, '']);
          assert.equal(headers.get('access-control-allow-origin'), GOOD);
          assert.equal(headers.get('access-control-allow-credentials'), 'true');
          assert.equal(headers.get('access-control-allow-methods'), 'GET, POST, PATCH');
          assert.match(headers.get('access-control-allow-headers'), /Authorization.*X-XSRF-TOKEN/);
          assert.equal(headers.get('access-control-max-age'), '3600');
          assert.match(headers.get('vary'), /Origin/);
        });

      test('another origin is not named', async () => {
        for (const origin of ['https://tienda-uno.example.evil', 'null', `${GOOD}:444`]) {
          const { status, headers } = await preflight(AUTH, origin);
          assert.equal(status, 204);
          assert.equal(headers.get('access-control-allow-origin'), null);
          assert.equal(headers.get('access-control-allow-credentials'), null);
        }
      });

      test('an answer and a refusal name the origin, and never are a redirect', async () => {
        const headers = { Origin: GOOD, Authorization: `Bearer ${stack.env.TOKEN_A}` };
        for (const [channel, expected] of [
          [`private-commerce.${stack.env.COMMERCE_A}`, 200],
          ['private-commerce.999', 403],
        ]) {
          const body = new URLSearchParams({ socket_id: '1.2', channel_name: channel });
          const answer = await request(stack.env, AUTH, { method: 'POST', headers, body });
          assert.equal(answer.status, expected);
          assert.equal(answer.headers.get('access-control-allow-origin'), GOOD);
          assert.match(answer.headers.get('vary'), /Origin/);
        }
      });

      test('the event API has no CORS', async () => {
        const { headers } = await request(stack.env, '/up', { headers: { Origin: GOOD } });
        assert.equal(headers.get('access-control-allow-origin'), null);
      });

      test('without allowed origins: a preflight is 204 without a header', async () => {
        changeSettings(stack, { PREGON_CORS_ORIGINS: null, PREGON_CORS_CREDENTIALS: null });
        await reloadProgram(stack, 'fcgi');
        const { status, headers } = await preflight(AUTH, GOOD);
        assert.equal(status, 204);
        assert.equal(headers.get('access-control-allow-origin'), null);
        assert.equal(headers.get('access-control-allow-methods'), null);
        assert.equal(headers.get('vary'), null);
      });

      test('credentials for everybody are no configuration', async () => {
        changeSettings(stack, { PREGON_CORS_ORIGINS: "'*'", PREGON_CORS_CREDENTIALS: 'true' });
        assert.match(await reloadProgram(stack, 'fcgi'), /config invalid.*not with the origin \*/);
        changeSettings(stack, { PREGON_CORS_ORIGINS: null, PREGON_CORS_CREDENTIALS: null });
      });
    },
    { settings: { PREGON_CORS_ORIGINS: GOOD, PREGON_CORS_CREDENTIALS: 'true' } },
  );

withStack(
  'CORS in Chromium',
  'nginx',
  (stack) => {
    let browser;
    let page;
    const site = http.createServer((_, response) => response.end('<!doctype html>Tienda Uno'));

    before(async () => {
      await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
      browser = await launchChromium();
      page = await openPage(browser);
    });
    after(async () => {
      await browser?.close();
      site.close();
    });

    /** What a page on `host` learns of its own channel: the status, or "blocked". */
    async function askFrom(host) {
      await page.goto(`http://${host}:${site.address().port}/`);
      return page.evaluate(
        async ([url, token, channel]) => {
          const body = new URLSearchParams({ socket_id: '1.2', channel_name: channel });
          const headers = { Authorization: `Bearer ${token}` };
          const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => null);
          return answer?.status ?? 'blocked';
        },
        [
          stack.env.HTTP_URL + AUTH,
          stack.env.TOKEN_A,
          `private-commerce.${stack.env.COMMERCE_A}`,
        ],
      );
    }

    test('a page of an allowed host may ask, another may not', async () => {
      assert.equal(await askFrom('localhost'), 200);
      assert.equal(await askFrom('127.0.0.1'), 'blocked');
    });
  },
  { settings: { PREGON_CORS_ORIGINS: 'localhost' } },
);
