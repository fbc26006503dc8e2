// pregonctl check on a machine whose limits and rights are wrong.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { outcomeOf } from './support/doctor.mjs';
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
