// The README's tables of what differs name tests that exist.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

for (const [section, fewest] of [
  ['What differs from Reverb', 15],
  ['What differs from the application', 5],
])
  test(`every test that the README names is in its file: ${section}`, () => {
    const table = read('../../README.md').split(`## ${section}`)[1].split('\n## ')[0];
    const rows = table.split('\n').filter((line) => line.startsWith('| ')).slice(1);
    assert.ok(rows.length >= fewest, `${rows.length} rows`);
    for (const row of rows) {
      const cell = row.split(' | ').at(-1);
      if (cell === 'the same |') continue;
      const [, file, name] = /^`(\S+)` "(.+)" \|$/.exec(cell) ?? assert.fail(row);
      assert.ok(read(`${file}.test.mjs`).includes(name), `${file}: ${name}`);
    }
  });
