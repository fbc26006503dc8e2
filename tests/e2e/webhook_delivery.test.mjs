// SPDX-License-Identifier: MIT

// Webhooks and receivers that do not do as they should: docs/webhooks.md, pregon-webhookd(8).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { ENV, WebhookHost } from './support/webhook_host.mjs';
import { rawReceiver, WebhookReceiver } from './support/webhook_receiver.mjs';

const deliveriesOf = ({ requests }) => requests.map(({ headers }) => headers['x-pregon-delivery']);
const attemptsOf = ({ requests }) => requests.map(({ headers }) => Number(headers['x-pregon-attempt']));

async function joinAll(host, channels) {
  const socket = await host.connect();
  for (const channel of channels) await socket.join(channel);
  return socket;
}

async function waitingOf(host, number = 0) {
  return (await host.endpoints())[number].waiting;
}

describe('webhooks to receivers that fail', () => {
  afterEach(async () => {
    PusherSocket.closeAll();
    await WebhookReceiver.closeAll();
    await WebhookHost.endAll();
  });

  for (const status of [301, 302, 404, 419, 429, 500, 503])
    test(`${status}: sent again, the same bytes under the same id, and those behind it wait`, async () => {
      const receiver = await WebhookReceiver.start(ENV, (_, number) =>
        number === 0 ? { status, headers: { Location: '/login' } } : 200,
      );
      const host = await WebhookHost.start([{ url: receiver.url }]);
      await joinAll(host, ['a', 'b']);
      await until(() => receiver.words.length === 2, 'both');
      assert.deepEqual(receiver.words, ['channel_occupied a', 'channel_occupied b']);
      const [first, second] = receiver.requests;
      assert.equal(first.text, second.text);
      assert.deepEqual(attemptsOf(receiver), [1, 2, 1]);
      assert.equal(new Set(deliveriesOf(receiver)).size, 2);
      assert.ok(receiver.requests.every(({ url, isSigned }) => url === '/hook' && isSigned));
    });

  test('410: nothing more is sent until an operator asks for it; then the state of now', async () => {
    let status = 410;
    const receiver = await WebhookReceiver.start(ENV, () => status);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    const ana = await joinAll(host, ['a']);
    await until(async () => (await host.endpoints())[0].gone, 'gone');
    await ana.join('b');
    await until(async () => (await host.endpoints())[0].dropped_refused >= 2, 'dropped');
    assert.equal(receiver.requests.length, 1);
    assert.match(await host.pregonctl('webhook', 'list'), /never \(410\)/);
    status = 200;
    await host.pregonctl('webhook', 'resend');
    await ana.join('c');
    await until(() => receiver.words.length === 3, 'the states');
    assert.deepEqual(receiver.words.slice().sort(), ['a', 'b', 'c'].map((name) => `channel_occupied ${name}`));
  });

  test('Retry-After is honoured', async () => {
    const receiver = await WebhookReceiver.start(ENV, (_, number) =>
      number === 0 ? { status: 503, headers: { 'Retry-After': '100' } } : 200,
    );
    const host = await WebhookHost.start([{ url: receiver.url }]);
    await joinAll(host, ['a']);
    await until(async () => (await host.endpoints())[0].failures === 1, 'the failure');
    const [{ next_attempt_ms: wait }] = await host.endpoints();
    assert.ok(wait > 30000, `${wait}`);
    await host.pregonctl('webhook', 'resend');
    await until(() => receiver.words.length === 1, 'delivered');
  });

  const ODD = {
    'closes before it answers': (socket) => socket.destroy(),
    'answers half of a status line': (socket) => socket.end('HTTP/1.1 2'),
    'answers half of its body': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
    'answers what is not HTTP': (socket) => socket.end('hello\r\n\r\n'),
    'sends headers without end': (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20000)}`),
    'never answers': () => {},
    'never ends its answer': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'),
  };
  for (const [what, deal] of Object.entries(ODD))
    test(`that ${what}: sent again`, async () => {
      let requests = 0;
      const receiver = await rawReceiver((socket, text) => {
        if (!text.includes('{"time_ms"')) return;
        requests++;
        if (requests === 1) deal(socket);
        else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
      const host = await WebhookHost.start([{ url: receiver.url, timeout_ms: 1000 }]);
      await joinAll(host, ['a']);
      await until(async () => (await host.endpoints())[0].delivered === 1, 'delivered');
      const [{ failed_attempts: failed }] = await host.endpoints();
      assert.equal(failed, 1);
      assert.match(host.log('webhookd'), /webhook failed .*reason=/);
      assert.match(host.log('webhookd'), /webhook endpoint answers again/);
      await receiver.close();
    });

  const FINE = {
    'speaks HTTP/1.0': (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nthanks'),
    'answers more than is read': (socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(300000)}`),
    'answers 204': (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'),
    'says 100 first': (socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'),
  };
  for (const [what, deal] of Object.entries(FINE))
    test(`that ${what}: delivered once`, async () => {
      let requests = 0;
      const receiver = await rawReceiver((socket, text) => {
        if (!text.includes('{"time_ms"')) return;
        requests++;
        deal(socket);
      });
      const host = await WebhookHost.start([{ url: receiver.url }]);
      await joinAll(host, ['a']);
      await until(async () => (await host.endpoints())[0].delivered === 1, 'delivered');
      assert.equal(requests, 1);
      await receiver.close();
    });

  test('one that never answers holds up no other', async () => {
    const healthy = await WebhookReceiver.start(ENV);
    const hanging = await rawReceiver(() => {});
    const host = await WebhookHost.start([{ url: hanging.url, timeout_ms: 60000 }, { url: healthy.url }]);
    await joinAll(host, Array.from({ length: 50 }, (_, i) => `c${i}`));
    await until(() => healthy.words.length === 50, 'all at the healthy one');
    assert.equal(await waitingOf(host, 0), 50);
    await hanging.close();
  });

  test('one that was down gets everything, in order, once each', async () => {
    const probe = await WebhookReceiver.start(ENV);
    const { port, url } = probe;
    await probe.close();
    const host = await WebhookHost.start([{ url }]);
    const channels = Array.from({ length: 200 }, (_, i) => `c${i}`);
    await joinAll(host, channels);
    await until(async () => (await host.endpoints())[0].failures >= 2, 'failures');
    const receiver = await WebhookReceiver.start(ENV, () => 200, { port });
    await host.pregonctl('webhook', 'resend');
    await until(() => receiver.requests.length >= 200, 'all');
    assert.deepEqual(receiver.words, channels.map((name) => `channel_occupied ${name}`));
    assert.equal(receiver.requests.length, 200);
  });

  test('what is too old is dropped, and the state of now is told later', async () => {
    let status = 500;
    const receiver = await WebhookReceiver.start(ENV, () => status);
    const host = await WebhookHost.start([{ url: receiver.url, max_age: 1 }]);
    const ana = await joinAll(host, ['a']);
    await until(async () => (await host.endpoints())[0].dropped_too_old >= 1, 'dropped');
    status = 200;
    await host.pregonctl('webhook', 'resend');
    await ana.join('c');
    await until(() => receiver.words.length === 2, 'both');
    assert.deepEqual(receiver.words.slice().sort(), ['channel_occupied a', 'channel_occupied c']);
    assert.match(host.log('webhookd'), /webhooks dropped .*reason="older than max_age"/);
  });

  test('a certificate that is not trusted is refused, and one of an own authority is taken', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-tls-'));
    const files = { key: path.join(dir, 'key.pem'), cert: path.join(dir, 'cert.pem') };
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
      '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', files.key, '-out', files.cert], { stdio: 'ignore' });
    const tls = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
    const receiver = await WebhookReceiver.start(ENV, () => 200, { tls });
    const host = await WebhookHost.start([{ url: receiver.url }, { url: receiver.url, ca_file: files.cert }]);
    await joinAll(host, ['a']);
    await until(() => receiver.words.length === 1, 'delivered once');
    await until(async () => (await host.endpoints())[0].failures >= 1, 'refused');
    assert.equal((await host.endpoints())[1].delivered, 1);
    assert.equal(receiver.requests.length, 1);
    rmSync(dir, { recursive: true });
  });
});

describe('webhooks of programs that are killed', () => {
  afterEach(async () => {
    PusherSocket.closeAll();
    await WebhookReceiver.closeAll();
    await WebhookHost.endAll();
  });

  test('what was on disk is sent by the next run, under the same id', async () => {
    let isUp = false;
    const receiver = await WebhookReceiver.start(ENV, () => (isUp ? 200 : 500));
    const host = await WebhookHost.start([{ url: receiver.url }]);
    await joinAll(host, ['a', 'b']);
    await until(() => receiver.requests.length >= 2, 'tried');
    await host.kill('webhookd');
    isUp = true;
    await host.startWebhookd();
    await until(() => receiver.words.length === 2, 'delivered');
    assert.deepEqual(receiver.words, ['channel_occupied a', 'channel_occupied b']);
    const ids = deliveriesOf(receiver);
    assert.equal(ids[0], ids.at(-2));
  });

  test('what happens while pregon-webhookd is away waits in the worker', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    const ana = await joinAll(host, ['a']);
    await receiver.nextEvent('channel_occupied', 'a');
    await host.kill('webhookd');
    for (const channel of ['b', 'c']) await ana.join(channel);
    await until(() => /webhookd is away/.test(host.log('worker')), 'the complaint');
    await host.startWebhookd();
    await until(() => receiver.words.length === 3, 'delivered');
    assert.deepEqual(receiver.words, ['a', 'b', 'c'].map((name) => `channel_occupied ${name}`));
    await until(() => /webhookd is back/.test(host.log('worker')), 'the end of it');
  });

  test('a worker that is killed tells nothing twice, and ends what does not come back', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    const ana = await joinAll(host, ['stays', 'goes']);
    await until(() => receiver.words.length === 2, 'both');
    await host.kill('worker');
    await ana.closed;
    await host.startWorker();
    const again = await joinAll(host, ['stays']);
    await receiver.nextEvent('channel_vacated', 'goes'); // 30 s after the start
    await again.join('new');
    await receiver.nextEvent('channel_occupied', 'new');
    assert.deepEqual(receiver.words, [
      'channel_occupied stays',
      'channel_occupied goes',
      'channel_vacated goes',
      'channel_occupied new',
    ]);
  });

  test('a worker that stops in order loses nothing and tells no departure', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    await joinAll(host, ['a', 'b']);
    await host.kill('worker', 'SIGTERM');
    await host.startWorker();
    await joinAll(host, ['b', 'c']);
    await receiver.nextEvent('channel_occupied', 'c');
    assert.deepEqual(receiver.words, ['a', 'b', 'c'].map((name) => `channel_occupied ${name}`));
  });

  test('a spool that was torn is read up to there, and behind what is damaged', async () => {
    const receiver = await WebhookReceiver.start(ENV, () => 500);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    await joinAll(host, ['a', 'b', 'c']);
    await until(async () => (await waitingOf(host)) === 3, 'three wait');
    await until(() => receiver.requests.length > 0, 'an attempt: they are on disk');
    await host.kill('webhookd');
    const spool = path.join(host.dir, 'spool');
    const [name] = readdirSync(spool).filter((one) => one.endsWith('.spool'));
    const file = path.join(spool, name);
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('"channel":"b"') + 12] ^= 1;
    // Of the last record, which was never acknowledged, only the beginning was written.
    const torn = Buffer.from([80, 0, 0, 0, 2, 4, 0, 0, 0, 110]);
    writeFileSync(file, Buffer.concat([bytes, torn]));
    receiver.answer = () => 200;
    await host.startWebhookd();
    await until(() => receiver.words.includes('channel_occupied c'), 'the last one');
    assert.deepEqual(receiver.words, ['channel_occupied a', 'channel_occupied c']);
    assert.match(host.log('webhookd'), /webhook spool damaged .*bytes=\d+/);
  });

  test('a second pregon-webhookd does not touch the spool of the first', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url }]);
    const first = host.children.webhookd;
    host.reconfigure({ PREGON_WEBHOOK_SOCKET: path.join(host.dir, 'second.sock') });
    host.startProgram('webhookd');
    assert.equal((await host.children.webhookd.gone).code, 1);
    assert.match(host.log('webhookd'), /in use by another pregon-webhookd/);
    host.children.webhookd = first;
  });
});

describe('webhooks on a disk that is full', { skip: process.getuid() !== 0 && 'only root can mount a small disk' }, () => {
  let disk;
  before(() => {
    disk = mkdtempSync(path.join(os.tmpdir(), 'pregon-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    mkdirSync(path.join(disk, 'spool'), { mode: 0o700 });
  });
  after(async () => {
    PusherSocket.closeAll();
    await WebhookReceiver.closeAll();
    await WebhookHost.endAll();
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  test('nothing is lost, and all goes on when there is room again', async () => {
    const receiver = await WebhookReceiver.start(ENV);
    const host = await WebhookHost.start([{ url: receiver.url }], { PREGON_WEBHOOK_SPOOL: path.join(disk, 'spool') });
    const ana = await joinAll(host, ['a']);
    await receiver.nextEvent('channel_occupied', 'a');
    assert.throws(() => writeFileSync(path.join(disk, 'filler'), Buffer.alloc(1 << 20)), { code: 'ENOSPC' });
    const channels = Array.from({ length: 30 }, (_, i) => `c${i}-${'x'.repeat(150)}`);
    for (const channel of channels) await ana.join(channel);
    await until(() => /webhooks cannot be written .*No space left/.test(host.log('webhookd')), 'the complaint');
    rmSync(path.join(disk, 'filler'));
    await until(() => receiver.words.length === 31, 'all');
    assert.deepEqual(receiver.words.slice(1), channels.map((name) => `channel_occupied ${name}`));
    assert.match(host.log('webhookd'), /webhooks can be written again/);
  });
});
