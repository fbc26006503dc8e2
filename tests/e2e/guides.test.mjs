// The guides in docs/, word for word: every command is run, every sample is in the shipped file.
// build: plain, because a report of a sanitizer would be lost with the machine that it throws away
// starts early, because it follows each guide from the installation on

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { BUILD, REPOSITORY } from './support/stack.mjs';

const GUIDES = ['docs/operator.md', 'docs/inicio-rapido.md'];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const VISITOR = path.join(REPOSITORY, 'tests/e2e/support/guide_visitor.mjs');
const SANDBOX = path.join(REPOSITORY, 'tests/package/in-sandbox');
const GUIDE_TIMEOUT_MS = 600000;
/** What a block's tag may name; tests/package/run-guide says what each means. */
const WORDS = ['systemd', 'package', 'plain', 'nginx', 'caddy', 'sqlite3'];
/** A command within a sentence: it stands in a block that is run, too. */
const INLINE_COMMAND = /^(pregonctl|nginx|caddy|service|system\w+|journalctl|sysctl|timedatectl|usermod) ./;

/** The machines of this test; those with systemd are tests/package's. */
const MACHINES = [
  ['plain', 'nginx', 'sqlite3'],
  ['plain', 'caddy', 'sqlite3'],
];

const read = (file) => readFileSync(path.join(REPOSITORY, file), 'utf8');

/** What stands in backticks outside the fenced blocks. */
function inlineCode(guide) {
  const prose = read(guide).replace(/^```[^]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text);
}

/** The fenced blocks of a guide as {tag, body, line}. */
function blocksOf(guide) {
  const blocks = [];
  let open = null;
  for (const [index, text] of read(guide).split('\n').entries()) {
    if (!text.startsWith('```')) open?.body.push(text);
    else if (open) open = null;
    else blocks.push((open = { tag: text.slice(3), body: [], line: index + 1 }));
  }
  return blocks;
}

for (const guide of GUIDES)
  describe(guide, { concurrency: true }, () => {
    test('every block is run, or compared with what is run or shipped', () => {
      let commands = 0;
      for (const [index, { tag, body, line }] of blocksOf(guide).entries()) {
        const place = `${guide}:${line}: ${tag}`;
        const [, words] = /^sh run(?:=(\S+))?$/.exec(tag) ?? [];
        const [, file] = /^\w+ file=(\S+)$/.exec(tag) ?? [];
        if (tag.startsWith('sh run')) {
          for (const word of words?.split('+') ?? []) assert.ok(WORDS.includes(word), place);
          commands += 1;
        } else if (file) {
          assert.ok(
            `\n${read(file)}`.includes(`\n${body.join('\n')}\n`),
            `${place} does not have it`,
          );
        } else {
          assert.equal(tag, 'text output', place);
          assert.match(blocksOf(guide)[index - 1].tag, /^sh run/, place);
        }
      }
      assert.ok(commands > 0);
    });

    test('the files that it names are there', () => {
      for (const [, file] of read(guide).matchAll(/`examples\/([\w./-]+)`/g)) read(`etc/${file}`);
      for (const [, file] of read(guide).matchAll(/\]\(([\w./-]+\.md)/g)) read(`docs/${file}`);
    });

    test('every command within a sentence or a table is run by a block, every manual is shipped', () => {
      const run = blocksOf(guide)
        .filter(({ tag }) => tag.startsWith('sh run'))
        .flatMap(({ body }) => body);
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

    for (const words of MACHINES)
      test(`followed on a machine with ${words.join(', ')}`, async (context) => {
        const made = spawnSync(SANDBOX, ['true'], { encoding: 'utf8' });
        if (made.status === 125)
          return context.skip(`no copy of this machine: ${made.stderr.trim()}`);

        const command = ['tests/package/run-guide', guide, ...words];
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

        assert.match(stdout, /^visited: /m);
        assert.match(stdout, /blocks of \S+ done\n$/);
      });
  });
