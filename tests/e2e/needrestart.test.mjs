// SPDX-License-Identifier: MIT

// The files for needrestart, which restarts services after an upgrade of a library.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { PusherSocket } from './support/pusher_socket.mjs';
import { BUILD, REPOSITORY, withStack } from './support/stack.mjs';

const FOLDER = path.join(REPOSITORY, 'etc/needrestart');
const SCRIPT = path.join(FOLDER, 'restart.d/pregon-worker.service');
const RULE_OF = `our %nrconf; defined(do $ARGV[0]) or die $@ || $!;
  my $rules = $nrconf{override_rc};
  my ($rule) = grep { $ARGV[1] =~ /$_/ } keys %$rules;
  print defined $rule ? $rules->{$rule} : "none";`;

/** What needrestart's own configuration makes of a unit: 0 is never restarted without being asked. */
const ruleOf = (unit) =>
  execFileSync('perl', ['-e', RULE_OF, path.join(FOLDER, 'conf.d/pregon.conf'), unit], { encoding: 'utf8' });

/** The exit status of the script, with `folder` first in PATH. */
const runScript = (folder, env = {}) =>
  new Promise((resolve) =>
    execFile(SCRIPT, { env: { ...process.env, ...env, PATH: `${folder}:${process.env.PATH}` } }, (error) =>
      resolve(error?.code ?? 0),
    ),
  );

withStack("a library's upgrade", 'nginx', (stack) => {
  afterEach(() => PusherSocket.closeAll());

  test('closes no connection where needrestart is at work', async () => {
    const socket = await PusherSocket.connect(stack.env);
    await socket.join('news');
    const { upgrades } = await stack.workerStatus();
    const { PREGON_IPC_SOCKET } = stack.values();

    assert.equal(await runScript(BUILD, { PREGON_IPC_SOCKET }), 0);

    assert.equal((await stack.workerStatus()).upgrades, upgrades + 1);
    await stack.pregonctl('publish', 'news', 'still-here', '{}');
    await socket.next('still-here');
  });
});

const folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-needrestart-'));
after(() => rmSync(folder, { recursive: true }));
const restarted = path.join(folder, 'restarted');
const program = (name, lines) =>
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
program('systemctl', `echo "$@" > ${restarted}`);

test('a worker that cannot be upgraded is restarted', async () => {
  program('pregonctl', 'exit 4');
  assert.equal(await runScript(folder), 0);
  assert.equal(readFileSync(restarted, 'utf8'), 'restart pregon-worker.service\n');
  rmSync(restarted);
});

test('a worker whose new program fails goes on, and needrestart learns of it', async () => {
  program('pregonctl', 'exit 1');
  assert.equal(await runScript(folder), 1);
  assert.equal(existsSync(restarted), false);
});

test('needrestart leaves instances of the worker alone, and nothing else', () => {
  assert.equal(ruleOf('pregon-worker@1.service'), '0');
  for (const unit of ['pregon-worker.service', 'pregon-fcgi.service', 'nginx.service'])
    assert.equal(ruleOf(unit), 'none', unit);
});
