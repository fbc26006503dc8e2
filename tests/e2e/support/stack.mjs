// SPDX-License-Identifier: MIT
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from './inbox.mjs';
import { request } from './request.mjs';

export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
export const BUILD = path.resolve(process.env.BUILD ?? path.join(REPOSITORY, 'build'));
const SCRIPT = path.join(REPOSITORY, 'tests/stack');
const COMMAND_TIMEOUT_MS = 300000;
const run = promisify(execFile);
/** On a busy machine a program that is well may take long to answer. */
export const PATIENT = { PREGON_WORKER_TIMEOUT_MS: '30000' };

/** The values of KEY=value lines; single quotes as a shell understands them. */
export function valuesOf(text) {
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const [, key, value] = /^(\w+)=(.*)$/.exec(line);
      return [key, value.replace(/^'(.*)'$/, '$1').replaceAll(`'\\''`, `'`)];
    }),
  );
}

/** The same of a file. */
export const readKeyValues = (file) => valuesOf(readFileSync(file, 'utf8'));

/** One running copy of the suite, made by tests/stack in a folder of its own. */
export class Stack {
  static #running = new Set();
  static #ended = 0;

  /** `database`: the URL of a server, for a database of the stack's own there; else SQLite. */
  constructor(front, { settings = {}, dir = null, database = null } = {}) {
    this.front = front;
    this.settings = { ...PATIENT, ...settings };
    this.database = database;
    this.dir = dir ?? mkdtempSync(path.join(os.tmpdir(), 'pregon-e2e-'));
  }

  async up(...options) {
    Stack.#running.add(this);
    const database = this.database ? ['--database', this.database] : [];
    await this.command('up', this.dir, '--front', this.front, ...database, ...options);
    this.env = readKeyValues(path.join(this.dir, 'stack.env'));
    return this;
  }

  /** Ends it; throws if a sanitizer complained. The logs stay behind in build/e2e-logs/. */
  async down() {
    Stack.#running.delete(this);
    try {
      await this.command('down', this.dir);
    } finally {
      this.#keepLogs();
    }
    if (!process.env.E2E_KEEP) rmSync(this.dir, { recursive: true, force: true });
  }

  /** The settings of the configuration in use. */
  values() {
    return readKeyValues(path.join(this.dir, 'pregon.env'));
  }

  /** Keeps a program (worker, fcgi, front) away until `start`. */
  async stop(program) {
    await this.command('stop', this.dir, program);
  }

  /** Returns when the program answers. */
  async start(program) {
    await this.command('start', this.dir, program);
  }

  pid(program) {
    return Number(readFileSync(path.join(this.dir, 'pid', program), 'utf8'));
  }

  /** Kills a program as the kernel would; `comesBack` waits for its successor. */
  kill(program) {
    const pid = this.pid(program);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Waits until another process than `oldPid` does the program's work. */
  async comesBack(program, oldPid) {
    await until(() => this.#hasSuccessor(program, oldPid), `${program} started again`);
    await until(() => this.isWell(), 'GET /up answers 200');
  }

  async isWell() {
    const answer = await request(this.env, '/up').catch(() => null);
    return answer?.status === 200;
  }

  #hasSuccessor(program, oldPid) {
    try {
      return this.pid(program) !== oldPid && process.kill(this.pid(program), 0);
    } catch {
      return false;
    }
  }

  /** What `pregonctl status --json` says. */
  async workerStatus() {
    return JSON.parse(await this.pregonctl('status', '--json'));
  }

  /** What pregonctl prints with the stack's configuration. */
  async pregonctl(...words) {
    const { stdout } = await run(
      path.join(BUILD, 'pregonctl'),
      ['--config', path.join(this.dir, 'pregon.env'), ...words],
      { timeout: COMMAND_TIMEOUT_MS },
    );
    return stdout;
  }

  /** What a program (worker, fcgi) has logged so far. */
  log(program) {
    return readFileSync(path.join(this.dir, 'log', `${program}.log`), 'utf8');
  }

  /** What `tests/stack` prints; an error with all of it if it fails. */
  async command(...words) {
    const env = { ...process.env, BUILD, ...this.settings };
    const { stdout } = await run(SCRIPT, words, { env, timeout: COMMAND_TIMEOUT_MS });
    return stdout;
  }

  #keepLogs() {
    if (!existsSync(path.join(this.dir, 'log'))) return;
    const tests = path.join(REPOSITORY, 'tests/e2e');
    const scenario = path.relative(tests, process.argv[1] ?? 'run').replace(/^\.\.\/|\.test\.mjs$/g, '');
    Stack.#ended += 1;
    const target = path.join(BUILD, 'e2e-logs', `${scenario.replaceAll('/', '-')}-${this.front}-${Stack.#ended}`);
    rmSync(target, { recursive: true, force: true });
    cpSync(path.join(this.dir, 'log'), target, { recursive: true, force: true });
  }

  /** A test process that ends early leaves nothing running. */
  static endAll() {
    for (const { dir } of Stack.#running) {
      try {
        execFileSync(SCRIPT, ['down', dir], { stdio: 'ignore', timeout: COMMAND_TIMEOUT_MS });
      } catch (error) {
        console.error(`${dir}: ${error.message}`);
      }
    }
  }
}

process.on('exit', () => Stack.endAll());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** The web servers to test behind: both, or those in E2E_FRONTS. */
export const FRONTS = (process.env.E2E_FRONTS ?? 'nginx,caddy').split(',');

/** A group of tests with a stack of their own, which `define` gets. */
export function withStack(title, front, define, options) {
  describe(`${title}, behind ${front}`, () => {
    const stack = new Stack(front, options);
    before(() => stack.up());
    after(() => stack.down());
    define(stack);
  });
}

/** The same group of tests behind each web server. */
export function behindEachFront(title, define, options) {
  for (const front of FRONTS) withStack(title, front, define, options);
}
