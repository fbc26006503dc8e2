// SPDX-License-Identifier: MIT

// The files of systemd/: what systemd-analyze says of them without a systemd that runs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { BUILD, REPOSITORY } from './support/stack.mjs';

const run = promisify(execFile);
const UNITS = path.join(REPOSITORY, 'systemd');
const MAX_EXPOSURE = 12; // in tenths

const names = readdirSync(UNITS).filter((name) => /\.(service|socket|target)$/.test(name));
const services = names.filter((name) => name.endsWith('.service'));
const textOf = (name) => readFileSync(path.join(UNITS, name), 'utf8');

let folder;
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-units-'));
  for (const name of names)
    writeFileSync(path.join(folder, name), textOf(name).replaceAll('/usr/bin/pregon-', `${BUILD}/pregon-`));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What systemd-analyze finds wrong with units of the folder. */
async function faultsOf(units) {
  const paths = units.map((name) => path.join(folder, name));
  const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...paths], {
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
  });
  return stdout + stderr;
}

test('systemd-analyze verify has nothing to say', async () => {
  assert.ok(services.length >= 3 && names.includes('pregon.target'));
  for (const name of names.filter((one) => one.includes('@.')))
    copyFileSync(path.join(folder, name), path.join(folder, name.replace('@.', '@1.')));
  assert.equal(await faultsOf(names.map((name) => name.replace('@.', '@1.'))), '');
});

test('the drop-ins among the examples are for units that there are, and are good', async () => {
  const examples = path.join(REPOSITORY, 'etc/systemd');
  for (const file of readdirSync(examples)) {
    const text = readFileSync(path.join(examples, file), 'utf8');
    const [, unit] = /\/etc\/systemd\/system\/(pregon-[\w.-]+)\.d\//.exec(text);
    assert.ok(names.includes(unit), `${file}: ${unit}`);
    const dropIns = path.join(folder, `${unit}.d`);
    mkdirSync(dropIns);
    copyFileSync(path.join(examples, file), path.join(dropIns, file));
    assert.equal(await faultsOf([unit]), '', file);
    rmSync(dropIns, { recursive: true });
  }
});

for (const service of services)
  test(`${service}: an exposure of at most ${MAX_EXPOSURE / 10}, and no capability`, async () => {
    const words = ['security', '--offline=true', '--no-pager', `--threshold=${MAX_EXPOSURE}`];
    const { stdout } = await run('systemd-analyze', [...words, path.join(folder, service)]);
    assert.match(stdout, /Overall exposure level for .*: \d/);
    assert.match(textOf(service), /^CapabilityBoundingSet=$/m);
    assert.match(textOf(service), /^AmbientCapabilities=$/m);
  });

test('a service without its sandbox is beyond the bound', async () => {
  const bare = path.join(folder, 'bare.service');
  writeFileSync(bare, '[Service]\nExecStart=/bin/true\n');
  const words = ['security', '--offline=true', '--no-pager', `--threshold=${MAX_EXPOSURE}`, bare];
  await assert.rejects(run('systemd-analyze', words), { code: 1 });
});

test('the template is the worker with names of its own', () => {
  const own = /^Environment=PREGON_\w+=unix:.*|^Environment=PREGON_\w+=\/run.*|^# Where the sockets of this instance.*/;
  const lines = textOf('pregon-worker@.service')
    .replaceAll('@%i', '')
    .replace('worker %i:', 'worker:')
    .split('\n')
    .filter((line) => !own.test(line));
  assert.equal(lines.join('\n'), textOf('pregon-worker.service'));
});

test('every manual page that a unit names is there', () => {
  for (const name of names)
    for (const [, page, section] of textOf(name).matchAll(/man:([\w.-]+)\((\d)\)/g))
      assert.ok(existsSync(path.join(REPOSITORY, 'man', `${page}.${section}`)), `${page}(${section})`);
});

test('sysusers.d makes the user and the group that the units name', async () => {
  const { stdout, stderr } = await run('systemd-sysusers', [
    '--dry-run',
    `--root=${folder}`,
    path.join(UNITS, 'pregon.sysusers'),
  ]);
  const made = stdout + stderr;
  for (const what of [/user 'pregon'/, /group 'pregon'/, /group 'pregon-web'/])
    assert.match(made, what);
});
