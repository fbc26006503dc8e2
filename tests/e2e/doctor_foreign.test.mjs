// SPDX-License-Identifier: MIT

// pregonctl doctor where another program answers in Pregón's place, played by a server of ours.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Doctor } from './support/doctor.mjs';
import { LaravelApplication } from './support/laravel_application.mjs';
import { request } from './support/request.mjs';
import { FRONTS, withStack } from './support/stack.mjs';

const JSON_404 = {
  status: 404,
  headers: { 'Set-Cookie': ['XSRF-TOKEN=a; path=/', 'shop_session=b; path=/'] },
  body: '{"message":"Not found."}',
};

for (const front of FRONTS)
  withStack(`every answer behind ${front} is marked`, front, (stack) => {
    test('by the daemon that gives it', async () => {
      for (const [path, daemon] of [
        ['/up', 'fcgi'],
        ['/apps/1/channels', 'fcgi'],
        ['/broadcasting/auth', 'fcgi'],
        [`/app/${stack.env.APP_KEY}`, 'worker'],
      ])
        assert.equal((await request(stack.env, path)).headers.get('x-pregon'), daemon, path);
      const page = await request(stack.env, '/');
      assert.equal(page.headers.get('x-pregon'), null);
    });

    test('doctor knows it', () => new Doctor(stack).isGreen());
  });

withStack('doctor and another program', 'nginx', (stack) => {
  const doctor = new Doctor(stack);
  const url = () => ['--url', application.url];
  let application;

  before(async () => {
    application = await LaravelApplication.start();
  });
  after(() => application.stop());

  const siteSays = async (answer) => {
    application.answerWith(() => answer);
    const { site, signature } = await doctor.findings(...url());
    assert.equal(site.result, 'failure');
    assert.equal(signature.result, 'not checked', 'the secret is not blamed');
    return site.text;
  };

  test('a second Laravel that answers 404 as JSON', async () => {
    assert.match(await siteSays(JSON_404), /another site .*\/up answers 404, from a Laravel applic/);
  });

  test('a JSON answer of nobody that is known', async () => {
    const text = await siteSays({ status: 404, body: '{"error":"nothing"}' });
    assert.match(text, /\/up answers 404, from another program/);
  });

  test('an old Reverb, which says that it is well', async () => {
    assert.match(await siteSays({ body: '{"health":"OK"}' }), /from another Pusher server.*old Reverb/);
  });

  test("Cloudflare's challenge", async () => {
    const headers = { Server: 'cloudflare', 'cf-mitigated': 'challenge' };
    for (const status of [403, 503])
      assert.match(await siteSays({ status, headers, body: '<html>' }), /Cloudflare's challenge/);
  });

  test('Apache in front of nothing', async () => {
    const body = '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN"><title>404 Not Found</title>';
    const text = await siteSays({ status: 404, headers: { Server: 'Apache/2.4.57' }, body });
    assert.match(text, /the web server itself, Apache\/2\.4\.57/);
  });
});

/** Hands on what `isOurs(request)` says to the stack, and answers the rest as a Laravel would. */
async function frontFor(stack, isOurs) {
  const { hostname, port } = new URL(stack.env.HTTP_URL);
  const server = http.createServer((incoming, response) => {
    if (!isOurs(incoming)) {
      response.writeHead(JSON_404.status, JSON_404.headers);
      response.end(JSON_404.body);
      return;
    }
    const { method, url, headers } = incoming;
    const passed = http.request({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    incoming.pipe(passed);
  });
  server.on('upgrade', ({ url, headers }, client) => {
    const upstream = net.connect(port, hostname);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    upstream.write(`GET ${url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    client.pipe(upstream).pipe(client);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

withStack('doctor and a site that hands on a part', 'nginx', (stack) => {
  const doctor = new Doctor(stack);
  const findingsBehind = async (isOurs) => {
    const server = await frontFor(stack, isOurs);
    try {
      return await doctor.findings('--url', `http://127.0.0.1:${server.address().port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  test('by the Upgrade header alone: the other checks go on', async () => {
    const found = await findingsBehind(() => false);
    assert.deepEqual(
      ['site', 'upgrade', 'greeting', 'events-api', 'signature', 'body-limit'].map(
        (check) => found[check].result,
      ),
      ['warning', 'ok', 'ok', 'failure', 'not checked', 'failure'],
    );
    assert.match(found['events-api'].text, /not routed to pregon-fcgi: 404 from a Laravel applic/);
    assert.match(found['body-limit'].text, /does not reach pregon-fcgi: 404/);
    assert.doesNotMatch(found['body-limit'].text, /body_size/);
    assert.match(found.auth.text, /answers 404: it is not routed to Pregón/);
  });

  test('all of it', async () => {
    const found = await findingsBehind(() => true);
    const wrong = Object.values(found).filter(({ result }) => result === 'failure');
    assert.deepEqual(wrong, []);
  });
});
