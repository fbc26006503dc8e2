// SPDX-License-Identifier: MIT

// The README and the pages of docs/: links lead somewhere, commands exist, figures are measured ones.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
/** Pages that a reader opens in a browser. */
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].concat(
  readdirSync(path.join(REPOSITORY, 'docs'), { recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);
const IMAGE_MAX_BYTES = 200000;

const read = (name) => readFileSync(path.join(REPOSITORY, name), 'utf8');
const README = read('README.md');

/** The anchor that GitHub and GitLab give to a heading. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page) =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading));

for (const page of PAGES)
  test(`the links of ${page} lead somewhere`, () => {
    for (const [, target, anchor] of read(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
      const file = target ? path.join(path.dirname(page), target) : page;
      assert.ok(existsSync(path.join(REPOSITORY, file)), `${page}: ${target}`);
      if (anchor) assert.ok(anchorsOf(file).includes(anchor), `${page}: ${target}#${anchor}`);
    }
  });

test('the make targets of the README are in the Makefile, its commands in the help', () => {
  const makefile = read('Makefile');
  for (const [, targets] of README.matchAll(/^ {4}make ([a-z -]+?)(?: {2,}#.*)?$/gm))
    for (const target of targets.split(' '))
      assert.match(makefile, new RegExp(`^${target}[ a-z-]*:`, 'm'), target);
  const manual = read('man/pregonctl.1').replaceAll('\\-', '-');
  for (const [, command] of README.matchAll(/pregonctl (\w+)/g))
    assert.match(manual, new RegExp(`^(\\.B |\\\\fB)${command}\\b`, 'm'), command);
});

test('the figures of the README are those of docs/performance.md', () => {
  const performance = read('docs/performance.md');
  const rowsOf = (table, first) =>
    performance
      .split(`<!-- table: ${table} -->`)[1]
      .split('<!-- end -->')[0]
      .split('\n')
      .filter((line) => line.startsWith(`| ${first} |`))
      .map((line) => line.split('|').map((cell) => cell.trim()));
  const cellsOf = (row) => {
    const line = README.split('\n').find((text) => text.startsWith(`| ${row}`));
    return line.split('|').map((cell) => cell.trim());
  };
  const grouped = (text) => text.replace(/\B(?=(\d{3})+$)/g, ' ');
  const kilobytes = (rows) => rows.map((cells) => (Number(cells[4]) / 1000).toFixed(1)).sort();
  const [, , pregon, , soketi] = cellsOf('deliveries per CPU-second, 1 000 subscribers');
  assert.equal(pregon, grouped(rowsOf('peers_fan_out', 'Pregón')[0][3]));
  assert.equal(soketi, grouped(rowsOf('peers_fan_out', 'Soketi')[0][3]));
  const [, , ours, , theirs] = cellsOf('memory of an idle connection');
  assert.deepEqual([...new Set(kilobytes(rowsOf('peers_memory', 'Pregón')))], [ours.split(' ')[0]]);
  assert.equal(theirs, `${kilobytes(rowsOf('peers_memory', 'Soketi')).join(' to ')} kB`);
  const [, , auth] = cellsOf('broadcasting auth');
  const [cached] = rowsOf('http', 'auth, identity cached');
  assert.ok(auth.startsWith(`${grouped(cached[2])} requests a second`), auth);
});

test('its picture is small', () => {
  const [, image] = /!\[.*\]\((\S+)\)/.exec(README);
  assert.ok(statSync(path.join(REPOSITORY, image)).size <= IMAGE_MAX_BYTES);
});
