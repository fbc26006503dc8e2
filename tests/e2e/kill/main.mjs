// SPDX-License-Identifier: MIT

// Kills worker, responder and database server while phones post and dashboards look on, and counts:
// see `usage`. Run it as tests/kill-test.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DatabaseServer } from '../support/database_server.mjs';
import { Stack } from '../support/stack.mjs';
import { Run } from './run.mjs';

const KINDS = ['sqlite', 'postgresql', 'mariadb'];

const usage = `usage: tests/kill-test [--runs N] [--database ${KINDS.join('|')}] [--seed N] [--notices N]
  --runs      runs for each database (2)
  --database  this one only
  --seed      of the first run; the others count up from it (random)
  --notices   of each of the eight phones in a run (40)`;

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        runs: { type: 'string', default: '2' },
        database: { type: 'string' },
        seed: { type: 'string', default: String(randomInt(2 ** 31)) },
        notices: { type: 'string', default: '40' },
      },
    });
    const numbers = ['runs', 'seed', 'notices'].map((name) => Number(values[name]));
    const kinds = values.database ? [values.database] : KINDS;
    if (numbers.every(Number.isInteger) && kinds.every((kind) => KINDS.includes(kind)))
      return { runs: numbers[0], seed: numbers[1], notices: numbers[2], kinds };
  } catch {
    // An option that does not exist.
  }
  console.error(usage);
  process.exit(2);
}

const options = readOptions();
const outcome = { passed: 0, failed: 0 };

/** A stack on a database of this kind, with its server if it has one; the same for many runs. */
class Site {
  constructor(kind) {
    this.kind = kind;
  }

  async open() {
    if (this.kind !== 'sqlite') this.server = await DatabaseServer.start(this.kind);
    this.stack = await new Stack('nginx', { database: this.server?.url }).up();
  }

  async close() {
    await this.stack?.down();
    await this.server?.remove();
  }
}

async function oneRun(site, seed) {
  const run = new Run({ ...site, seed, noticesPerPhone: options.notices });
  try {
    await run.go();
  } catch (error) {
    run.findings.push(error.stack);
  }
  const isGood = run.findings.length === 0;
  outcome[isGood ? 'passed' : 'failed'] += 1;
  console.log(`${isGood ? 'ok' : 'FAILED'} ${site.kind} seed ${seed}: ${run.summary ?? ''}`);
  for (const finding of run.findings) console.log(`  ${finding}`);
  return isGood;
}

for (const kind of options.kinds) {
  let site = null;
  for (let i = 0; i < options.runs; i += 1) {
    if (!site) {
      site = new Site(kind);
      await site.open();
    }
    if (await oneRun(site, options.seed + i)) continue;
    await site.close(); // the next run is not to suffer from this one
    site = null;
  }
  await site?.close();
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed === 0 ? 0 : 1);
