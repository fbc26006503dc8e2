// SPDX-License-Identifier: MIT

// The manual pages as `man` shows them, and what they say about commands that exist.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { BUILD, REPOSITORY } from './support/stack.mjs';

const FOLDER = path.join(REPOSITORY, 'man');
const PAGES = readdirSync(FOLDER).sort();
const WIDE = { ...process.env, MANROFFOPT: '-rLL=240n', LC_ALL: 'C.UTF-8' };

/** Text of a page with each character once, without overstriking and escape sequences. */
function render(page) {
  const { stdout, stderr, status } = spawnSync('man', ['--warnings', '-Tutf8', '-l', path.join(FOLDER, page)], {
    encoding: 'utf8',
    env: WIDE,
  });
  assert.deepEqual([status, stderr], [0, ''], page);
  return stdout.replace(/.\x08/gu, '').replace(/\x1b\[[\d;]*m/g, '');
}

/** A line of a manual page's source as text: `.BI "a " b` and `\fBa\fR b` are both `a b`. */
function textOf(line) {
  const [, macro, rest] = /^\.(B|I|BR|RB|BI|IB|IR|RI) (.*)$/.exec(line) ?? ['', '', line];
  const words = rest.match(/"[^"]*"|\S+/g).map((word) => word.replace(/^"|"$/g, ''));
  return (macro.length === 2 ? words.join('') : macro ? words.join(' ') : rest)
    .replace(/\\f[BIRP]/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\e', '\\');
}

/** The tags of the page's lists, and their depth below each other: those lines behind .TP and .TQ. */
function tagsOf(page) {
  const lines = readFileSync(path.join(FOLDER, page), 'utf8').split('\n');
  return lines.flatMap((line, index) => (/^\.T[PQ]/.test(line) ? [textOf(lines[index + 1])] : []));
}

const squeezed = (text) => text.replace(/\s+/g, ' ').trim();

for (const page of PAGES)
  describe(`man ${page}`, () => {
    const text = render(page);
    const lines = text.split('\n').map(squeezed);

    test('each tag of a list stands on one line with all its arguments', () => {
      for (const tag of tagsOf(page)) {
        const wanted = squeezed(tag);
        assert.ok(
          lines.some((line) => line === wanted || line.startsWith(`${wanted} `)),
          `"${wanted}" is not at the beginning of a line`,
        );
      }
    });

    test('no description begins with an argument that belongs to its tag', () => {
      for (const line of lines) assert.doesNotMatch(line, /^(FILE|ID|KEY|NAME|PREFIX|URL)\]/);
    });

    test('it has examples', () => {
      assert.match(text, /^EXAMPLES$/m);
    });
  });

test('pregonctl(1) has a tag for each command, with the options that the command takes', () => {
  const ctl = path.join(BUILD, 'pregonctl');
  const tags = tagsOf('pregonctl.1');
  const commands = execFileSync(ctl, ['help'], { encoding: 'utf8' }).matchAll(/^ {2}([a-z]+(?: [a-z]+)?)(?= |$)/gm);
  const names = [...commands].map(([, name]) => name);
  assert.ok(names.length > 15, names.join());
  for (const name of names) {
    if (name === 'help') continue;
    const tag = tags.find((text) => text === name || text.startsWith(`${name} `));
    assert.ok(tag, `no tag for ${name}`);
    const help = execFileSync(ctl, ['help', ...name.split(' ')], { encoding: 'utf8' });
    const takes = help.split(/^usage: /m).find((text) => new RegExp(`^pregonctl ${name}(?! [a-z])`).test(text));
    const own = name === 'doctor' ? tags.join('\n') : tag;
    for (const [option] of takes.matchAll(/--[a-z-]+/g))
      if (!['--help', '--config'].includes(option)) assert.ok(own.includes(option), `${name} ${option}`);
  }
});
