// SPDX-License-Identifier: MIT

// The guides in docs/, word for word: every command is run, every sample is in the shipped file.
// build: plain, because a report of a sanitizer would be lost with the machine that it throws away
// starts early, because it follows each guide from the installation on

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { BUILD, REPOSITORY } from './support/stack.mjs';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const VISITOR = path.join(REPOSITORY, 'tests/e2e/support/guide_visitor.mjs');
const SANDBOX = path.join(REPOSITORY, 'tests/package/in-sandbox');
const BLOCKS = path.join(REPOSITORY, 'tests/package/guide-blocks');
const GUIDE_TIMEOUT_MS = 600000;

/** The machines of this test; those with systemd are tests/package's. */
const NGINX = ['plain', 'nginx', 'sqlite3'];
const CADDY = ['plain', 'caddy', 'sqlite3'];
/** Pages that are followed one after the other on each of these machines. */
const WALKS = [
  { guides: ['docs/operator.md'], machines: [NGINX, CADDY] },
  { guides: ['docs/inicio-rapido.md'], machines: [NGINX, CADDY] },
  { guides: ['docs/quick-start.md'], machines: [NGINX] },
  { guides: ['docs/accounts.md', 'docs/trying-out.md'], machines: [NGINX], isVisited: false },
];
const GUIDES = WALKS.flatMap(({ guides }) => guides);
/** What the heading says where a block is not for the guides' own machine: package, systemd, nginx. */
const HEADINGS = { plain: /supervisor|package|shell|without systemd/i, caddy: /caddy/i };
/** A command within a sentence: it stands in a block that is run, too. */
const INLINE_COMMAND = /^(pregonctl|nginx|caddy|service|system\w+|journalctl|sysctl|timedatectl|usermod) ./;

const read = (file) => readFileSync(path.join(REPOSITORY, file), 'utf8');

/** What stands in backticks outside the fenced blocks. */
function inlineCode(guide) {
  const prose = read(guide).replace(/^```[^]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text);
}

/** The fenced blocks of a guide, as tests/package/guide-blocks tells them. */
function blocksOf(guide) {
  const listed = JSON.parse(execFileSync(BLOCKS, ['--json', path.join(REPOSITORY, guide)]));
  return listed
    .filter((block) => block.guide.endsWith(guide))
    .sort((one, other) => one.line - other.line);
}

/** Whether a file of etc/FOLDER has these lines, one after the other. */
const isShipped = (folder, body) =>
  readdirSync(path.join(REPOSITORY, 'etc', folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => `\n${readFileSync(path.join(entry.parentPath, entry.name), 'utf8')}`.includes(`\n${body}`));

for (const guide of GUIDES)
  describe(guide, () => {
    test('every block is run, or compared with what is run or shipped', () => {
      const blocks = blocksOf(guide);
      for (const [index, { kind, tag, body, line }] of blocks.entries()) {
        const place = `${guide}:${line}: ${tag}`;
        if (kind === 'output') assert.equal(blocks[index - 1].kind, 'run', place);
        if (kind !== 'sample') continue;
        assert.match(tag, /^(nginx|caddy)$/, place);
        assert.ok(isShipped(tag, body), `${place}: in no file of etc/${tag}`);
      }
      assert.ok(blocks.some(({ kind }) => kind === 'run'));
    });

    test('a block for another machine stands below a heading that says so', () => {
      for (const { words, headings, line } of blocksOf(guide))
        for (const word of words)
          if (HEADINGS[word])
            assert.ok(
              headings.some((heading) => HEADINGS[word].test(heading)),
              `${guide}:${line}: only for ${word}, and its headings are ${headings}`,
            );
    });

    test('the files that it names are there', () => {
      for (const [, file] of read(guide).matchAll(/`examples\/([\w./-]+)`/g)) read(`etc/${file}`);
      for (const [, file] of read(guide).matchAll(/\]\(([\w./-]+\.md)/g)) read(`docs/${file}`);
    });

    test('every command within a sentence or a table is run by a block, every manual is shipped', () => {
      const run = blocksOf(guide)
        .filter(({ kind }) => kind === 'run')
        .flatMap(({ body }) => body.split('\n'));
      for (const text of inlineCode(guide)) {
        if (INLINE_COMMAND.test(text))
          assert.ok(
            run.some((line) => line.includes(text)),
            `${guide}: no block runs ${text}`,
          );
        const [, page] = /^man (\S+)$/.exec(text) ?? [];
        if (page) assert.ok([1, 5, 8].some((n) => existsSync(`${REPOSITORY}/man/${page}.${n}`)), page);
      }
    });
  });

describe('followed word for word', { concurrency: 2 }, () => {
  for (const { guides, machines, isVisited = true } of WALKS)
    for (const words of machines)
      test(`${guides.join(', then ')}, followed on a machine with ${words.join(', ')}`, async (context) => {
        const made = spawnSync(SANDBOX, ['true'], { encoding: 'utf8' });
        if (made.status === 125)
          return context.skip(`no copy of this machine: ${made.stderr.trim()}`);

        const command = ['tests/package/run-guide', guides.join(), ...words];
        const { stdout } = await promisify(execFile)(SANDBOX, command, {
          cwd: REPOSITORY,
          timeout: GUIDE_TIMEOUT_MS,
          maxBuffer: 1 << 24,
          env: {
            ...process.env,
            BUILD,
            GUIDE_MACHINE: 'throwaway',
            GUIDE_VISITOR: `node ${VISITOR}`,
            NODE_EXTRA_CA_CERTS: CERTIFICATES,
          },
        });

        if (isVisited) assert.match(stdout, /^visited: /m);
        assert.match(stdout, /blocks of \S+ done\n$/);
      });
});
