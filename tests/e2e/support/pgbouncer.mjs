// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { until } from './inbox.mjs';
import { reservePort } from './ports.mjs';

/** Debian's pgbouncer on 127.0.0.1 before a server of tests/database, with one pool per database. */
export class Pgbouncer {
  #child = null;

  /** `serverUrl`: of a database of a PostgreSQL; `url` is then that database by way of the pool. */
  static async start(serverUrl, poolMode) {
    const pool = new Pgbouncer();
    const [, user, name, socket] = /^postgresql:\/\/(\w+)@\/(\w+)\?socket=(.+)$/.exec(serverUrl);
    pool.folder = mkdtempSync('/tmp/pregon-pool-');
    pool.port = await reservePort();
    pool.url = `postgresql://${user}@127.0.0.1:${pool.port}/${name}`;
    const file = `${pool.folder}/pgbouncer.ini`;
    writeFileSync(
      file,
      `[databases]
* = host=${socket} user=${user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${pool.port}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
default_pool_size = 20
`,
    );
    chmodSync(pool.folder, 0o755);
    await pool.#run(file);
    return pool;
  }

  async #run(file) {
    const asNobody = process.getuid() === 0 ? ['--user', 'nobody'] : [];
    this.log = '';
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    this.#child = spawn('pgbouncer', [...asNobody, file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr.on('data', (bytes) => (this.log += bytes));
    this.#child.on('error', (error) => (this.log += error));
    await until(async () => {
      if (this.#child.exitCode !== null || this.#child.pid === undefined)
        throw new Error(`pgbouncer ended: ${this.log}`);
      return this.#listens();
    }, 'pgbouncer listens');
  }

  #listens() {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1');
      socket.on('connect', () => resolve(socket.destroy() && true));
      socket.on('error', () => resolve(false));
    });
  }

  /** What an application's connection through the pool is told. */
  query(sql) {
    return execFileSync('psql', ['-X', '-A', '-t', '-q', '-d', this.url, '-c', sql], {
      encoding: 'utf8',
    }).trim();
  }

  async stop() {
    this.#child?.kill('SIGKILL');
    await until(() => this.#child.exitCode !== null || this.#child.signalCode, 'pgbouncer ends');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
