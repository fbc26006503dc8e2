// SPDX-License-Identifier: MIT

// Each attack has a scenario, and each scenario of the table in README.md is there.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TESTS, rows } from './index.mjs';

const ENTRIES = [
  ...['F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9'],
  ...[...'abcdefghijkl'].map((letter) => `F10${letter}`),
  'chaos',
];

test('every entry has a row, and no other', () => {
  assert.deepEqual([...new Set(rows().map(({ entry }) => entry))], ENTRIES);
});

for (const { entry, file, title } of rows())
  test(`${entry}: ${file} has "${title}"`, () => {
    const place = path.join(TESTS, file);
    assert.ok(existsSync(place), `${file} is not there`);
    assert.ok(readFileSync(place, 'utf8').includes(title), `${file} has no test of that name`);
  });
