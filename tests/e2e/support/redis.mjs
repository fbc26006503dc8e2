// SPDX-License-Identifier: MIT
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { PATIENCE_MS, until } from './inbox.mjs';
import { reservePort } from './ports.mjs';

const run = promisify(execFile);

/** A Redis (or, with `--sentinel`, a Sentinel) of the test's own, in a folder of its own. */
export class RedisServer {
  static #running = new Set();

  /** `lines` of its configuration besides the port; `clientArguments` of redis-cli. */
  constructor({ port, password = '', lines = [], options = [], clientArguments = [], wrap = [] }) {
    Object.assign(this, { port, password, lines, options, clientArguments, wrap });
    this.dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-redis-'));
  }

  static async start(settings = {}) {
    const port = settings.port ?? (await reservePort());
    const server = new RedisServer({ ...settings, port });
    await server.start();
    return server;
  }

  async start() {
    const file = path.join(this.dir, 'redis.conf');
    writeFileSync(
      file,
      [`port ${this.port}`, ...(this.password ? [`requirepass "${this.password}"`] : []), `dir ${this.dir}`, 'save ""', 'appendonly no', ...this.lines, ''].join('\n'),
    );
    const [command, ...before] = [...this.wrap, 'redis-server'];
    this.process = spawn(command, [...before, file, ...this.options], { stdio: 'ignore' });
    RedisServer.#running.add(this);
    this.process.on('exit', () => RedisServer.#running.delete(this));
    await until(() => this.answers(), `redis of port ${this.port} answers`);
  }

  async answers() {
    const reply = await this.ask('PING').catch((error) => String(error));
    return reply.trim() === 'PONG';
  }

  /** What redis-cli prints. */
  async ask(...words) {
    const [command, ...before] = [...this.wrap, 'redis-cli'];
    const connection = this.clientArguments.length ? this.clientArguments : ['-p', String(this.port)];
    const { stdout } = await run(command, [...before, ...connection, ...words], {
      timeout: PATIENCE_MS,
      env: { ...process.env, ...(this.password && { REDISCLI_AUTH: this.password }) },
    });
    return stdout;
  }

  /** As the kernel would; returns when it is gone. */
  async kill(signal = 'SIGKILL') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await gone;
  }

  async remove() {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  static endAll() {
    for (const { process: child } of RedisServer.#running) child.kill('SIGKILL');
  }
}

process.on('exit', () => RedisServer.endAll());

/** A private key and a certificate for 127.0.0.1 in `dir`, signed by themselves. */
export function makeCertificate(dir) {
  const key = path.join(dir, 'key.pem');
  const certificate = path.join(dir, 'certificate.pem');
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
      .concat(['-keyout', key, '-out', certificate, '-subj', '/CN=redis.test'])
      .concat(['-addext', 'subjectAltName=IP:127.0.0.1']),
    { stdio: 'ignore' },
  );
  return { key, certificate, text: readFileSync(certificate, 'utf8') };
}
