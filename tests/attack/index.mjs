// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
export const TESTS = path.dirname(FOLDER);
const END_TO_END = /^(e2e\/|(?=attack\/))(.+)\.test\.mjs$/;

/** The rows of the table in README.md: {entry, file, title}; files below tests/. */
export function rows() {
  return readFileSync(path.join(FOLDER, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| (F\d|chaos)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, entry, , file, title]) => ({ entry, file, title }));
}

/** The end-to-end files of the table, as tests/run-e2e names them. */
export function endToEndFiles() {
  const names = rows().flatMap(({ file }) => END_TO_END.exec(file)?.[2] ?? []);
  return [...new Set(names)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(endToEndFiles().join(','));
