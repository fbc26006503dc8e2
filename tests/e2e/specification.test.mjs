// SPDX-License-Identifier: MIT

// Every section that a source or a test cites is in docs/spec/, and so is every page that a page names.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from './support/stack.mjs';

const SPEC = path.join(REPOSITORY, 'docs/spec');
/** Sections of other documents. */
const FOREIGN = /(RFC \d+|FastCGI 1\.0,?) §[\d.]+((?:,| and) §[\d.]+)*/g;
/** The page of a citation without one, by the program. */
const OWN_PAGE = { worker: 'pusher-websocket', fcgi: 'pusher-http-api', webhookd: 'webhooks' };
const PROGRAMS = ['worker', 'fcgi', 'webhookd', 'ctl', 'shared'];
/** What the head of a file in tests/e2e calls a page. */
const NAMES = {
  'WebSocket protocol': 'pusher-websocket',
  'HTTP API': 'pusher-http-api',
  "Reverb's configuration": 'reverb-config',
  'broadcasting auth': 'broadcasting-auth',
  webhooks: 'webhooks',
};

const read = (file) => readFileSync(path.join(REPOSITORY, file), 'utf8');
const filesOf = (folder, ending) =>
  readdirSync(path.join(REPOSITORY, folder), { recursive: true })
    .filter((name) => ending.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);
const sectionsIn = (text) => [...text.matchAll(/§(\d+(?:\.\d+)*)/g)].map(([, section]) => section);

/** The numbered headings of each page by the page's name. */
const PAGES = new Map(
  filesOf('docs/spec', /\.md$/).map((file) => [
    path.basename(file, '.md'),
    new Set([...read(file).matchAll(/^##+ (\d+(?:\.\d+)*)/gm)].map(([, section]) => section)),
  ]),
);

/** A source whose comments run on over their lines. */
const joined = (text) => text.replace(/\n\s*\/\/+\s*/g, ' ');

test('every § of the sources names a page and one of its sections', () => {
  const faults = [];
  let cited = 0;
  const check = (file, whole, page, list) => {
    for (const section of sectionsIn(list)) {
      if (!PAGES.get(page)?.has(section)) faults.push(`${file}: ${whole}`);
      cited += 1;
    }
    return '';
  };
  for (const program of PROGRAMS)
    for (const file of filesOf(program, /\.(cpp|h)$/))
      joined(read(file))
        .replace(FOREIGN, '')
        .replace(/\b([a-z]+(?:-[a-z]+)+|webhooks) (§[\d.]+(?:(?:,| and) §[\d.]+)*)/g, (...found) => check(file, ...found))
        .replace(/§[\d.]+/g, (whole) => check(file, whole, OWN_PAGE[program], whole));
  assert.deepEqual(faults, []);
  assert.ok(cited > 40, `${cited} sections are cited`);
});

test('every file of the tests that a source names is there', () => {
  for (const program of PROGRAMS)
    for (const file of filesOf(program, /\.(cpp|h)$/))
      for (const [name] of joined(read(file)).matchAll(/\b(tests|docs)\/[\w./-]*\w/g))
        assert.ok(existsSync(path.join(REPOSITORY, name)), `${file}: ${name}`);
});

test('every § of the end-to-end tests is in a page that the head of the file names', () => {
  for (const file of filesOf('tests/e2e', /\.test\.mjs$/)) {
    const text = joined(read(file)).replace(FOREIGN, '');
    const own = Object.keys(NAMES).filter((name) => text.includes(name));
    if (file.endsWith('specification.test.mjs') || file.endsWith('readme.test.mjs')) continue;
    for (const section of sectionsIn(text))
      assert.ok(
        own.some((name) => PAGES.get(NAMES[name]).has(section)),
        `${file}: §${section} of ${own.join(' or ') || 'no page'}`,
      );
  }
});

test('every § and every page within the specification is there', () => {
  for (const [page, sections] of PAGES) {
    if (page === 'README') continue;
    const text = read(`docs/spec/${page}.md`).replace(FOREIGN, '');
    const elsewhere = /`?([a-z-]+)\.md`? §(\d+(?:\.\d+)*)/g;
    for (const [whole, other, section] of text.matchAll(elsewhere))
      assert.ok(PAGES.get(other)?.has(section), `${page}.md: ${whole}`);
    for (const [, other] of text.matchAll(/(?<![/\w-])([a-z]+(?:-[a-z]+)*)\.md\b/g))
      assert.ok(PAGES.has(other), `${page}.md: ${other}.md`);
    for (const section of sectionsIn(text.replace(elsewhere, '')))
      assert.ok(sections.has(section), `${page}.md: §${section}`);
  }
});
