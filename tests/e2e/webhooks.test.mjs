// SPDX-License-Identifier: MIT

// What is reported to an application's webhooks, and how: docs/webhooks.md.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Pusher from 'pusher';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { ENV, WebhookHost } from './support/webhook_host.mjs';
import { WebhookReceiver } from './support/webhook_receiver.mjs';

const PHP = fileURLToPath(new URL('fixtures/verify_webhook.php', import.meta.url));
const member = (id) => JSON.stringify({ user_id: id });
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** As pusher-http-node and pusher-http-php check it. */
function assertAccepted({ headers, text, rawHeaders }) {
  const node = new Pusher({ appId: ENV.APP_ID, key: ENV.APP_KEY, secret: ENV.APP_SECRET });
  assert.ok(node.webhook({ headers, rawBody: text }).isValid(), text);
  const named = Object.fromEntries(rawHeaders.map((value, i) => [value, rawHeaders[i + 1]]).filter((_, i) => i % 2 === 0));
  const input = JSON.stringify({ key: ENV.APP_KEY, secret: ENV.APP_SECRET, headers: named, body: text });
  assert.equal(execFileSync('php', [PHP], { input, encoding: 'utf8' }), 'accepted\n', text);
}

describe('webhooks', () => {
  afterEach(async () => {
    PusherSocket.closeAll();
    await WebhookReceiver.closeAll();
    await WebhookHost.endAll();
  });

  test('tell every kind of event, as the specification writes it, and libraries accept it', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url, headers: { 'X-Own': 'hush' } }], {
      PREGON_APP_SUBSCRIPTION_COUNT: 'true',
    });
    const ana = await host.connect();
    await ana.join('private-orders.42');
    await ana.join('presence-room.1', member('7'));
    await ana.join('private-cache-prices');
    ana.send('client-typing', { on: true }, { channel: 'private-orders.42' });
    ana.send('client-hi', 'hola', { channel: 'presence-room.1' });
    ana.send('client-msg', 'Señal ✓ a/b', { channel: 'private-orders.42' });
    await ana.settled();
    await receiver.nextEvent('subscription_count', 'private-orders.42');
    await ana.close();
    await receiver.nextEvent('channel_vacated', 'private-cache-prices');

    const texts = receiver.requests.map(({ text }) => text.replace(/^\{"time_ms":\d{13},"events":\[(.*)\]\}$/, '$1'));
    for (const expected of [
      '{"name":"channel_occupied","channel":"private-orders.42"}',
      '{"name":"channel_occupied","channel":"presence-room.1"}',
      '{"name":"member_added","channel":"presence-room.1","user_id":"7"}',
      '{"name":"cache_miss","channel":"private-cache-prices"}',
      `{"name":"client_event","channel":"private-orders.42","event":"client-typing","data":"{\\"on\\":true}","socket_id":"${ana.id}"}`,
      `{"name":"client_event","channel":"presence-room.1","event":"client-hi","data":"hola","socket_id":"${ana.id}","user_id":"7"}`,
      `{"name":"client_event","channel":"private-orders.42","event":"client-msg","data":"Señal ✓ a/b","socket_id":"${ana.id}"}`,
      '{"name":"subscription_count","channel":"private-orders.42","subscription_count":1}',
      '{"name":"member_removed","channel":"presence-room.1","user_id":"7"}',
      '{"name":"channel_vacated","channel":"presence-room.1"}',
      '{"name":"channel_vacated","channel":"private-orders.42"}',
    ])
      assert.ok(texts.includes(expected), `${expected}\nin\n${texts.join('\n')}`);
    const at = (words) => receiver.words.indexOf(words);
    assert.ok(at('channel_occupied presence-room.1') < at('member_added presence-room.1 7'));
    assert.ok(at('member_removed presence-room.1 7') < at('channel_vacated presence-room.1'));

    for (const request of receiver.requests) assertAccepted(request);
    const { headers, rawHeaders } = receiver.requests[0];
    assert.equal(headers['content-type'], 'application/json');
    assert.match(headers['user-agent'], /^pregon-webhooks\/\d/);
    assert.equal(headers['x-own'], 'hush');
    assert.equal(headers['x-pregon-attempt'], '1');
    for (const name of ['X-Pusher-Key', 'X-Pusher-Signature', 'X-Pregon-Delivery', 'Content-Length'])
      assert.ok(rawHeaders.includes(name), name);
    for (const name of ['expect', 'transfer-encoding', 'content-encoding', 'accept'])
      assert.equal(headers[name], undefined, name);
    const deliveries = receiver.requests.map(({ headers: of }) => of['x-pregon-delivery']);
    assert.equal(new Set(deliveries).size, deliveries.length);
    for (const log of [host.log('worker'), host.log('webhookd'), await host.pregonctl('webhook', 'list')])
      for (const secret of ['hush', ENV.APP_SECRET, headers['x-pusher-signature']])
        assert.ok(!log.includes(secret), log);
  });

  test('say nothing of a reload within the delay, and one end after two departures', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url }], { PREGON_WEBHOOK_DELAY: '2000' });
    const first = await host.connect();
    await first.join('presence-room', member('7'));
    await receiver.nextEvent('member_added');
    for (let i = 0; i < 2; i++) {
      const socket = await host.connect();
      await socket.join('presence-room', member('7'));
      if (i === 0) await first.close(); // the user has another tab
      await socket.close(); // … and none for a moment
    }
    const last = await host.connect();
    await last.join('presence-room', member('7'));
    await last.join('other');
    await pause(3000);
    assert.deepEqual(receiver.words, [
      'channel_occupied presence-room',
      'member_added presence-room 7',
      'channel_occupied other',
    ]);
    await last.close();
    await receiver.nextEvent('channel_vacated', 'other');
    await until(() => receiver.words.length === 6, 'the ends');
    assert.deepEqual(receiver.words.slice(3).sort(), [
      'channel_vacated other',
      'channel_vacated presence-room',
      'member_removed presence-room 7',
    ]);
  });

  test('reach each endpoint with what it wants alone, in batches where it wants them', async () => {
    const all = await WebhookReceiver.start(ENV);
    const some = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([
      { url: all.url },
      {
        url: some.url,
        event_types: ['channel_occupied'],
        filter: { channel_name_starts_with: 'private-', channel_name_ends_with: '1' },
        batch_ms: 500,
      },
    ]);
    const ana = await host.connect();
    for (const channel of ['private-a1', 'b1', 'private-a2', 'private-b1']) await ana.join(channel);
    const { events } = await some.next();
    await until(() => all.words.length === 4, 'four at the other');
    assert.deepEqual(events.map(({ channel }) => channel), ['private-a1', 'private-b1']);
    assert.ok(all.requests.every(({ events: of }) => of.length === 1));
  });

  test('are changed by SIGHUP: a changed URL keeps what waits, a removed one drops it', async () => {
    const before = await WebhookReceiver.start(ENV, () => 500);
    const after = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: before.url }, { url: `${before.url}?second` }]);
    const ana = await host.connect();
    await ana.join('a');
    await until(() => before.requests.length >= 2, 'both were tried');

    host.setWebhooks([{ url: after.url }]);
    await host.reload();
    await after.nextEvent('channel_occupied', 'a');
    assert.equal((await host.endpoints()).length, 1);
    assert.equal(readdirSync(path.join(host.dir, 'spool')).filter((name) => name.endsWith('.spool')).length, 1);
    await ana.join('b');
    await after.nextEvent('channel_occupied', 'b');

    host.setWebhooks([{ lambda: {} }]);
    host.children.webhookd.kill('SIGHUP');
    await until(() => /config invalid.*AWS Lambda/.test(host.log('webhookd')), 'the refusal');
    await ana.join('c');
    await after.nextEvent('channel_occupied', 'c');
  });

  test('are none: both programs are idle, and nothing is made on disk', async () => {
    const host = await WebhookHost.start([]);
    const ana = await host.connect();
    await ana.join('a');
    assert.deepEqual(await host.endpoints(), []);
    assert.ok(!readdirSync(host.dir).includes('spool'));
    assert.match(await host.pregonctl('webhook', 'list'), /no webhook is configured/);
    await assert.rejects(host.pregonctl('webhook', 'test'), { code: 1 });
    host.children.webhookd.kill('SIGTERM');
    assert.deepEqual(await host.children.webhookd.gone, { code: 0, signal: null });
  });

  test('are listed, tested and sent again by pregonctl', async () => {
    let status = 419;
    const receiver = await WebhookReceiver.start(ENV, () => ({ status, body: 'Page Expired\nsecond line' }));
    const host = await WebhookHost.start([{ url: `${receiver.url}?token=hush` }]);
    const failed = await host.pregonctl('webhook', 'test').catch(({ code, stdout }) => ({ code, stdout }));
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /HTTP 419 after \d+ ms: Page Expired\n +419: the route is not exempt/);
    assert.ok(!failed.stdout.includes('hush'));
    assert.deepEqual(receiver.requests[0].events, [{ name: 'channel_occupied', channel: 'pregon-test' }]);
    assertAccepted(receiver.requests[0]);

    const ana = await host.connect();
    await ana.join('a');
    await until(async () => (await host.endpoints())[0].failures >= 2, 'two failures');
    const [listed] = await host.endpoints();
    assert.equal(listed.waiting, 1);
    assert.equal(listed.last, 'HTTP 419');
    assert.match(await host.pregonctl('webhook', 'list'), /HTTP 419 +in \d+ s/);
    status = 200;
    assert.match(await host.pregonctl('webhook', 'resend'), /^1 events wait for 1 webhooks/);
    await until(async () => (await host.endpoints())[0].waiting === 0, 'delivered');
    assert.match(await host.pregonctl('webhook', 'test', '--app', ENV.APP_ID), /HTTP 200/);
    await assert.rejects(host.pregonctl('webhook', 'test', '--app', 'none'), { code: 1 });
  });

  test('lie on disk for their own user alone', async () => {
    const receiver = await WebhookReceiver.start(ENV, () => 500);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    const ana = await host.connect();
    await ana.join('private-secret-name');
    await receiver.next();
    const spool = path.join(host.dir, 'spool');
    assert.equal(statSync(spool).mode & 0o777, 0o700);
    for (const name of readdirSync(spool)) assert.equal(statSync(path.join(spool, name)).mode & 0o777, 0o600, name);
    const [file] = readdirSync(spool).filter((name) => name.endsWith('.spool'));
    assert.ok(readFileSync(path.join(spool, file)).includes('private-secret-name'));
  });
});
