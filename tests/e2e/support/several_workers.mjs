// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Host } from './cluster.mjs';
import { Front } from './front.mjs';
import { until } from './inbox.mjs';
import { RedisServer } from './redis.mjs';
import { Service } from './service.mjs';
import { REPOSITORY, valuesOf } from './stack.mjs';

const shipped = (file) => readFileSync(path.join(REPOSITORY, file), 'utf8');

/** What pregon-worker@.service gives to instance `number`, with its sockets in `run`. */
function instanceSettings(number, run) {
  const lines = shipped('systemd/pregon-worker@.service').matchAll(/^Environment=(\w+=.*)$/gm);
  const text = [...lines].map(([, assignment]) => `${assignment}\n`).join('');
  return valuesOf(text.replaceAll('%i', number).replaceAll('/run/pregon', run));
}

/**
 * For Front: the shipped site of the plain port, with the shipped file for several workers in place of
 * what it replaces; `change` gets that one's text and returns what the administrator makes of it.
 */
export function siteOfSeveral(kind, change = (same) => same) {
  if (kind === 'nginx') {
    const upstreams = change(shipped('etc/nginx/pregon-cluster-upstreams.conf'));
    const replace = (text) => (text.includes('upstream pregon_ws') ? upstreams : text);
    return { file: 'nginx/sites/local.conf', shipped: replace };
  }
  const handle = change(shipped('etc/caddy/pregon-cluster.caddy'));
  const replace = (text) => text.replace(/^@pregon_ws \{[^]*?^}\nhandle [^]*?^}\n/m, () => handle);
  return { file: 'caddy/sites/local.caddy', shipped: replace };
}

/** The shipped files name two workers; here is a third. */
const THIRD_WORKER = {
  nginx: (text) => text.replace(/^( *server \S+\/ws-)2(\.sock.*\n)/gm, '$&$13$2'),
  caddy: (text) => text.replace(/ (unix\S+\/ws-)2\.sock/g, '$& $13.sock'),
};

/**
 * Three workers on one host, with the names that pregon-worker@1 to @3 have, over a Redis of their own;
 * a responder that knows them all, and a web server before them with the shipped files.
 */
export class SeveralWorkers {
  constructor(kind, settings = {}) {
    this.dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-several-'));
    this.settings = { PREGON_DATABASE: `sqlite:${this.dir}/pregon.db`, ...settings };
    this.env = { APP_ID: '417703', APP_KEY: 'several-key', APP_SECRET: 'several-secret' };
    this.front = new Front(kind, this);
  }

  async start() {
    this.redis = await RedisServer.start();
    const run = path.join(this.dir, 'run');
    mkdirSync(run);
    const instances = [1, 2, 3].map((number) => instanceSettings(number, run));
    const common = {
      REDIS_PORT: String(this.redis.port),
      PREGON_WORKER_SOCKETS: instances.map((own) => own.PREGON_IPC_SOCKET).join(','),
      ...this.settings,
    };
    this.workers = instances.map(
      (own, i) => new Host(path.join(this.dir, `${i + 1}`), this.env, { ...common, ...own }),
    );
    this.responder = new Host(run, this.env, common);
    Object.assign(this.env, valuesOf(await this.responder.pregonctl('demo')));
    await Promise.all(this.workers.map((worker) => this.startWorker(worker)));
    this.responder.startProgram('fcgi');
    const isWell = async () => (await this.responder.get('/up').catch(() => null))?.status === 200;
    await until(isWell, 'the responder is well');
    const { kind } = this.front;
    await this.front.up(siteOfSeveral(kind, THIRD_WORKER[kind]));
    return this;
  }

  async stop() {
    await this.front.down();
    await Promise.all([...(this.workers ?? []), this.responder].map((host) => host?.stop()));
    await this.redis?.remove();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Starts one of `workers`; returns when it shares with the others. */
  async startWorker(worker) {
    worker.startProgram('worker');
    await this.sharesAgain(worker);
  }

  async sharesAgain(worker) {
    const shares = async () => (await worker.isDegraded().catch(() => true)) === false;
    await until(shares, `${worker.dir}: the worker is one with the others`);
  }

  /** One of `workers` as systemd runs it, to be started in its place. */
  serviceOf({ dir, settings }) {
    return new Service('pregon-worker', {
      config: path.join(dir, 'pregon.env'),
      sockets: [
        ['ws', settings.PREGON_WS_LISTEN.replace('unix:', '')],
        ['ipc', settings.PREGON_IPC_SOCKET],
      ],
    });
  }

  /** How many clients each of the workers has; 0 for one that is away. */
  connections() {
    const count = async (worker) => (await worker.status().catch(() => null))?.connections ?? 0;
    return Promise.all(this.workers.map(count));
  }

  /** The one with the most clients. */
  async busiest() {
    const counts = await this.connections();
    return this.workers[counts.indexOf(Math.max(...counts))];
  }

  /** For Front: where the sockets are. */
  values() {
    return { PREGON_IPC_SOCKET: path.join(this.responder.dir, 'worker.sock') };
  }
}
