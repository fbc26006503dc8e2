// SPDX-License-Identifier: MIT

// What the channel rules do not decide, and users that only the application knows: its own endpoint
// answers, played by support/laravel_application.mjs.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { closeClients, createEcho } from './support/clients.mjs';
import { Inbox, until } from './support/inbox.mjs';
import { LaravelApplication } from './support/laravel_application.mjs';
import { reservePort } from './support/ports.mjs';
import { changeSettings, logged, logLines, reloadProgram, writeRules } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { channelAuth } from './support/signing.mjs';
import { FRONTS, withStack } from './support/stack.mjs';

const PusherBatchAuthorizer = createRequire(import.meta.url)('pusher-js-auth');
const AUTH = '/broadcasting/auth';
const PATIENT = '20000';
const COOKIE = 'laravel_session=eyJpdiI6%3D%3D; XSRF-TOKEN=a+b';
const RULES = [
  { channel: 'commerce.{id}', allow: { id: 'user.commerce_id' } },
  { channel: 'chat.{id}', fallback: true },
];

const application = await LaravelApplication.start();
after(() => application.stop());

for (const front of FRONTS)
  withStack(
    'the application decides',
    front,
    (stack) => {
      const forgetRequests = () => {
        application.requests = new Inbox('requests to the application');
      };
      before(async () => {
        await writeRules(stack, RULES);
        forgetRequests(); // the check before the start asked, too
      });
      afterEach(() => {
        closeClients();
        application.answerWith(() => ({ body: '{"auth":"from:the-application"}' }));
        forgetRequests();
      });

      const bearer = () => ({ Authorization: `Bearer ${stack.env.TOKEN_A}` });
      const own = () => `private-commerce.${stack.env.COMMERCE_A}`;
      const form = (channel) => `socket_id=1.2&channel_name=${encodeURIComponent(channel)}&_token=x`;
      const post = (body, headers = bearer(), path = AUTH) =>
        request(stack.env, path, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
          body,
        });
      const failures = (reason) =>
        logLines(stack, 'fcgi', new RegExp(`auth fallback failed.*${reason}`)).length;

      test('our own rules are asked first', async () => {
        const answer = await post(form(own()));
        assert.equal(answer.body.auth, channelAuth(stack.env, '1.2', own()));
        assert.equal((await post(form('private-commerce.999'))).status, 403);
        assert.equal(application.requests.all.length, 0);
      });

      for (const channel of ['private-chat.1', 'presence-chat.1', 'private-nobody-knows.it'])
        test(`${channel} is the application's to decide`, async () => {
          const { status, body, headers } = await post(form(channel));
          assert.deepEqual([status, body], [200, { auth: 'from:the-application' }]);
          assert.equal(headers.get('cache-control'), 'no-store');
          assert.equal((await application.requests.next()).body, form(channel));
        });

      test('a request without a token we know is passed on as it came', async () => {
        const headers = {
          Cookie: COOKIE,
          Authorization: 'Bearer 77|unknown',
          'X-CSRF-TOKEN': 'csrf',
          'X-Requested-With': 'XMLHttpRequest',
          Accept: 'application/json',
          'User-Agent': 'a browser',
          Proxy: 'http://evil.example',
          'X-Forwarded-Proto': 'gopher',
        };
        await post(form(own()), headers, `${AUTH}?a=%C3%B1&b=1+2`);
        const seen = await application.requests.next();
        assert.deepEqual(
          [seen.method, seen.url, seen.body],
          ['POST', `${AUTH}?a=%C3%B1&b=1+2`, form(own())],
        );
        assert.equal(seen.headers.cookie, COOKIE);
        assert.equal(seen.headers.authorization, 'Bearer 77|unknown');
        assert.equal(seen.headers['x-csrf-token'], 'csrf');
        assert.equal(seen.headers['x-requested-with'], 'XMLHttpRequest');
        assert.equal(seen.headers.accept, 'application/json');
        assert.equal(seen.headers['user-agent'], 'a browser');
        assert.equal(seen.headers['content-type'], 'application/x-www-form-urlencoded');
        for (const name of ['host', 'x-forwarded-host']) // Debian's nginx leaves the port out
          assert.match(seen.headers[name], /^127\.0\.0\.1(:\d+)?$/);
        assert.equal(seen.headers['x-forwarded-proto'], 'http');
        assert.match(seen.headers['x-forwarded-for'], /^127\.0\.0\.1(, 127\.0\.0\.1)?$/);
        for (const dropped of ['proxy', 'expect', 'transfer-encoding', 'accept-encoding'])
          assert.equal(seen.headers[dropped], undefined, dropped);
      });

      test('GET, JSON and multipart bodies arrive as they were', async () => {
        await request(stack.env, `/api${AUTH}?${form(own())}`);
        const get = await application.requests.next();
        assert.deepEqual([get.method, get.url, get.body], ['GET', `/api${AUTH}?${form(own())}`, '']);

        const json = `{ "socket_id": "1.2",  "channel_name": "${own()}", "ñ": [1.0] }`;
        await post(json, { 'Content-Type': 'application/json' });
        assert.equal((await application.requests.next()).body, json);

        const multipart = `--X\r\nContent-Disposition: form-data; name="socket_id"\r\n\r\n1.2\r\n--X\r
Content-Disposition: form-data; name="channel_name"\r\n\r\n${own()}\r\n--X--\r\n`;
        await post(multipart, { 'Content-Type': 'multipart/form-data; boundary=X' });
        const { headers, body } = await application.requests.next();
        assert.equal(body, multipart);
        assert.equal(headers['content-type'], 'multipart/form-data; boundary=X');
      });

      test("the application's answer comes back: status, body, type and cookies", async () => {
        application.answerWith(() => ({
          status: 419,
          headers: {
            'Content-Type': 'text/html; charset=UTF-8',
            'Set-Cookie': ['laravel_session=new; path=/; httponly', 'XSRF-TOKEN=n'],
            'X-Powered-By': 'PHP',
          },
          body: '<p>Page Expired',
        }));
        const { status, headers, text } = await post(form('private-chat.1'));
        assert.deepEqual([status, text], [419, '<p>Page Expired']);
        assert.equal(headers.get('content-type'), 'text/html; charset=UTF-8');
        assert.deepEqual(headers.getSetCookie(), [
          'laravel_session=new; path=/; httponly',
          'XSRF-TOKEN=n',
        ]);
        assert.equal(headers.get('x-powered-by'), null);
      });

      test('a redirect to the login page is a refusal, and is not followed', async () => {
        application.answerWith(() => ({ status: 302, headers: { Location: `${application.url}/login` } }));
        const before = failures('redirects');
        const { status, body, headers } = await post(form(own()), { Cookie: COOKIE });
        assert.deepEqual([status, body], [403, { message: 'Forbidden.' }]);
        assert.equal(headers.get('location'), null);
        assert.equal(application.requests.all.length, 1);
        await until(() => failures('redirects') === before + 1, 'the line in the log');
      });

      test('what is no valid question is not asked', async () => {
        for (const [body, status] of [
          [form('private-a:b'), 400],
          [form('public'), 403],
          ['socket_id=x&channel_name=private-chat.1', 400],
          [`${form('private-chat.1')}&x=${'x'.repeat(16384)}`, 413],
        ])
          assert.equal((await post(body, {})).status, status);
        assert.equal(application.requests.all.length, 0);
      });

      test('an answer of more than 64 KiB is none', async () => {
        application.answerWith(() => ({ body: 'x'.repeat(65536) }));
        assert.equal((await post(form('private-chat.1'))).status, 200);
        application.answerWith(() => ({ body: 'x'.repeat(65537) }));
        assert.equal((await post(form('private-chat.1'))).status, 502);
      });

      test('connections are kept: never more than threads', async () => {
        const before = application.connections;
        for (let i = 0; i < 40; i += 1)
          assert.equal((await post(form('private-chat.1'))).status, 200);
        assert.ok(application.connections - before <= 16);
      });

      test('sign-in is the application’s too, where channels.json has no user', async () => {
        application.answerWith(() => ({ body: '{"auth":"a","user_data":"b"}' }));
        const answer = await post('socket_id=1.2', bearer(), '/broadcasting/user-auth');
        assert.deepEqual(answer.body, { auth: 'a', user_data: 'b' });
        assert.equal((await application.requests.next()).url, '/broadcasting/user-auth');
      });

      test('a batch: ours and its answers together, each asked for alone', async () => {
        application.answerWith(({ body }) => {
          const channel = new URLSearchParams(body).get('channel_name');
          return channel === 'private-chat.2'
            ? { status: 403, body: '{"message":""}', headers: { 'Set-Cookie': 's=2' } }
            : { body: JSON.stringify({ auth: channelAuth(stack.env, '1.2', channel) }) };
        });
        const channels = [own(), 'private-chat.1', 'private-chat.2'];
        const indexed = channels.map((name, i) => [`channel_name[${i}]`, name]);
        const body = new URLSearchParams([['socket_id', '1.2'], ['_token', 'ñ &'], ...indexed]);
        const answer = await post(body.toString());
        assert.deepEqual(
          channels.map((name) => answer.body[name].status),
          [200, 200, 403],
        );
        assert.equal(
          answer.body['private-chat.1'].data.auth,
          channelAuth(stack.env, '1.2', 'private-chat.1'),
        );
        assert.deepEqual(answer.headers.getSetCookie(), ['s=2']);
        const seen = [await application.requests.next(), await application.requests.next()];
        for (const { method, url, body: asked } of seen) {
          assert.deepEqual([method, url], ['POST', AUTH]);
          const fields = Object.fromEntries(new URLSearchParams(asked));
          assert.deepEqual(Object.keys(fields).sort(), ['_token', 'channel_name', 'socket_id']);
          assert.equal(fields._token, 'ñ &');
        }
      });

      test('laravel-echo with pusher-js-auth and a cookie that only the application knows', async () => {
        application.answerWith(({ body }) => {
          const fields = new URLSearchParams(body);
          const [socketId, channel] = [fields.get('socket_id'), fields.get('channel_name')];
          return { body: JSON.stringify({ auth: channelAuth(stack.env, socketId, channel) }) };
        });
        const seen = new Inbox('subscriptions');
        const echo = createEcho(stack.env, null, {
          authorizer: PusherBatchAuthorizer,
          authEndpoint: stack.env.HTTP_URL + AUTH,
          auth: { headers: { 'X-CSRF-TOKEN': 'csrf' } },
        });
        for (const name of ['chat.1', 'orders.7'])
          echo.private(name).subscribed(() => seen.push(name));
        assert.deepEqual([await seen.next(), await seen.next()].sort(), ['chat.1', 'orders.7']);
      });

      // --- An application that does not answer ---------------------------------------------------

      async function waitNoLongerThan(milliseconds) {
        changeSettings(stack, { PREGON_AUTH_FALLBACK_TIMEOUT_MS: milliseconds });
        await reloadProgram(stack, 'fcgi');
      }

      test("the application's 500 is passed on, with a line in the log", async () => {
        application.answerWith(() => ({ status: 500, body: '{"message":"Server Error"}' }));
        assert.equal((await post(form('private-chat.1'))).status, 500);
        await until(() => failures('the application answers 500') > 0, 'the line in the log');
      });

      test('too slow: 503 with Retry-After, and a line in the log', async () => {
        await waitNoLongerThan('1500');
        const before = failures('Timeout');
        const release = application.hold();
        const { status, headers, body } = await post(form('private-chat.1'));
        assert.deepEqual([status, body], [503, { message: 'Service Unavailable' }]);
        assert.equal(headers.get('retry-after'), '1');
        await until(() => failures('Timeout') === before + 1, 'the line in the log');
        await application.heldAre(1); // before the next test counts
        release();
      });

      test('too slow in a batch: asked once, and our own channels are answered', async () => {
        const release = application.hold();
        const channels = ['private-chat.1', 'private-chat.2', 'private-chat.3', own()];
        const { body } = await post(JSON.stringify({ socket_id: '1.2', channels }), {
          ...bearer(),
          'Content-Type': 'application/json',
        });
        assert.deepEqual(
          channels.map((name) => body[name].status),
          [503, 503, 503, 200],
        );
        await application.heldAre(1);
        assert.equal(application.requests.all.length, 1);
        release();
      });

      test('no more than PREGON_AUTH_FALLBACK_MAX questions at a time; others are served', async () => {
        await waitNoLongerThan(PATIENT);
        const release = application.hold();
        const waiting = [1, 2].map((id) => post(form(`private-chat.${id}`)));
        await application.heldAre(2);
        const third = await post(form('private-chat.3'));
        assert.deepEqual([third.status, third.headers.get('retry-after')], [503, '1']);
        assert.equal((await post(form(own()))).status, 200);
        release();
        for (const answer of await Promise.all(waiting)) assert.equal(answer.status, 200);
        assert.equal((await post(form('private-chat.3'))).status, 200);
        await until(() => failures('PREGON_AUTH_FALLBACK_MAX') >= 1, 'the line in the log');
      });

      test('an address that leads back here ends', async () => {
        changeSettings(stack, { PREGON_AUTH_FALLBACK: stack.env.HTTP_URL });
        await reloadProgram(stack, 'fcgi');
        assert.equal((await post(form('private-chat.1'))).status, 503);
        await until(() => failures('leads back here') >= 1, 'the line in the log');
      });

      test('away: 503', async () => {
        changeSettings(stack, { PREGON_AUTH_FALLBACK: `http://127.0.0.1:${await reservePort()}` });
        await reloadProgram(stack, 'fcgi');
        const { status, headers } = await post(form('private-chat.1'));
        assert.deepEqual([status, headers.get('retry-after')], [503, '1']);
        assert.equal((await post(form(own()))).status, 200);
      });

      test('without an application its channels and unknown users are refused', async () => {
        changeSettings(stack, { PREGON_AUTH_FALLBACK: null });
        await reloadProgram(stack, 'fcgi');
        assert.equal((await post(form('private-chat.1'))).status, 403);
        assert.equal((await post(form(own()), { Cookie: COOKIE })).status, 403);
        const doubt = await logged(stack, 'fcgi', /config warning.*PREGON_AUTH_FALLBACK/);
        assert.equal(doubt.length, 1);
      });
    },
    {
      settings: {
        PREGON_AUTH_FALLBACK: application.url,
        PREGON_AUTH_FALLBACK_TIMEOUT_MS: PATIENT,
        PREGON_AUTH_FALLBACK_MAX: '2',
      },
    },
  );
