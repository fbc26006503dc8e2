// SPDX-License-Identifier: MIT

// The tables of docs/differences.md name tests that exist.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

for (const [section, fewest] of [
  ['From Reverb', 15],
  ['From the application', 5],
])
  test(`every test that the table names is in its file: ${section}`, () => {
    const text = read('../../docs/differences.md').split(`\n## ${section}`)[1].split('\n## ')[0];
    const table = text.split('| test |\n')[1].split('\n\n')[0];
    const rows = table.trim().split('\n').slice(1);
    assert.ok(rows.length >= fewest, `${rows.length} rows`);
    for (const row of rows) {
      const cell = row.split(' | ').at(-1);
      if (cell === 'the same |') continue;
      const [, file, name] = /^`(\S+)` "(.+)" \|$/.exec(cell) ?? assert.fail(row);
      assert.ok(read(`${file}.test.mjs`).includes(name), `${file}: ${name}`);
    }
  });
