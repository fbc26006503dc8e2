// SPDX-License-Identifier: MIT

// docs/architecture.md: its files and rooms are there, and its flows go as it says.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from './support/stack.mjs';

const MOST_HOPS = 8;
const PROGRAMS = ['worker', 'fcgi', 'ctl', 'shared'];
const read = (file) => readFileSync(path.join(REPOSITORY, file), 'utf8');
const PAGE = read('docs/architecture.md');

/** A source together with its header, or the other way round. */
function unitOf(file) {
  const stem = file.replace(/\.(cpp|h)$/, '');
  return ['.h', '.cpp'].map((ending) => stem + ending).filter((name) => existsSync(path.join(REPOSITORY, name))).map(read).join('\n');
}

const withoutComments = (text) => text.replace(/\/\/.*$/gm, '');
const mentions = (text, name) => new RegExp(`\\b${name.replaceAll('::', '(::|::\\w+::)')}\\b`).test(withoutComments(text));

/** `Class::name` is defined: with its class in a source, without it in a header, or in a namespace. */
function defines(text, name) {
  const last = name.split('::').at(-1);
  const owner = name.split('::').slice(0, -1).at(-1);
  const isDefined = new RegExp(`^(?!\\s*return\\b)[^\\n;=]*\\b${last}\\(`, 'm').test(withoutComments(text));
  return isDefined && (!owner || mentions(text, owner));
}

const flows = [...PAGE.matchAll(/^## Flow (\d): (.*)$/gm)].map(([heading, , title]) => {
  const rows = PAGE.split(heading)[1]
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  return { title, hops: rows.map(([, number, file, name, , next]) => ({ number: Number(number), file, name, next })) };
});

for (const { title, hops } of flows)
  test(`the flow of ${title}: each hop is there and leads to the next`, () => {
    assert.ok(hops.length > 3 && hops.length <= MOST_HOPS, `${hops.length} hops`);
    hops.forEach(({ number, file, name, next }, index) => {
      const place = `hop ${number}, ${file}`;
      assert.equal(number, index + 1);
      assert.ok(existsSync(path.join(REPOSITORY, file)), place);
      assert.ok(defines(unitOf(file), name), `${place}: no ${name}`);
      const following = hops[index + 1];
      assert.equal(next === '', following === undefined, `${place}: the next one by what?`);
      if (!following) return;
      assert.ok(mentions(unitOf(file), next), `${place} has no ${next}`);
      assert.ok(mentions(unitOf(following.file), next), `${following.file} has no ${next}`);
    });
  });

test('three flows', () => assert.equal(flows.length, 3));

test('every file and folder that the page names is there', () => {
  for (const [, name] of PAGE.matchAll(/`((?:worker|fcgi|ctl|shared|tests|docs|man|etc)\/[\w./*-]+)`/g)) {
    const found = name.includes('*')
      ? readdirSync(path.join(REPOSITORY, path.dirname(name))).some((file) =>
          new RegExp(`^${path.basename(name).replace('.', '\\.').replace('*', '.*')}$`).test(file))
      : ['', '.h', '.cpp'].some((ending) => existsSync(path.join(REPOSITORY, name + ending)));
    assert.ok(found, name);
  }
});

test('every room of the sources has its line', () => {
  const rooms = PAGE.split('\n## Rooms\n')[1].split('\n## ')[0];
  for (const program of PROGRAMS)
    for (const entry of readdirSync(path.join(REPOSITORY, program), { withFileTypes: true }))
      if (entry.isDirectory()) assert.ok(rooms.includes(`\`${entry.name}/\``), `${program}/${entry.name}`);
});

test('the rooms of the worker stand in the order that check-layers proves', () => {
  const layers = execFileSync('python3', ['-c', [
    'import importlib.machinery, importlib.util, json',
    `loader = importlib.machinery.SourceFileLoader('layers', '${REPOSITORY}/tests/check-layers')`,
    "spec = importlib.util.spec_from_loader('layers', loader)",
    'module = importlib.util.module_from_spec(spec)',
    'loader.exec_module(module)',
    "print(json.dumps(sum(module.ROOMS['worker'], [])))",
  ].join('\n')], { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  const table = PAGE.split('`worker/`, lowest first:')[1].split('\n\n')[1];
  const named = [...table.matchAll(/^\| `(\w+)\/` \|/gm)].map(([, room]) => room);
  assert.deepEqual(named, JSON.parse(layers).filter((room) => room));
});
