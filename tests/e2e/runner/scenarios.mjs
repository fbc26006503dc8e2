// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

// What a comment line at the top level of a file says about how it is run.
const MARKS = {
  /** Never against instrumented programs. */
  plain: /^\/\/ build: plain, because (.+)$/m,
  /** Left out, unless everything is asked for. */
  checkAll: /^\/\/ check-all, because (.+)$/m,
  /** Among the files that take longest. */
  early: /^\/\/ starts early, because (.+)$/m,
};
const TITLES = {
  plain: 'always against the plain programs',
  checkAll: 'only with ALL=1',
  early: 'started first',
};

/**
 * The test files below `folder`: {name, file, text}, and the reason of each mark that they have. Their
 * names begin with `prefix`.
 */
export function findScenarios(folder, prefix = '') {
  const files = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(file);
    return [file];
  });
  return files
    .filter((file) => file.endsWith('.test.mjs'))
    .map((file) => scenarioOf(folder, file, prefix))
    .sort((a, b) => Boolean(b.early) - Boolean(a.early));
}

const filesBelow = (folder) => readdirSync(folder).map((name) => path.join(folder, name));

function scenarioOf(folder, file, prefix) {
  const text = readFileSync(file, 'utf8');
  const name = prefix + path.relative(folder, file).replace(/\.test\.mjs$/, '');
  const scenario = { name, file, text };
  for (const [mark, form] of Object.entries(MARKS)) scenario[mark] = form.exec(text)?.[1] ?? null;
  return scenario;
}

/** The files to run, and the pattern of the tests in them, if not all. */
export function select(scenarios, { only, all }) {
  if (!only) return { selected: scenarios.filter(({ checkAll }) => all || !checkAll), pattern: null };
  const named = scenarios.filter(({ name }) => only.split(',').some((part) => name.includes(part)));
  if (named.length > 0) return { selected: named, pattern: null };
  // A name may be put together, so that its words stand in the file, but not side by side.
  const words = only.split(/[^\p{L}\p{N}]+/u);
  return {
    selected: scenarios.filter(({ text }) => words.every((word) => text.includes(word))),
    pattern: only.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'),
  };
}

/** For a reader: each mark, with its files and their reasons. */
export function describeMarks(scenarios) {
  return Object.entries(TITLES)
    .map(([mark, title]) => {
      const marked = scenarios.filter((scenario) => scenario[mark]);
      return [`${title}:`, ...marked.map((scenario) => `  ${scenario.name}: ${scenario[mark]}`)];
    })
    .flat()
    .join('\n');
}
