// The README's table of Reverb's faults names tests that exist.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

test('every test that the README names is in its file', () => {
  const table = read('../../README.md').split('## What differs from Reverb')[1].split('\n## ')[0];
  const rows = table.split('\n').filter((line) => line.startsWith('| ')).slice(1);
  assert.ok(rows.length >= 15, `${rows.length} rows`);
  for (const row of rows) {
    const cell = row.split(' | ').at(-1);
    if (cell === 'the same |') continue;
    const [, file, name] = /^`(\S+)` "(.+)" \|$/.exec(cell) ?? assert.fail(row);
    assert.ok(read(`${file}.test.mjs`).includes(name), `${file}: ${name}`);
  }
});
