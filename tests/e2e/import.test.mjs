// SPDX-License-Identifier: MIT

// pregonctl import: a .env as applications have it, and both daemons under its file.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FastcgiConnection, fastcgiRequest } from './support/fastcgi.mjs';
import { within } from './support/inbox.mjs';
import { BUILD } from './support/stack.mjs';

const IS_ROOT = process.getuid() === 0;
/** Where root starts them, the daemons run as a user who is neither root nor the file's owner. */
const DAEMON = IS_ROOT ? { uid: 65534, gid: 65533 } : {};

const APP_KEY = `APP_KEY=base64:${'A'.repeat(43)}=`;
const KEYS = 'REVERB_APP_ID=7\nREVERB_APP_KEY=the-key\nREVERB_APP_SECRET=the-secret\n';
const SAME = { id: '7', key: 'the-key', secret: 'the-secret' };

/** `says`: id, key and secret that Laravel has, and settings as `pregonctl config` prints them. */
const SHAPES = {
  'Laravel, as installed': {
    env: `APP_NAME=Laravel\n${APP_KEY}\nAPP_URL=http://localhost\n\nDB_CONNECTION=sqlite\n# DB_HOST=127.0.0.1\n\nSESSION_DRIVER=database\nSESSION_LIFETIME=120\nSESSION_ENCRYPT=false\nSESSION_DOMAIN=null\n\nBROADCAST_CONNECTION=reverb\nREDIS_PASSWORD=null\nMAIL_FROM_NAME="\${APP_NAME}"\n${KEYS}`,
    says: { ...SAME, PREGON_APP_CLIENT_EVENTS_ON_PUBLIC: 'true' },
    warns: /CLIENT_EVENTS_ON_PUBLIC: every visitor/,
  },
  Forge: {
    env: `APP_NAME="Tienda Uno"\n${APP_KEY}\nAPP_URL="https://shop.example"\nDB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE=forge\nDB_USERNAME=forge\nDB_PASSWORD="k9!x=Q+/a@b"\nSESSION_DRIVER=database\nREVERB_APP_ID="7"\nREVERB_APP_KEY="the-key"\nREVERB_APP_SECRET="the-secret"\nREVERB_HOST="ws.shop.example"\nREVERB_PORT=443\nREVERB_SCHEME=https\n`,
    says: { ...SAME },
  },
  Sail: {
    env: `DB_CONNECTION=pgsql\nDB_HOST=pgsql\nDB_PORT=5432\nDB_DATABASE=laravel\nDB_USERNAME=sail\nDB_PASSWORD=password\nREDIS_HOST=redis\n${KEYS}REVERB_HOST=reverb\n`,
    says: { ...SAME },
    warns: /DB_HOST=pgsql: a name inside Docker/,
  },
  'the URL of a cloud': {
    env: `DB_CONNECTION=pgsql\nDB_URL=postgres://doadmin:p%40w+1@db.example:25060/defaultdb?sslmode=require\n${KEYS}`,
    says: { ...SAME },
  },
  "Soketi's names": {
    env: 'BROADCAST_DRIVER=pusher\nPUSHER_APP_ID=app-id\nPUSHER_APP_KEY=app-key\nPUSHER_APP_SECRET=app-secret\nPUSHER_HOST=127.0.0.1\nPUSHER_PORT=6001\nPUSHER_SCHEME=http\nPUSHER_APP_CLUSTER=mt1\n',
    says: {
      id: 'app-id',
      key: 'app-key',
      secret: 'app-secret',
      PREGON_APP_CLIENT_EVENTS_ON_PUBLIC: 'false',
    },
  },
  quotes: {
    env: 'REVERB_APP_ID=\'7\'\nREVERB_APP_KEY="the-key" # public\nREVERB_APP_SECRET="a\\"b\\\\c\'d#e f"\n',
    says: { id: '7', key: 'the-key', secret: 'a"b\\c\'d#e f' },
  },
  'a secret that a # ends': {
    env: 'REVERB_APP_ID=7\nREVERB_APP_KEY=the-key\nREVERB_APP_SECRET=s3cr#et\n',
    says: { ...SAME, secret: 's3cr' },
  },
  references: {
    env: 'APP_NAME=shop\nSTAGE=live\nKEY_live=the-key\nREVERB_APP_ID=7\nREVERB_APP_KEY="${KEY_${STAGE}}"\nREVERB_APP_SECRET="${APP_NAME}-${NONE}"\nVITE_REVERB_APP_KEY="${REVERB_APP_KEY}"\n',
    says: { ...SAME, secret: 'shop-${NONE}' },
    warns: /REVERB_APP_SECRET: no line above sets \$\{NONE\}/,
  },
  'keys of several lines': {
    env: `PASSPORT_PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----\nREVERB_APP_KEY=no\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"\n${KEYS}`,
    says: { ...SAME },
  },
  'a byte order mark and CRLF': {
    env: `\u{FEFF}${KEYS}REVERB_APP_MAX_CONNECTIONS=50\n`.replaceAll('\n', '\r\n'),
    says: { ...SAME, REVERB_APP_MAX_CONNECTIONS: '50' },
  },
  'words for true and null': {
    env: `${KEYS}REVERB_SCALING_ENABLED=(FALSE)\nREVERB_APP_RATE_LIMITING_ENABLED=TRUE\nREVERB_APP_MAX_CONNECTIONS=(null)\nREDIS_PASSWORD=null\n`,
    says: { ...SAME, REVERB_APP_RATE_LIMITING_ENABLED: 'true', REVERB_APP_MAX_CONNECTIONS: '-1' },
  },
  'sessions of its own name': {
    env: `${APP_KEY}\nexport SESSION_DRIVER=database\nSESSION_COOKIE=__Host-tienda\nSESSION_TABLE=web_sessions\nSESSION_LIFETIME=43200\nAPP_TIMEZONE=America/Lima\nFRONTEND_URL=https://app.shop.example\nREVERB_ALLOWED_ORIGINS=app.shop.example\n${KEYS}`,
    says: {
      ...SAME,
      PREGON_SESSION_COOKIE: '__Host-tienda',
      PREGON_TABLES: 'sessions=web_sessions',
      PREGON_SESSION_LIFETIME_MINUTES: '43200',
      PREGON_APP_TIMEZONE: 'America/Lima',
      PREGON_CORS_ORIGINS: 'https://app.shop.example',
      PREGON_APP_ALLOWED_ORIGINS: 'app.shop.example',
    },
  },
};

/** Laravel refuses these, too. */
const REFUSED = {
  'a value with blanks': ['A=1\nREVERB_APP_KEY=the key\n', /\.env:2: REVERB_APP_KEY: .*blanks/],
  'a name with blanks': ['A=1\n\nREVERB APP=1\n', /\.env:3: expected NAME=value/],
  "'it''s'": ["REVERB_APP_SECRET='it''s'\n", /\.env:1: REVERB_APP_SECRET: /],
  'an unknown escape': ['REVERB_APP_SECRET="a\\qb"\n', /\.env:1: REVERB_APP_SECRET: .*backslash/],
};

/** An operator's /etc/pregon and an application's folder beside it. */
class Machine {
  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-import-'));
    chmodSync(this.folder, 0o755);
    for (const name of ['etc', 'etc/pregon.d', 'app', 'run']) {
      mkdirSync(path.join(this.folder, name));
      chmodSync(path.join(this.folder, name), 0o755);
    }
    this.config = path.join(this.folder, 'etc/pregon.env');
    writeFileSync(
      this.config,
      ['WS_LISTEN=unix:run/ws.sock', 'IPC_SOCKET=run/worker.sock', 'FCGI_LISTEN=unix:run/fcgi.sock', 'CHANNELS=etc/channels.json']
        .map((line) => `PREGON_${line.replace(/(run|etc)\//, `${this.folder}/$1/`)}\n`)
        .join(''),
    );
    writeFileSync(path.join(this.folder, 'etc/channels.json'), '[]');
    chmodSync(this.config, 0o640);
    if (IS_ROOT) {
      chownSync(this.config, 0, DAEMON.gid);
      chownSync(path.join(this.folder, 'run'), DAEMON.uid, DAEMON.gid);
    }
    this.daemons = [];
  }

  pregonctl(...words) {
    const { status, stdout, stderr } = spawnSync(
      path.join(BUILD, 'pregonctl'),
      ['--config', this.config, ...words],
      { encoding: 'utf8' },
    );
    return { status, stdout, stderr };
  }

  writeEnv(text) {
    const file = path.join(this.folder, 'app/.env');
    writeFileSync(file, text);
    return file;
  }

  /** Resolves when the daemon says that it is ready. */
  start(program) {
    const daemon = spawn(path.join(BUILD, program), ['--config', this.config], {
      ...DAEMON,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.daemons.push(daemon);
    let log = '';
    const ready = new Promise((resolve, reject) => {
      daemon.stderr.on('data', (bytes) => {
        log += bytes;
        if (/^<5>(worker|fcgi) ready /m.test(log)) resolve();
      });
      daemon.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${log}`)));
    });
    return within(ready, `${program} is ready`);
  }

  async ask({ id, key, secret }) {
    const query = `auth_key=${key}&auth_timestamp=${Math.floor(Date.now() / 1000)}&auth_version=1.0`;
    const signature = createHmac('sha256', secret)
      .update(`GET\n/apps/${id}/channels\n${query}`)
      .digest('hex');
    const connection = new FastcgiConnection(path.join(this.folder, 'run/fcgi.sock'));
    connection.write(
      fastcgiRequest({
        REQUEST_METHOD: 'GET',
        REQUEST_URI: `/apps/${id}/channels?${query}&auth_signature=${signature}`,
        QUERY_STRING: `${query}&auth_signature=${signature}`,
      }),
    );
    const [answer] = await connection.answersOf(1);
    connection.destroy();
    return answer;
  }

  async remove() {
    for (const daemon of this.daemons.filter(({ exitCode }) => exitCode === null)) {
      daemon.removeAllListeners('exit');
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true });
  }
}

describe('import --write: both daemons start with what Laravel has', { concurrency: 2 }, () => {
  for (const [shape, { env, says, warns }] of Object.entries(SHAPES))
    test(shape, async (t) => {
      const machine = new Machine();
      t.after(() => machine.remove());
      const { status, stdout, stderr } = machine.pregonctl('import', machine.writeEnv(env), '--write');
      assert.deepEqual([status, stderr], [0, '']);
      if (warns) assert.match(stdout, warns);
      if (IS_ROOT)
        assert.equal(statSync(path.join(machine.folder, 'etc/pregon.d/laravel.env')).gid, DAEMON.gid);

      await machine.start('pregon-worker');
      await machine.start('pregon-fcgi');
      const { id, key, secret, ...settings } = says;
      assert.match(await machine.ask({ id, key, secret }), /^Status: 200|"channels":/m);
      assert.match(await machine.ask({ id, key, secret: `${secret}x` }), /Invalid signature|401/);
      for (const [name, value] of Object.entries(settings))
        assert.equal(machine.pregonctl('config', name).stdout, `${value}\n`, name);
    });
});

describe('import: what Laravel refuses is refused with its line', () => {
  let machine;
  before(() => {
    machine = new Machine();
  });
  after(() => machine.remove());
  for (const [what, [env, reason]] of Object.entries(REFUSED))
    test(what, () => {
      const { status, stderr } = machine.pregonctl('import', machine.writeEnv(env), '--write');
      assert.equal(status, 1);
      assert.match(stderr, reason);
    });
});
