// SPDX-License-Identifier: MIT

// The version is typed in one place, debian/release writes it into the others, and each source has its
// licence.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { BUILD, REPOSITORY } from './support/stack.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'release-'));
after(() => rmSync(folder, { recursive: true }));

const read = (name, root = REPOSITORY) => readFileSync(path.join(root, name), 'utf8');
const VERSION = read('VERSION').trim();
const run = (command, args, options) => execFileSync(command, args, { encoding: 'utf8', ...options });
/** The files that a release changes, and what it reads. */
const FILES = ['VERSION', 'CHANGELOG.md', 'debian/changelog', 'debian/control', 'debian/release'];

/** A repository with these files, and with `changes` below Unreleased. */
function makeClone(name, changes) {
  const clone = path.join(folder, name);
  run('git', ['init', '-q', clone]);
  for (const file of FILES) {
    run('mkdir', ['-p', path.dirname(path.join(clone, file))]);
    run('cp', [path.join(REPOSITORY, file), path.join(clone, file)]);
  }
  const [head, ...releases] = read('CHANGELOG.md').split(/^(?=## )/m);
  const rest = releases.filter((section) => !section.startsWith('## Unreleased'));
  writeFileSync(path.join(clone, 'CHANGELOG.md'), [head, `## Unreleased\n\n${changes}\n`, ...rest].join(''));
  const git = ['-C', clone, '-c', 'user.name=test', '-c', 'user.email=test@pregon.example'];
  run('git', [...git, 'add', '.']);
  run('git', [...git, 'commit', '-qm', 'As it is']);
  return clone;
}

const release = (clone, version) =>
  spawnSync(path.join(clone, 'debian/release'), [version], {
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1798761600' }, // 2027-01-01
  });

test('changelogs, programs and manual pages have the version of the file VERSION', () => {
  assert.match(VERSION, /^\d+\.\d+\.\d+$/);
  assert.equal(/^pregon \((.*)-\d+\)/.exec(read('debian/changelog'))[1], VERSION);
  assert.equal(/^## (\d\S+), \d{4}-\d\d-\d\d$/m.exec(read('CHANGELOG.md'))[1], VERSION);
  for (const program of ['pregon-worker', 'pregon-fcgi', 'pregon-webhookd', 'pregonctl'])
    assert.ok(run(path.join(BUILD, program), ['--version']).includes(` ${VERSION}`), program);
  const folders = ['worker', 'fcgi', 'webhookd', 'ctl', 'shared', 'man'];
  const typed = spawnSync('git', ['-C', REPOSITORY, 'grep', '-lF', `"${VERSION}"`, '--', ...folders]);
  assert.deepEqual([typed.status, typed.stdout.toString()], [1, '']);
});

test("the maintainers' address is typed in debian/control", () => {
  const [, address] = /^Maintainer: .* <(.*)>$/m.exec(read('debian/control'));
  const where = run('git', ['-C', REPOSITORY, 'grep', '-lF', address]).trim().split('\n');
  assert.deepEqual(where, ['debian/changelog', 'debian/control']);
});

test('a release writes the version, both changelogs and says how to commit', () => {
  const changes = '- Pages\n  of `docs/` for [people](docs/quick-start.md).\n- Something else.';
  const clone = makeClone('good', changes);

  const { status, stdout, stderr } = release(clone, '99.0.0');

  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /git tag -a v99\.0\.0/);
  assert.equal(read('VERSION', clone), '99.0.0\n');
  assert.ok(read('CHANGELOG.md', clone).includes(`\n## Unreleased\n\n## 99.0.0, 2027-01-01\n\n${changes}\n`));
  const parsed = run('dpkg-parsechangelog', ['-l', path.join(clone, 'debian/changelog')]);
  assert.match(parsed, /^Version: 99\.0\.0-1$/m);
  assert.match(parsed, /\* Pages of docs\/ for people\.\n.*\* Something else\./);
  assert.match(parsed, /^Date: Fri, 01 Jan 2027 00:00:00 \+0000$/m);
});

for (const [name, version, changes, reason] of [
  ['an older version', '0.0.1', '- Something.', /is not newer than/],
  ['no version', 'next', '- Something.', /three numbers/],
  ['nothing to tell', '99.0.0', '', /nothing below "## Unreleased"/],
])
  test(`${name}: refused, and nothing is written`, () => {
    const clone = makeClone(name.replaceAll(' ', '-'), changes);
    const { status, stderr } = release(clone, version);
    assert.equal(status, 1);
    assert.match(stderr, reason);
    assert.equal(run('git', ['-C', clone, 'status', '--porcelain']), '');
  });

test('with changes that are not committed: refused', () => {
  const clone = makeClone('changed', '- Something.');
  writeFileSync(path.join(clone, 'VERSION'), '0.0.9\n');
  assert.match(release(clone, '99.0.0').stderr, /commit these changes first/);
});

test('a source without a licence is found, and --add writes it', () => {
  const tree = path.join(folder, 'licences');
  const check = path.join(tree, 'tests/check-licences');
  run('mkdir', ['-p', path.join(tree, 'tests')]);
  run('cp', [path.join(REPOSITORY, 'tests/check-licences'), check]);
  for (let number = 0; number < 600; number += 1)
    writeFileSync(path.join(tree, `${number}.h`), '// SPDX-License-Identifier: MIT\n#pragma once\n');
  writeFileSync(path.join(tree, 'bare.cpp'), '// What it is.\n\nint main() {}\n');
  writeFileSync(path.join(tree, 'script'), '#!/bin/sh\nexit 0\n');
  writeFileSync(path.join(tree, 'notes.md'), 'no source\n');

  const { status, stderr } = spawnSync(check, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^bare\.cpp: .*\nscript: .*\nsources without a licence: 2$/m);

  run(check, ['--add']);
  run(check, []);
  assert.equal(read('bare.cpp', tree), '// SPDX-License-Identifier: MIT\n\n// What it is.\n\nint main() {}\n');
  assert.equal(read('script', tree), '#!/bin/sh\n# SPDX-License-Identifier: MIT\nexit 0\n');
});
