// SPDX-License-Identifier: MIT
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { FastcgiConnection, fastcgiRequest } from './fastcgi.mjs';
import { until } from './inbox.mjs';
import { BUILD, REPOSITORY } from './stack.mjs';

const run = promisify(execFile);

/** The copies of etc/supervisor/pregon-instances.conf under a supervisor of their own. */
export class Copies {
  numbers = [1, 2];
  #supervisor = null;

  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-sv-'));
    this.config = path.join(this.folder, 'etc/pregon.env');
  }

  /** Returns when all are well. */
  async start(settings) {
    for (const name of ['run', 'log', 'etc']) mkdirSync(path.join(this.folder, name));
    const values = {
      PREGON_DRAIN_SECONDS: '0',
      PREGON_DATABASE: `sqlite:${this.folder}/pregon.db`,
      PREGON_CHANNELS: `${REPOSITORY}/etc/channels.json`,
      ...settings,
    };
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.config, lines.join(''), { mode: 0o600 });
    const main = path.join(this.folder, 'supervisord.conf');
    const own = ['[supervisord]', 'nodaemon=true', `pidfile=${this.folder}/pid`];
    own.push(`logfile=${this.folder}/supervisord.log`, this.#shipped());
    writeFileSync(main, own.join('\n'));
    this.#supervisor = spawn('supervisord', ['-c', main], { stdio: 'ignore' });
    for (const copy of this.numbers) await until(() => this.isWell(copy), `copy ${copy} is well`);
  }

  #shipped() {
    return readFileSync(path.join(REPOSITORY, 'etc/supervisor/pregon-instances.conf'), 'utf8')
      .replaceAll('/usr/bin/', `${BUILD}/`)
      .replaceAll('/etc/pregon', `${this.folder}/etc`)
      .replaceAll('/run/pregon-webhookd', `${this.folder}/run`)
      .replaceAll('/var/lib/pregon', `${this.folder}/lib`)
      .replaceAll('/run/pregon', `${this.folder}/run`)
      .replaceAll('/var/log/pregon', `${this.folder}/log`)
      .replaceAll(/^user=pregon(-webhookd)?$/gm, `user=${os.userInfo().username}`);
  }

  async stop() {
    const supervisor = this.#supervisor;
    supervisor?.kill('SIGTERM');
    await until(
      () => !supervisor || supervisor.exitCode !== null || supervisor.signalCode,
      'supervisord ends, and its programs with it',
    );
    rmSync(this.folder, { recursive: true, force: true });
  }

  socketOf(name, copy) {
    return path.join(this.folder, 'run', `${name}-${copy}.sock`);
  }

  log(name, copy) {
    return readFileSync(path.join(this.folder, 'log', `${name}-${copy}.log`), 'utf8');
  }

  /** The answer of a copy's responder, head and all. */
  async ask(copy, parameters, body) {
    const connection = new FastcgiConnection(this.socketOf('fcgi', copy));
    try {
      connection.write(fastcgiRequest(parameters, body));
      return (await connection.answersOf(1))[0] ?? '';
    } finally {
      connection.destroy();
    }
  }

  async isWell(copy) {
    const up = { REQUEST_METHOD: 'GET', REQUEST_URI: '/up' };
    return (await this.ask(copy, up).catch(() => '')).startsWith('Status: 200 ');
  }

  async status(copy) {
    return JSON.parse(await this.pregonctl(copy, 'status', '--json'));
  }

  /** What pregonctl prints about a copy's worker. */
  async pregonctl(copy, ...words) {
    const env = { ...process.env, PREGON_IPC_SOCKET: this.socketOf('worker', copy) };
    const all = ['--config', this.config, ...words];
    return (await run(path.join(BUILD, 'pregonctl'), all, { env })).stdout;
  }

  /** No worker can start until the function that this returns is called. */
  keepWorkersFromStarting() {
    const good = readFileSync(this.config, 'utf8');
    writeFileSync(this.config, `${good}PREGON_IPC_USERS=no-such-user\n`);
    return () => writeFileSync(this.config, good);
  }

  parentOf(pid) {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  }

  /** As the kernel would. */
  async killWorker(copy) {
    process.kill((await this.status(copy)).pid, 'SIGKILL');
  }
}
