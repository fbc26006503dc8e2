// SPDX-License-Identifier: MIT

// F10i: a clock that jumps a day ahead and back, or that was years behind, forgets no Idempotency-Key.
// build: plain, because libfaketime and a sanitizer both replace clock_gettime

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DATABASES, sharedServer } from '../e2e/support/database_server.mjs';
import { until } from '../e2e/support/inbox.mjs';
import { paymentNotice, postNotification } from '../e2e/support/payments.mjs';
import { Stack } from '../e2e/support/stack.mjs';
import { sql } from '../e2e/support/store.mjs';
import { ProgramsWith } from './support/preloaded.mjs';

/** The library that `faketime` preloads, for a program with threads. */
const library = () =>
  execFileSync('dpkg', ['-L', 'libfaketime'], { encoding: 'utf8' })
    .split('\n')
    .find((file) => file.endsWith('/libfaketimeMT.so.1'));

const STORES = { sqlite: 'SQLite', ...DATABASES };

for (const [kind, name] of Object.entries(STORES))
  describe(`a clock that jumps, on ${name}`, () => {
    let folder, programs, stack;
    before(async () => {
      folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-clock-'));
      setClock('+0');
      programs = new ProgramsWith('pregon-fcgi', {
        LD_PRELOAD: library(),
        FAKETIME_TIMESTAMP_FILE: clockFile(),
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1', // a clock that is set changes no steady clock
      });
      const settings = { BUILD: programs.folder };
      const database = kind === 'sqlite' ? null : sharedServer(kind);
      stack = await new Stack('nginx', { settings, database }).up();
    });
    after(async () => {
      await stack?.down();
      programs?.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    const clockFile = () => path.join(folder, 'offset');
    const setClock = (offset) => {
      writeFileSync(`${clockFile()}.new`, offset);
      renameSync(`${clockFile()}.new`, clockFile());
    };
    const post = (notice, key) =>
      postNotification(stack.env, stack.env.TOKEN_A, notice, { 'Idempotency-Key': key });
    const restart = async () => {
      await stack.stop('fcgi');
      await stack.start('fcgi');
    };

    /** Time enough for the relay, which looks at the outbox once a second, to do what it does then. */
    async function relayLooks(rounds = 2) {
      for (let i = 0; i < rounds; i++) {
        await post(paymentNotice(stack.env.DEVICE_A), `look-${Math.random()}`);
        await new Promise((resolve) => setTimeout(resolve, 1200));
      }
    }

    /** What time it is by the created_at of a notice, in milliseconds. */
    async function storedTime() {
      const { body } = await post(paymentNotice(stack.env.DEVICE_A), `time-${Math.random()}`);
      return new Date(body.notification.created_at).getTime();
    }

    async function isRecognized(notice, key, first) {
      const again = await post(notice, key);
      assert.equal(again.status, 201);
      assert.equal(again.headers.get('idempotent-replayed'), 'true');
      assert.equal(again.body.notification.id, first.body.notification.id);
    }

    const JUMPS = {
      'a day ahead and back': ['+0', '+26h', '+0'],
      'a year ahead and back, with a restart at each': ['+0', '+365d', '+0'],
      'from years behind to the right time, with a restart at each': ['-10y', '+0', '+0'],
      'from the right time to years behind and back': ['+0', '-10y', '+0'],
    };
    for (const [what, [first, then, last]] of Object.entries(JUMPS))
      test(`a repeat after a jump ${what} is recognized`, async () => {
        const mayRestart = async () => {
          if (what.includes('restart')) await restart();
        };
        const notice = paymentNotice(stack.env.DEVICE_A);
        const key = `key-${what}`;
        setClock(first);
        await mayRestart();
        const before = await storedTime();
        const stored = await post(notice, key);
        assert.equal(stored.status, 201);
        await until(() => sql(stack, 'SELECT count(*) FROM pregon_outbox WHERE published_at IS NULL') === '0', 'it is out');
        setClock(then);
        await mayRestart();
        const afterwards = await storedTime();
        assert.ok(Math.abs(afterwards - before) > 25 * 3600 * 1000, `${before} ${afterwards}: no jump`);
        await relayLooks();
        await isRecognized(notice, key, stored);
        setClock(last);
        await mayRestart();
        await relayLooks();
        await isRecognized(notice, key, stored);
      });
  });
