// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { makeCertificate } from './certificate.mjs';
import { PATIENCE_MS, until } from './inbox.mjs';
import { reservePort } from './ports.mjs';
import { REPOSITORY } from './stack.mjs';

const SBIN = '/usr/sbin:/sbin';
const isRoot = process.getuid() === 0;

/** Whether somebody listens there: a port of 127.0.0.1, or a Unix socket's path. */
const listens = (port) =>
  new Promise((resolve) => {
    const socket = typeof port === 'number' ? net.connect(port, '127.0.0.1') : net.connect(port);
    socket.on('connect', () => resolve(socket.destroy() && true));
    socket.on('error', () => resolve(false));
  });

const APACHE_MODULES =
  'mpm_event authz_core setenvif headers rewrite ssl http2 socache_shmcb proxy proxy_http proxy_fcgi';

/** A main file around a shipped one, and the program's command line; one entry for each web server. */
const SERVERS = {
  nginx: {
    shipped: [
      'nginx/pregon-upstreams.conf',
      'nginx/pregon-locations.conf',
      'nginx/pregon-prefixed-locations.conf',
    ],
    main: (folder, site) => `
      ${isRoot ? 'user root;' : ''}
      worker_processes 4;
      pid ${folder}/pid;
      events { worker_connections 1024; }
      http {
        access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
          .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
          .join(' ')}
        include ${folder}/etc/nginx/pregon-upstreams.conf;
        include ${site};
      }`,
    command: (folder, main) => ['nginx', '-e', `${folder}/log`, '-g', 'daemon off;', '-c', main],
  },
  caddy: {
    shipped: ['caddy/pregon.caddy', 'caddy/pregon-prefixed.caddy'],
    main: (folder, site) => `{
        admin off
        auto_https off
        default_bind 127.0.0.1
        storage file_system ${folder}/caddy
      }
      import ${site}`,
    command: (folder, main) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', main],
  },
  apache2: {
    shipped: ['apache2/pregon.conf'],
    main: (folder, site) => `
      ServerName localhost
      ServerRoot ${folder}
      PidFile ${folder}/pid
      DefaultRuntimeDir ${folder}
      ErrorLog ${folder}/log
      ${isRoot ? 'User www-data\nGroup www-data' : ''}
      ${APACHE_MODULES.split(' ')
        .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
        .join('\n')}
      Include ${site}`,
    command: (folder, main) => ['apache2', '-DFOREGROUND', '-f', main],
  },
  lighttpd: {
    shipped: ['lighttpd/pregon.conf'],
    main: (folder, site) => `include "${site}"`,
    command: (folder, main) => ['lighttpd', '-D', '-f', main],
  },
};

/**
 * A web server of the test's own before the programs of a stack without one (`--front none`), with
 * shipped files in which only paths, ports, names and the certificate are others: what an
 * administrator writes into them, and no more.
 */
export class Front {
  #child = null;
  #ports = []; // those that the site listens on

  /** `kind`: nginx, caddy, apache2 or lighttpd. */
  constructor(kind, stack) {
    this.kind = kind;
    this.stack = stack;
    this.folder = mkdtempSync(path.join(os.tmpdir(), `pregon-${kind}-`));
    this.log = '';
  }

  /**
   * Starts with a site: `file`, below etc/, or what `site(front)` writes. `change` gets the site's
   * text and returns what the administrator would make of it, `shipped` each shipped file's.
   */
  async up({ file, site = () => this.#shipped(file), change = (same) => same, shipped }) {
    this.certificate = makeCertificate(this.folder);
    this.port = await reservePort();
    this.plainPort = await reservePort();
    this.#installShipped(shipped);
    const siteFile = path.join(this.folder, 'etc', 'site');
    const text = change(this.#adapt(site(this)));
    this.#ports = [this.port, this.plainPort].filter((port) => text.includes(String(port)));
    writeFileSync(siteFile, text);
    const main = path.join(this.folder, 'etc', 'main');
    writeFileSync(main, SERVERS[this.kind].main(this.folder, siteFile));
    await this.#start(SERVERS[this.kind].command(this.folder, main));
    return this;
  }

  async down() {
    this.#child?.kill('SIGTERM');
    if (this.#child)
      await until(() => this.#child.exitCode !== null || this.#child.signalCode, 'it ends');
    this.#child = null;
    if (!process.env.E2E_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }

  /** The stack's values, with the addresses of this web server. */
  get env() {
    return {
      ...this.stack.env,
      HTTP_URL: `https://localhost:${this.port}`,
      WS_URL: `wss://localhost:${this.port}`,
    };
  }

  /** The same on the plain port. */
  get plainEnv() {
    return {
      ...this.stack.env,
      HTTP_URL: `http://127.0.0.1:${this.plainPort}`,
      WS_URL: `ws://127.0.0.1:${this.plainPort}`,
    };
  }

  #shipped(file) {
    return readFileSync(path.join(REPOSITORY, 'etc', file), 'utf8');
  }

  #installShipped(change = (same) => same) {
    for (const file of SERVERS[this.kind].shipped) {
      const target = path.join(this.folder, 'etc', file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, this.#adapt(change(this.#shipped(file))));
    }
  }

  #adapt(text) {
    const { folder } = this;
    const sockets = path.dirname(this.stack.values().PREGON_IPC_SOCKET);
    const replacements = [
      [/\/run\/pregon/g, sockets],
      [/\/run\/php/g, folder],
      [/\/var\/log\/nginx/g, folder],
      [/\/var\/www\/application/g, `${folder}/application`],
      [/\/etc\/nginx\/snippets\/pregon-/g, `${folder}/etc/nginx/pregon-`],
      [/\/etc\/(caddy|apache2|lighttpd)\/pregon/g, `${folder}/etc/$1/pregon`],
      [/\/etc\/ssl\/pregon\/\S+\.(crt|key)/g, `${folder}/localhost.$1`],
      [
        /\b(ws\.)?example\.com( \{|;)/g,
        (all, own, end) => `localhost${this.kind === 'caddy' ? `:${this.port}` : ''}${end}`,
      ],
      [/^ *listen \[::\].*\n/gm, ''],
      [/listen 443 /g, `listen 127.0.0.1:${this.port} `],
      [/listen (127\.0\.0\.1:8080|80);/g, `listen 127.0.0.1:${this.plainPort};`],
      [/(127\.0\.0\.1|localhost):8080/g, `$1:${this.plainPort}`],
    ];
    return replacements.reduce((changed, [from, to]) => changed.replace(from, to), text);
  }

  async #start([program, ...words]) {
    const env = { ...process.env, PATH: `${process.env.PATH}:${SBIN}`, HOME: this.folder };
    this.#child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (bytes) => (this.log += bytes));
    const failed = () => {
      if (this.#child.exitCode === null) return false;
      const file = path.join(this.folder, 'log');
      throw new Error(`${program} ended: ${this.log}${existsSync(file) ? readFileSync(file) : ''}`);
    };
    for (const port of this.#ports)
      await until(() => failed() || listens(port), `${program} listens on ${port}`);
  }
}

/** php-fpm with the page `index.php` in `folder`, at the socket that the shipped sites name. */
export async function startPhp(folder, page) {
  const root = path.join(folder, 'application', 'public');
  mkdirSync(root, { recursive: true });
  writeFileSync(path.join(root, 'index.php'), page);
  const program = readdirSync('/usr/sbin').find((name) => /^php-fpm[\d.]+$/.test(name));
  const configuration = path.join(folder, 'php-fpm.conf');
  const socket = path.join(folder, 'php-fpm.sock');
  const lines = ['[global]', `error_log = ${folder}/php.log`, '[www]', `listen = ${socket}`];
  lines.push('listen.mode = 0666'); // not every web server of the tests is root
  lines.push('pm = static', 'pm.max_children = 2', ...(isRoot ? ['user = root'] : []));
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  const words = ['-F', '-n', ...(isRoot ? ['-R'] : []), '-y', configuration];
  const child = spawn(`/usr/sbin/${program}`, words, { stdio: 'ignore' });
  await until(() => listens(socket), 'php-fpm listens');
  return child;
}

/** What curl prints for `words`; an error with all of it if it fails. */
export function curl(...words) {
  return execFileSync('curl', ['-sS', '--max-time', String(PATIENCE_MS / 1000), ...words], { encoding: 'utf8' });
}
