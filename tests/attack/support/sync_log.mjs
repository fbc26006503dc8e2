// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProgramsWith } from './preloaded.mjs';

const SOURCE = fileURLToPath(new URL('count_syncs.c', import.meta.url));

/** What pregon-fcgi syncs of its SQLite store, seen by a library that is preloaded into it. */
export class SyncLog {
  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-syncs-'));
    const library = path.join(this.folder, 'count_syncs.so');
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, SOURCE]);
    this.log = path.join(this.folder, 'log');
    this.fault = path.join(this.folder, 'fault');
    this.programs = new ProgramsWith('pregon-fcgi', {
      LD_PRELOAD: library,
      SYNC_LOG: this.log,
      SYNC_WATCH: '/pregon.db',
      SYNC_FAULT: this.fault,
    });
  }

  /** How many have succeeded so far. */
  count() {
    return this.#lines().filter((line) => / 0 /.test(line)).length;
  }

  /** How many have failed so far. */
  failures() {
    return this.#lines().filter((line) => !/ 0 /.test(line)).length;
  }

  /** The disk fails from here on, until `mend`. */
  break() {
    writeFileSync(this.fault, '');
  }

  mend() {
    rmSync(this.fault, { force: true });
  }

  remove() {
    this.programs.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #lines() {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').split('\n').filter(Boolean) : [];
  }
}
