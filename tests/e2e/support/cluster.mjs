// SPDX-License-Identifier: MIT
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { FastcgiConnection, fastcgiRequest } from './fastcgi.mjs';
import { PATIENCE_MS, until } from './inbox.mjs';
import { pregonctl } from './pregonctl.mjs';
import { PusherSocket } from './pusher_socket.mjs';
import { signedResource } from './signed_request.mjs';
import { BUILD, PATIENT, REPOSITORY } from './stack.mjs';

const run = promisify(execFile);

/** One pregon-worker and one pregon-fcgi in front of it, as they are on one host. */
export class Host {
  /** `wrap`: words before each command, such as `ip netns exec NAME`. */
  constructor(dir, env, settings, wrap = []) {
    Object.assign(this, { dir, env, settings, wrap });
    this.programs = { worker: path.join(BUILD, 'pregon-worker'), fcgi: path.join(BUILD, 'pregon-fcgi') };
    this.ws = path.join(dir, 'ws.sock');
    this.fcgi = path.join(dir, 'fcgi.sock');
    this.children = {};
    mkdirSync(dir, { recursive: true });
    copyFileSync(path.join(REPOSITORY, 'etc/channels.json'), path.join(dir, 'channels.json'));
    this.#configure();
  }

  #configure() {
    const values = {
      REVERB_APP_ID: this.env.APP_ID,
      REVERB_APP_KEY: this.env.APP_KEY,
      REVERB_APP_SECRET: this.env.APP_SECRET,
      REVERB_SCALING_ENABLED: 'true',
      PREGON_WS_LISTEN: `unix:${this.ws}`,
      PREGON_IPC_SOCKET: path.join(this.dir, 'worker.sock'),
      PREGON_FCGI_LISTEN: `unix:${this.fcgi}`,
      PREGON_CHANNELS: path.join(this.dir, 'channels.json'),
      PREGON_DATABASE: `sqlite:${path.join(this.dir, 'none.sqlite')}`,
      PREGON_DRAIN_SECONDS: '0',
      ...PATIENT,
      PREGON_REDIS_TIMEOUT_MS: '4000', // the longest
      ...this.settings,
    };
    const lines = Object.entries(values).map(([key, value]) => `${key}='${value}'\n`);
    writeFileSync(path.join(this.dir, 'pregon.env'), lines.join(''), { mode: 0o600 });
  }

  /** Further settings for the programs that are started from now on. */
  reconfigure(settings) {
    Object.assign(this.settings, settings);
    this.#configure();
  }

  async start() {
    this.startProgram('worker');
    this.startProgram('fcgi');
    await until(() => this.status().catch(() => null), `${this.dir}: worker answers`);
    await until(async () => (await this.get('/up').catch(() => null))?.status, `${this.dir}: fcgi answers`);
  }

  startProgram(name) {
    const log = openSync(path.join(this.dir, `${name}.log`), 'a');
    const [command, ...before] = [...this.wrap, this.programs[name]];
    const child = spawn(command, [...before, '--config', path.join(this.dir, 'pregon.env')], {
      stdio: ['ignore', log, log],
    });
    child.gone = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    this.children[name] = child;
  }

  /** As the kernel would; returns when it is gone. */
  async kill(name = 'worker', signal = 'SIGKILL') {
    this.children[name].kill(signal);
    return this.children[name].gone;
  }

  async stop() {
    await Promise.all(Object.keys(this.children).map((name) => this.kill(name, 'SIGTERM')));
  }

  log(name = 'worker') {
    return readFileSync(path.join(this.dir, `${name}.log`), 'utf8');
  }

  async pregonctl(...words) {
    const file = path.join(this.dir, 'pregon.env');
    const { stdout } = await run(path.join(BUILD, 'pregonctl'), ['--config', file, ...words], { timeout: PATIENCE_MS });
    return stdout;
  }

  async status() {
    return JSON.parse(await this.pregonctl('status', '--json'));
  }

  async isDegraded() {
    return (await this.status()).cluster.degraded;
  }

  async settles(degraded) {
    await until(async () => (await this.isDegraded()) === degraded, `${this.dir}: degraded is ${degraded}`);
  }

  connect(options = {}) {
    return PusherSocket.connect(this.env, { ...options, unixSocket: this.ws });
  }

  /** One request over FastCGI: status, body. */
  async get(uri, { method = 'GET', body = '' } = {}) {
    const connection = new FastcgiConnection(this.fcgi);
    connection.write(
      fastcgiRequest(
        { REQUEST_METHOD: method, REQUEST_URI: uri, QUERY_STRING: uri.split('?')[1] ?? '', CONTENT_TYPE: 'application/json' },
        Buffer.from(body),
      ),
    );
    const [text = ''] = await connection.answersOf(1);
    connection.destroy();
    const [head, ...rest] = text.split('\r\n\r\n');
    const content = rest.join('\r\n\r\n');
    return { status: Number(/^Status: (\d+)/m.exec(head)?.[1]), body: parseOrText(content) };
  }

  /** A signed request of the HTTP API. */
  ask(method, resource, { body = '', query = {} } = {}) {
    return this.get(signedResource(this.env, method, resource, { body, query }), { method, body });
  }

  publish(channel, name, data, more = {}) {
    const body = JSON.stringify({ name, channels: [channel].flat(), data: JSON.stringify(data), ...more });
    return this.ask('POST', '/events', { body });
  }
}

function parseOrText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `pregonctl upgrade` for a host's worker: {code, stdout, stderr}. */
export const tryUpgrade = (host) => pregonctl(['--config', path.join(host.dir, 'pregon.env'), 'upgrade']);

/** Several hosts with the same application and the same settings. */
export class Cluster {
  static async start(count, settings, { wraps = [], each = () => ({}) } = {}) {
    const cluster = new Cluster();
    cluster.dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-cluster-'));
    cluster.env = { APP_ID: '417702', APP_KEY: 'cluster-key', APP_SECRET: 'cluster-secret' };
    cluster.hosts = Array.from(
      { length: count },
      (_, i) =>
        new Host(path.join(cluster.dir, `h${i}`), cluster.env, { ...settings, ...each(i) }, wraps[i]),
    );
    await Promise.all(cluster.hosts.map((host) => host.start()));
    return cluster;
  }

  /** Every worker has Redis. */
  async isWhole() {
    await Promise.all(this.hosts.map((host) => host.settles(false)));
  }

  async stop() {
    await Promise.all(this.hosts.splice(0).map((host) => host.stop()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}
