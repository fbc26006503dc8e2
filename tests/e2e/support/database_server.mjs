// SPDX-License-Identifier: MIT
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY, behindEachFront, withStack } from './stack.mjs';

const SCRIPT = path.join(REPOSITORY, 'tests/database');
const run = promisify(execFile);

/** The names that tests/database knows, with what people call them. */
export const DATABASES = { postgresql: 'PostgreSQL', mariadb: 'MariaDB' };

/** The URL of the server that tests/with-databases runs. */
export function sharedServer(kind) {
  const url = process.env[`TEST_${kind.toUpperCase()}`];
  if (!url) throw new Error(`no ${DATABASES[kind]}: run this by tests/with-databases`);
  return url;
}

/** The same group of tests behind each web server with a SQLite store, and on each server behind one. */
export function onEachStore(title, define, options = {}) {
  behindEachFront(`${title}, on SQLite`, define, options);
  for (const [kind, name] of Object.entries(DATABASES))
    withStack(`${title}, on ${name}`, 'nginx', define, {
      ...options,
      database: sharedServer(kind),
    });
}

/** The rows of a statement, each an array of texts; of any database of a stack. */
export async function query(url, sql) {
  const { stdout } = await run(SCRIPT, ['query', url, sql], { maxBuffer: 1 << 26 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** A database server of a test's own, for a test that takes it away. */
export class DatabaseServer {
  static #open = new Set();

  constructor(kind) {
    this.kind = kind;
    this.dir = mkdtempSync(`/tmp/pregon-db-`); // short: see tests/database
    DatabaseServer.#open.add(this);
  }

  static async start(kind) {
    const server = new DatabaseServer(kind);
    await server.start();
    return server;
  }

  /** Returns when it answers. */
  async start() {
    this.url = (await this.#command('start')).trim();
  }

  /** As an administrator would. Returns when it has ended. */
  async stop() {
    await this.#command('stop');
  }

  /** As a crash would. Returns when it has ended. */
  async kill() {
    await this.#command('kill');
  }

  /** As a host that hangs: connections stay, and nobody answers. */
  async pause() {
    await this.#command('pause');
  }

  async resume() {
    await this.#command('resume');
  }

  async remove() {
    await this.kill();
    DatabaseServer.#open.delete(this);
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #command(word) {
    const { stdout } = await run(SCRIPT, [word, this.kind, this.dir], { timeout: 120000 });
    return stdout;
  }

  /** A test process that ends early leaves nothing running. */
  static killAll() {
    for (const { kind, dir } of DatabaseServer.#open) {
      execFileSync(SCRIPT, ['kill', kind, dir], { stdio: 'ignore' });
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

process.on('exit', () => DatabaseServer.killAll());
