// SPDX-License-Identifier: MIT

// The examples of docs/webhooks.md are run as they stand there, against a pregon-webhookd.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from './support/inbox.mjs';
import { reservePort } from './support/ports.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { REPOSITORY } from './support/stack.mjs';
import { ENV, WebhookHost } from './support/webhook_host.mjs';
import { WebhookReceiver } from './support/webhook_receiver.mjs';

const PAGE = readFileSync(path.join(REPOSITORY, 'docs/webhooks.md'), 'utf8');
const ROUTE = fileURLToPath(new URL('fixtures/laravel_route.php', import.meta.url));
const exampleIn = (language) => PAGE.split(`\`\`\`${language}\n`)[1].split('```')[0];

afterEach(async () => {
  PusherSocket.closeAll();
  await WebhookReceiver.closeAll();
  await WebhookHost.endAll();
});

test('the page for Node takes what is signed, and refuses what is not', async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-docs-'));
  const port = await reservePort();
  writeFileSync(path.join(dir, 'receiver.mjs'), exampleIn('js'));
  const child = spawn('node', [path.join(dir, 'receiver.mjs')], {
    env: { ...process.env, APP_KEY: ENV.APP_KEY, APP_SECRET: ENV.APP_SECRET, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  try {
    const url = `http://127.0.0.1:${port}/hook`;
    await until(() => fetch(url, { method: 'POST', body: '{}' }).catch(() => null), 'the receiver answers');
    const unsigned = await fetch(url, { method: 'POST', body: '{"events":[]}', headers: { 'X-Pusher-Key': ENV.APP_KEY } });
    assert.equal(unsigned.status, 401);
    const host = await WebhookHost.start([{ url }]);
    assert.match(await host.pregonctl('webhook', 'test'), /HTTP 204/);
    const ana = await host.connect();
    await ana.join('presence-room', JSON.stringify({ user_id: '7' }));
    await until(() => said.includes('member_added presence-room 7\n'), 'the event');
    assert.ok(said.startsWith('channel_occupied pregon-test \nchannel_occupied presence-room \n'), said);
  } finally {
    child.kill();
    rmSync(dir, { recursive: true });
  }
});

test("Laravel's route takes what is signed as it came, and refuses what was encoded anew", async () => {
  const receiver = await WebhookReceiver.start(ENV);
  const host = await WebhookHost.start([{ url: receiver.url }]);
  const ana = await host.connect();
  await ana.join('presence-room', JSON.stringify({ user_id: '7' }));
  const { headers, text } = await receiver.nextEvent('member_added');
  const route = (body) =>
    JSON.parse(
      execFileSync('php', [ROUTE], {
        input: JSON.stringify({ code: exampleIn('php'), headers, body, key: ENV.APP_KEY, secret: ENV.APP_SECRET }),
        encoding: 'utf8',
      }),
    );
  assert.deepEqual(route(text), {
    status: 204,
    jobs: [[{ name: 'member_added', channel: 'presence-room', user_id: '7' }, headers['x-pregon-delivery']]],
  });
  assert.deepEqual(route(JSON.stringify(JSON.parse(text), null, 1)), { status: 401, jobs: [] });
});
