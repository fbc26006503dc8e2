// SPDX-License-Identifier: MIT

// GET /up?check=store: whether payments can be stored and get through, on stores that fail for real.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { DATABASES, DatabaseServer, query } from './support/database_server.mjs';
import { heldStore } from './support/holding.mjs';
import { until } from './support/inbox.mjs';
import { pay, paymentNotice, postNotification } from './support/payments.mjs';
import { logged } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { postEvent } from './support/signing.mjs';
import { Stack, behindEachFront, withStack } from './support/stack.mjs';
import { sql } from './support/store.mjs';

const THREADS = 4;
const SETTINGS = { PREGON_FCGI_THREADS: String(THREADS), PREGON_DATABASE_TIMEOUT_MS: '1000' };
const WELL = { health: 'OK', store: 'OK', outbox_seconds: 0 };
const FAILED = { health: 'ERROR', store: 'ERROR' };

const check = (stack) => request(stack.env, '/up?check=store');

/** The worker is well all the time, so the plain question is answered so, and events go on. */
async function othersGoOn(stack) {
  assert.equal((await request(stack.env, '/up')).status, 200);
  assert.equal((await postEvent(stack.env, { name: 'a', channel: 'b', data: 1 })).status, 200);
}

async function says(stack, status, body) {
  const answer = await until(async () => {
    const given = await check(stack);
    return given.status === status && given;
  }, `the check says ${status}`);
  assert.deepEqual(answer.body, body);
  await othersGoOn(stack);
}

behindEachFront('the question for the store', (stack) => {
  test('is answered with what it has found, by GET and by HEAD', async () => {
    const { status, body } = await check(stack);
    assert.deepEqual([status, body], [200, WELL]);
    const head = await request(stack.env, '/up?check=store', { method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.deepEqual((await request(stack.env, '/up')).body, { health: 'OK' });
  });

  test('by another name is 400', async () => {
    assert.equal((await request(stack.env, '/up?check=database')).status, 400);
  });
});

withStack(
  'the outbox',
  'nginx',
  (stack) => {
    test('503 while an entry has waited for more than 30 s', async () => {
      await stack.stop('worker');
      assert.deepEqual((await check(stack)).body, WELL);
      await pay(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A));
      const short = await check(stack);
      assert.equal(short.status, 200);
      sql(stack, `UPDATE pregon_outbox SET created_at = datetime(created_at, '-40 seconds');`);
      const long = await until(async () => {
        const answer = await check(stack);
        return answer.status === 503 && answer;
      }, '503');
      assert.deepEqual({ ...long.body, outbox_seconds: null }, { health: 'ERROR', store: 'OK', outbox_seconds: null });
      assert.ok(long.body.outbox_seconds > 30);
      assert.equal(long.headers.get('retry-after'), '1');
      await logged(stack, 'fcgi', /outbox held up seconds=\d+/);
      await stack.start('worker');
      await says(stack, 200, WELL);
    });
  },
  { settings: SETTINGS },
);

withStack(
  'a SQLite store that another process keeps locked',
  'nginx',
  (stack) => {
    let held;
    afterEach(() => held?.letGo());

    test('503, and any number of questions keeps nothing else waiting', async () => {
      held = await heldStore(`${stack.dir}/pregon.db`);
      let goesOn = true;
      const asking = Promise.all(Array.from({ length: 8 * THREADS }, () => check(stack))).finally(() => (goesOn = false));
      do {
        await othersGoOn(stack);
      } while (goesOn);
      for (const { status, body } of await asking) assert.deepEqual([status, body], [503, FAILED]);
      await logged(stack, 'fcgi', /store check failed reason=/);
      await held.letGo();
      await says(stack, 200, WELL);
    });
  },
  { settings: SETTINGS },
);

const skip = process.getuid() !== 0 && 'NOT RUN: a small file system is mounted by root';
describe('a SQLite store on a file system of its own', { skip }, () => {
  let folder, stack;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=0755', 'tmpfs', folder]);
    stack = new Stack('nginx', { database: `sqlite:${folder}/pregon.db`, settings: SETTINGS });
    await stack.up();
  });
  after(async () => {
    await stack?.down();
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  const post = () => postNotification(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A));

  test('503 while it is full', async () => {
    await says(stack, 200, WELL);
    const filler = path.join(folder, 'filler');
    assert.throws(() => writeFileSync(filler, Buffer.alloc(4 << 20)), /ENOSPC/);
    await says(stack, 503, FAILED);
    assert.equal((await post()).status, 503);
    rmSync(filler);
    await says(stack, 200, WELL);
    assert.equal((await post()).status, 201);
  });

  test('503 while it can only be read', async () => {
    const remount = (how) => execFileSync('mount', ['-o', `remount,${how}`, folder]);
    await stack.stop('fcgi');
    remount('ro');
    try {
      await stack.start('fcgi');
      await says(stack, 503, FAILED);
      assert.equal((await post()).status, 503);
    } finally {
      remount('rw');
    }
    await says(stack, 200, WELL);
    assert.equal((await post()).status, 201);
  });
});

for (const [kind, name] of Object.entries(DATABASES))
  describe(`a ${name}`, () => {
    let server, stack;
    before(async () => {
      server = await DatabaseServer.start(kind);
      stack = await new Stack('nginx', { database: server.url, settings: SETTINGS }).up();
    });
    after(async () => {
      await server?.resume();
      await stack?.down();
      await server?.remove();
    });

    test('503 while it hangs', async () => {
      await says(stack, 200, WELL);
      await server.pause();
      await says(stack, 503, FAILED);
      await server.resume();
      await says(stack, 200, WELL);
    });

    test('503 while it is away', async () => {
      await server.stop();
      await says(stack, 503, FAILED);
      await server.start();
      await says(stack, 200, WELL);
    });

    if (kind === 'postgresql')
      test('503 while it is read-only, as a standby', async () => {
        const [, name] = /\/(\w+)\?/.exec(stack.values().PREGON_DATABASE);
        const change = async (how) => {
          await query(server.url, `ALTER DATABASE ${name} ${how}`);
          await query(server.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
        };
        await change('SET default_transaction_read_only = on');
        await says(stack, 503, FAILED);
        await change('RESET default_transaction_read_only');
        await says(stack, 200, WELL);
      });
  });
