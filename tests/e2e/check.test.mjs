// SPDX-License-Identifier: MIT

// pregonctl check on a machine whose limits and rights are wrong.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { outcomeOf } from './support/doctor.mjs';
import { logged, reloadProgram } from './support/reload.mjs';
import { BUILD, REPOSITORY, withStack } from './support/stack.mjs';

const PREGONCTL = path.join(BUILD, 'pregonctl');
const SANDBOX = path.join(REPOSITORY, 'tests/package/in-sandbox');
const AS_ROOT_ONLY = process.getuid() === 0 ? false : 'only root can be another user';

withStack('check and the open files', 'nginx', (stack) => {
  const words = ['--config', path.join(stack.dir, 'pregon.env'), 'check', '--nginx', '/nonexistent'];

  test('of this shell', async () => {
    const { code, stdout } = await outcomeOf('prlimit', ['--nofile=1024:1024', PREGONCTL, ...words]);
    assert.equal(code, 0);
    assert.match(stdout, /^warning: a daemon started from here may open 1024 files, .*ulimit -Hn/m);
    assert.doesNotMatch(stdout, /the running worker/);
  });

  test('of the running worker', async () => {
    const worker = stack.pid('worker');
    execFileSync('prlimit', ['--pid', worker, '--nofile=1024:1024']);
    const { stdout } = await outcomeOf(PREGONCTL, words);
    assert.match(
      stdout,
      new RegExp(`^warning: the running worker \\(pid ${worker}\\) may open 1024 files`, 'm'),
    );
    assert.doesNotMatch(stdout, /started from here/);

    stack.kill('worker');
    await stack.comesBack('worker', worker);
    assert.doesNotMatch((await outcomeOf(PREGONCTL, words)).stdout, /may open/);
  });
});

describe('check and values that are not of their type', () => {
  let folder;
  const file = (name, text) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-check-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const WRONG = {
    'REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=member':
      'member: expected members, all or none; did you mean members?',
    'PREGON_APP_ALLOWED_ORIGINS=https://h/':
      'https://h/: an Origin header has no path; did you mean https://h?',
    'PREGON_CORS_ORIGINS=h:443':
      'h:443: a port needs the scheme before the host; did you mean https://h:443?',
    'PREGON_TRUSTED_PROXIES=10.0.0.1/8':
      '10.0.0.1/8: the address has bits behind the first 8; did you mean 10.0.0.1?',
    'PREGON_PONG_TIMEOUT=5m': 'not an integer; expected seconds, 1 to 86400; did you mean 300?',
    'PREGON_MAX_BODY_SIZE=1M':
      'not an integer; expected bytes, 1024 to 67108864; did you mean 1048576?',
    'PREGON_APP_WATCHLIST=maybe': 'must be true or false',
    'PREGON_IPC_SOCKET=unix:/run/a.sock': 'expected a path without unix: before it',
    'PREGON_AUTH_FALLBACK=localhost:8000':
      'expected http://HOST or https://HOST, without user and query',
    'PREGON_DATABASE=mysql:shop': 'expected sqlite:PATH, postgresql://… or mariadb://…',
    'REVERB_SERVER_PATH=https://h/ws': "expected the beginning of a URL's path, such as /ws",
  };

  test('each by its line, with what may have been meant', async () => {
    const settings = file('wrong.env', `${Object.keys(WRONG).join('\n')}\n`);
    const { code, stderr } = await outcomeOf(PREGONCTL, ['--config', settings, 'check']);
    assert.equal(code, 1);
    const expected = Object.entries(WRONG).map(
      ([line, why], index) => `${settings}:${index + 1}: ${line.split('=')[0]}: ${why}`,
    );
    for (const line of expected)
      assert.ok(stderr.includes(line), `${line}\nis not in\n${stderr}`);
  });

  for (const [line, why] of Object.entries(WRONG))
    test(`no daemon starts with ${line}`, () => {
      const keys = 'REVERB_APP_ID=1\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=s\n';
      const settings = file('one.env', `${keys}${line}\n`);
      for (const daemon of ['pregon-worker', 'pregon-fcgi']) {
        const words = ['--config', settings];
        const { status, stderr } = spawnSync(path.join(BUILD, daemon), words, {
          encoding: 'utf8',
          timeout: 30000,
        });
        assert.equal(status, 1, `${daemon}: ${stderr}`);
        assert.ok(stderr.includes(why.replaceAll('"', '\\"')), stderr);
      }
    });

  test('of an application of PREGON_APPS, by its option', async () => {
    const wrong = { app_id: '2', key: 'k2', secret: 's', accept_client_events_from: 'member' };
    const apps = file('apps.json', JSON.stringify([wrong]));
    const settings = file('apps.env', `PREGON_APPS=${apps}\n`);
    const { code, stderr } = await outcomeOf(PREGONCTL, ['--config', settings, 'check']);
    assert.equal(code, 1);
    assert.ok(
      stderr.includes(`${apps}: application 1: accept_client_events_from: member: expected`),
      stderr,
    );
  });

  test('a user of PREGON_IPC_USERS that this machine does not have', async () => {
    const settings = file('users.env', 'PREGON_IPC_USERS=root,nosuchuser\n');
    const { code, stderr } = await outcomeOf(PREGONCTL, ['--config', settings, 'check']);
    assert.equal(code, 1);
    assert.match(stderr, /PREGON_IPC_USERS: no user nosuchuser/);
    assert.doesNotMatch(stderr, /no user root/);
  });
});

withStack('check and the channel rules', 'nginx', (stack) => {
  const words = ['--config', path.join(stack.dir, 'pregon.env'), 'check', '--nginx', '/nonexistent'];
  const rulesFile = path.join(stack.dir, 'channels.json');
  const write = (rules) => writeFileSync(rulesFile, JSON.stringify(rules));

  test('a rule that is hidden, one that matches nothing and a prefix are warned of', async () => {
    write([
      { channel: 'orders.{id}', allow: { id: 'user.id' } },
      { channel: 'orders.mine', allow: {} },
      { channel: 'room {id}', allow: {} },
      { channel: 'private-chat.{id}', allow: { id: 'user.id' } },
    ]);
    const { code, stdout } = await outcomeOf(PREGONCTL, words);
    assert.equal(code, 0);
    const told = stdout.split('\n').filter((line) => line.includes(`${rulesFile}: rule `));
    assert.deepEqual(
      told.map((line) => /: (rule \d): (.*?) (is|matches)/.exec(line).slice(1, 3)),
      [
        ['rule 2', 'orders.mine'],
        ['rule 3', 'room {id}'],
        ['rule 4', 'private-chat.{id}'],
      ],
    );
    assert.match(await reloadProgram(stack, 'fcgi'), /fcgi reloaded/);
    const log = await logged(stack, 'fcgi', /config warning .*orders\.mine is never reached/);
    assert.equal(log.length, 1);
  });

  test('the same pattern twice is refused, also at a reload', async () => {
    write([
      { channel: 'chats.{id}', allow: {} },
      { channel: 'chats.{id}', allow: { id: 'user.id' } },
    ]);
    const { code, stderr } = await outcomeOf(PREGONCTL, words);
    assert.equal(code, 1);
    assert.match(stderr, /rule 2: "chats\.\{id\}" is the pattern of rule 1 too/);
    assert.match(await reloadProgram(stack, 'fcgi'), /config invalid .*is the pattern of rule 1 too/);
  });

  test('a column that PREGON_USER_COLUMNS lacks is named with the setting', async () => {
    write([{ channel: 'dni.{dni}', allow: { dni: 'user.dni' } }]);
    const { code, stderr } = await outcomeOf(PREGONCTL, words);
    assert.equal(code, 1);
    assert.match(stderr, /user\.dni: PREGON_USER_COLUMNS does not list dni/);
  });
});

describe('check and files that may not be read', { skip: AS_ROOT_ONLY }, () => {
  let folder, file;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-check-'));
    file = path.join(folder, 'pregon.env');
    writeFileSync(file, 'REVERB_APP_ID=1\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=s\n', { mode: 0o600 });
  });
  after(() => rmSync(folder, { recursive: true }));

  test('by who calls it: the file and the reason', async () => {
    const nobody = ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'];
    execFileSync('chmod', ['0711', folder]);
    const { code, stderr } = await outcomeOf('setpriv', [
      ...nobody,
      ...['env', '-C', '/', PREGONCTL, '--config', file, 'check'],
    ]);
    assert.equal(code, 1);
    assert.equal(stderr, `pregonctl: ${file}: Permission denied\n`);
  });

  test("by the daemons' user", (context) => {
    const command = `systemd-sysusers ${REPOSITORY}/systemd/pregon.sysusers
      check() { ${PREGONCTL} --config ${file} check --nginx /nonexistent; }
      export PREGON_CHANNELS=${REPOSITORY}/etc/channels.json
      check; echo ---; chgrp pregon ${file}; chmod 0640 ${file}; check`;
    const done = spawnSync(SANDBOX, ['bash', '-c', command], { encoding: 'utf8' });
    if (done.status === 125) return context.skip(`no copy of this machine: ${done.stderr.trim()}`);
    assert.equal(done.status, 0, done.stderr);
    const [before, after] = done.stdout.split('---');
    assert.ok(before.includes(`warning: ${file} cannot be read by the user pregon`), before);
    assert.doesNotMatch(after, /cannot be read by the user/);
  });
});
