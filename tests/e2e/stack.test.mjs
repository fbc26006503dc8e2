// SPDX-License-Identifier: MIT

// starts early, because it starts one stack after the other

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { publisher } from './support/clients.mjs';
import { until, within } from './support/inbox.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { pregonctl } from './support/pregonctl.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { RedisServer } from './support/redis.mjs';
import { request } from './support/request.mjs';
import { behindEachFront, BUILD, readKeyValues, REPOSITORY, Stack } from './support/stack.mjs';

const CONTRACT = [
  'HTTP_URL',
  'WS_URL',
  'APP_ID',
  'APP_KEY',
  'APP_SECRET',
  'COMMERCE_A',
  'TOKEN_A',
  'DEVICE_A',
  'COMMERCE_B',
  'TOKEN_B',
  'DEVICE_B',
  'LOG_DIR',
];

/** False too for a process that has ended and is not yet reaped. */
function isAlive(pid) {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

behindEachFront('tests/stack', (stack) => {
  const file = (name) => path.join(stack.dir, name);

  test('stack.env has what other tools read, for a shell too', () => {
    for (const key of CONTRACT) assert.ok(stack.env[key], key);
    assert.match(stack.env.WS_URL, /^ws:\/\/127\.0\.0\.1:\d+$/);
    const shown = execFileSync('sh', [
      '-c',
      '. "$1"; printf %s "$TOKEN_A|$DEVICE_B"',
      'sh',
      file('stack.env'),
    ]);
    assert.equal(shown.toString(), `${stack.env.TOKEN_A}|${stack.env.DEVICE_B}`);
  });

  test('files with secrets are for their owner only', () => {
    for (const name of ['stack.env', 'pregon.env', 'keys.env', 'demo.env', 'pregon.db']) {
      assert.equal(statSync(file(name)).mode & 0o077, 0, name);
    }
  });

  test('DIR/pid names the processes at work', () => {
    for (const [name, command] of [
      ['worker', 'pregon-worker'],
      ['fcgi', 'pregon-fcgi'],
      ['webhookd', 'pregon-webhookd'],
      ['front', stack.front],
    ]) {
      assert.ok(readFileSync(`/proc/${stack.pid(name)}/cmdline`, 'utf8').includes(command), name);
    }
  });

  test('a second up of the same folder is refused', async () => {
    await assert.rejects(stack.command('up', stack.dir), /already up/);
    assert.ok(await stack.isWell());
  });

  test('down ends every process, up keeps store, keys and tokens', async () => {
    const { env } = stack;
    const payment = await pay(env, env.TOKEN_A, paymentNotice(env.DEVICE_A));
    const pids = ['worker', 'fcgi', 'webhookd', 'front', 'supervisord'].map((name) => stack.pid(name));
    assert.deepEqual(pids.filter(isAlive), pids);

    await stack.command('down', stack.dir);
    assert.deepEqual(pids.filter(isAlive), []);
    assert.equal(readdirSync(stack.dir).includes('stack.env'), false);

    await stack.up();
    for (const key of ['APP_ID', 'APP_KEY', 'APP_SECRET', 'TOKEN_A', 'DEVICE_A'])
      assert.equal(stack.env[key], env[key]);
    const { body } = await request(stack.env, '/api/notifications', {
      headers: { Authorization: `Bearer ${env.TOKEN_A}` },
    });
    assert.equal(body.data[0].id, payment.id);
  });

  test('a setting from the environment becomes part of the configuration', async () => {
    await stack.command('down', stack.dir);
    stack.settings = { REVERB_APP_MAX_CONNECTIONS: '1', PREGON_WS_LISTEN: 'unix:/nowhere' };
    await stack.up();

    assert.equal(readKeyValues(file('pregon.env')).REVERB_APP_MAX_CONNECTIONS, '1');
    const first = await PusherSocket.connect(stack.env);
    assert.equal((await new PusherSocket(stack.env).ended()).code, 4004);
    await first.close();
  });

  test('the page is served with a strict policy, its demo data uncached', async () => {
    const page = await request(stack.env, '/demo.json');
    assert.equal(page.status, 200);
    assert.equal(page.body.appKey, stack.env.APP_KEY);
    assert.match(page.headers.get('content-type'), /^application\/json/);
    assert.match(page.headers.get('cache-control') ?? '', /no-cache|no-store/);
    const policy = page.headers.get('content-security-policy') ?? '';
    for (const part of [`default-src 'none'`, `script-src 'self'`, `frame-ancestors 'none'`]) {
      assert.ok(policy.includes(part), part);
    }
  });

  test("no other file of the store's folder is served", async () => {
    for (const name of [
      'pregon.db',
      'pregon.env',
      'keys.env',
      '..%2fpregon.env',
      '%2e%2e/pregon.env',
    ]) {
      assert.equal(
        /REVERB_APP_SECRET|SQLite/.test((await request(stack.env, `/${name}`)).text),
        false,
        name,
      );
    }
  });
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`run says how to use it and ends all of it on ${signal}`, async (t) => {
    const stack = new Stack('nginx');
    t.after(() => stack.down());
    const running = spawn(path.join(REPOSITORY, 'tests/stack'), ['run', stack.dir], {
      env: { ...process.env, BUILD },
    });
    t.after(() => running.kill('SIGKILL'));
    const ended = new Promise((resolve) => running.on('close', resolve));
    let text = '';
    const ready = new Promise((resolve) =>
      running.stdout.on('data', (bytes) => {
        text += bytes;
        if (text.includes('Ctrl-C')) resolve();
      }),
    );
    await within(ready, 'run is ready');
    const pids = ['worker', 'fcgi', 'webhookd', 'front', 'supervisord'].map((name) => stack.pid(name));

    const [curl] = /^ *curl [^]*?\n\n/m.exec(text);
    const answer = await promisify(execFile)('sh', ['-c', curl]);
    assert.match(answer.stdout, /^HTTP\/1\.1 201/);
    assert.match(
      text,
      new RegExp(readKeyValues(path.join(stack.dir, 'stack.env')).PAGE_URL || 'Page'),
    );

    running.kill(signal);
    assert.equal(await within(ended, 'run has ended'), 0);
    assert.deepEqual(pids.filter(isAlive), []);
  });
}

for (const front of ['nginx', 'caddy'])
  test(`three workers over a Redis behind ${front} are one stack`, async (t) => {
    const redis = await RedisServer.start({ password: 'of-the-stack' });
    const stack = new Stack(front);
    t.after(async () => {
      PusherSocket.closeAll();
      await stack.down();
      await redis.remove();
    });
    await stack.up('--redis', `redis://:of-the-stack@127.0.0.1:${redis.port}/1`, '--workers', '3');
    const sockets = stack.values().PREGON_WORKER_SOCKETS.split(',');
    const counts = async () => {
      const told = sockets.map((socket) => pregonctl(['--config', path.join(stack.dir, 'pregon.env'), 'status', '--json'], { env: { ...process.env, PREGON_IPC_SOCKET: socket } }));
      return (await Promise.all(told)).map(({ stdout }) => JSON.parse(stdout).connections);
    };
    const clients = [];
    for (let i = 0; i < 9; i++) clients.push(await PusherSocket.connect(stack.env));
    for (const client of clients) await client.join('news');
    assert.deepEqual(await counts(), [3, 3, 3]);
    await publisher(stack.env).trigger('news', 'hello', {});
    for (const client of clients) await client.next('hello');

    const pids = [stack.pid('worker'), stack.pid('2/worker'), stack.pid('3/worker'), stack.pid('fcgi')];
    assert.ok(pids.every(isAlive));
    await stack.stop('worker-2');
    await until(async () => clients.filter(({ ws }) => ws.readyState === ws.CLOSED).length === 3, 'its clients are closed');
    const again = await PusherSocket.connect(stack.env);
    await stack.start('worker-2');
    await again.join('news');
    await publisher(stack.env).trigger('news', 'again', {});
    await again.next('again');
    PusherSocket.closeAll();
    await stack.command('down', stack.dir);
    assert.deepEqual(pids.filter(isAlive), []);
  });

const REFUSED = [
  [['--redis', '127.0.0.1'], /redis:/],
  [['--workers', '2'], /--redis/],
  [['--workers', '0', '--redis', 'redis://127.0.0.1'], /1 to 99/],
  [['--database', 'postgresql://127.0.0.1/x'], /no database could be made/],
  [['--front', 'apache'], /nginx, caddy or none/],
  [['--port', '99999'], /65535/],
];
for (const [options, reason] of REFUSED) {
  test(`tests/stack up ${options.join(' ')} is refused with the reason`, async (t) => {
    const stack = new Stack('nginx');
    t.after(() => stack.down());
    await assert.rejects(stack.command('up', stack.dir, ...options), reason);
  });
}

test('a folder whose name is too long for sockets works', async (t) => {
  const outer = mkdtempSync(path.join(os.tmpdir(), 'pregon-e2e-'));
  const stack = new Stack('nginx', { dir: path.join(outer, 'x'.repeat(100)) });
  t.after(async () => {
    await stack.down();
    rmSync(outer, { recursive: true });
  });
  await stack.up();
  assert.ok(await stack.isWell());
});

test('every line of etc/pregon.env is a setting with a valid default', (t) => {
  const stack = new Stack('none');
  const text = readFileSync(path.join(REPOSITORY, 'etc/pregon.env'), 'utf8')
    .replace(/^#(?=[A-Z_]+=)/gm, '')
    .replaceAll('/etc/pregon/', `${REPOSITORY}/etc/`)
    .replace(/^(REVERB_APP_(?:ID|KEY|SECRET))=$/gm, '$1=x');
  const file = path.join(stack.dir, 'pregon.env');
  writeFileSync(file, text);
  t.after(() => stack.down());
  execFileSync(path.join(BUILD, 'pregonctl'), ['--config', file, 'check'], { stdio: 'pipe' });
});
