// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './inbox.mjs';
import { BUILD } from './stack.mjs';

const PATIENCE_MS = 120000;

/** `FILE:LINE` of the first line of a file that contains `text`. */
export function lineOf(file, text) {
  const index = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, `${file} has no ${text}`);
  return `${file}:${index + 1}`;
}

/** What a program prints and exits with, whatever that is. */
export function outcomeOf(program, words, env = {}) {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: PATIENCE_MS };
    execFile(program, words, options, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

/** What `pregonctl doctor` says of a stack. */
export class Doctor {
  constructor(stack) {
    this.stack = stack;
    this.program = [path.join(BUILD, 'pregonctl')];
    this.env = {};
  }

  get webServerFile() {
    return path.join(this.stack.dir, this.stack.front === 'caddy' ? 'Caddyfile' : 'nginx.conf');
  }

  words(...more) {
    const url = more.includes('--url') || !this.stack.env.HTTP_URL ? [] : ['--url', this.stack.env.HTTP_URL];
    const config = ['--config', path.join(this.stack.dir, 'pregon.env')];
    return [...config, 'doctor', '--web-server', this.webServerFile, ...url, ...more];
  }

  async run(...more) {
    const [program, ...before] = this.program;
    const outcome = await outcomeOf(program, [...before, ...this.words(...more)], this.env);
    const said = outcome.stdout + outcome.stderr;
    assert(!said.includes(this.stack.env.APP_SECRET), 'the secret is never printed');
    return outcome;
  }

  /** The findings by the names of their checks. */
  async findings(...more) {
    const { code, stdout, stderr } = await this.run('--json', ...more);
    assert(stdout.startsWith('{'), stderr);
    const report = JSON.parse(stdout);
    assert.equal(code, report.green ? 0 : 1);
    return Object.fromEntries(report.findings.map((finding) => [finding.check, finding]));
  }

  /** Failures and warnings, as `check where`. */
  async complaints(...more) {
    return Object.values(await this.findings(...more)).filter(({ result }) =>
      ['failure', 'warning'].includes(result),
    );
  }

  /** Waits until a check says `result`, since a reload takes a moment; the finding. */
  async says(check, result, ...more) {
    let last;
    const isSo = async () => {
      last = (await this.findings(...more))[check];
      return last?.result === result;
    };
    await until(isSo, `doctor says ${result} to ${check}`).catch((error) => {
      error.message += `; it says ${JSON.stringify(last)}`;
      throw error;
    });
    return last;
  }

  /** Waits until nothing is wrong. */
  async isGreen(...more) {
    let last;
    const isSo = async () => {
      last = await this.complaints(...more);
      return last.length === 0;
    };
    await until(isSo, 'doctor is content').catch((error) => {
      error.message += `; it says ${JSON.stringify(last)}`;
      throw error;
    });
  }
}

/** Writes an application's `.env` for the stack, as reverb:install and Vite's template do. */
export function writeLaravelEnv(stack, changes = {}) {
  const url = new URL(stack.env.HTTP_URL);
  const values = {
    APP_NAME: 'Tienda',
    APP_URL: stack.env.HTTP_URL,
    BROADCAST_CONNECTION: 'reverb',
    REVERB_APP_ID: stack.env.APP_ID,
    REVERB_APP_KEY: stack.env.APP_KEY,
    REVERB_APP_SECRET: stack.env.APP_SECRET,
    REVERB_HOST: `"${url.hostname}"`,
    REVERB_PORT: url.port,
    REVERB_SCHEME: 'http',
    VITE_REVERB_APP_KEY: '"${REVERB_APP_KEY}"',
    VITE_REVERB_HOST: '"${REVERB_HOST}"',
    VITE_REVERB_PORT: '"${REVERB_PORT}"',
    VITE_REVERB_SCHEME: '"${REVERB_SCHEME}"',
    ...changes,
  };
  const file = path.join(stack.dir, 'laravel.env');
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  writeFileSync(file, `# of the application\n\n${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

/** Writes what Vite builds beside the application's `.env`; its file. */
export function writePageScript(stack, text) {
  const folder = path.join(stack.dir, 'public/build/assets');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'app-1.js');
  writeFileSync(file, text);
  return file;
}

export function removePageScript(stack) {
  rmSync(path.join(stack.dir, 'public'), { recursive: true });
}

/** nginx's files of a stack, changed for one test and put back afterwards. */
export class NginxFiles {
  #kept = new Map();

  constructor(stack) {
    this.stack = stack;
  }

  file(name) {
    return path.join(this.stack.dir, name === 'nginx.conf' ? name : `etc/nginx/pregon-${name}.conf`);
  }

  /** Replaces `from`, which must be there, and makes nginx read its files again. */
  change(name, from, to) {
    const file = this.file(name);
    const text = readFileSync(file, 'utf8');
    assert(from instanceof RegExp ? from.test(text) : text.includes(from), `${file}: ${from}`);
    if (!this.#kept.has(file)) this.#kept.set(file, text);
    writeFileSync(file, text.replace(from, to));
    this.reload();
    return file;
  }

  restore() {
    for (const [file, text] of this.#kept) writeFileSync(file, text);
    this.#kept.clear();
    this.reload();
  }

  reload() {
    process.kill(this.stack.pid('front'), 'SIGHUP');
  }
}
