// SPDX-License-Identifier: MIT

// Runs the end-to-end tests: see `usage`. Run it as tests/run-e2e.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dropStaleReservations } from '../support/ports.mjs';
import { Report } from './report.mjs';
import { ScenarioRun } from './scenario_run.mjs';
import { describeMarks, findScenarios, select } from './scenarios.mjs';

const usage = `usage: [VARIABLE=VALUE…] tests/run-e2e [--list|--help]
  --list              prints the files that are marked, with the reasons; runs nothing
From the environment:
  ONLY                runs the files whose name contains this, or one of several with commas (attack/: those of tests/attack); where there is none, the tests whose
                      name contains it
  ALL                 any value: also the files marked check-all
  BUILD               the programs (default: build/)
  BUILD_INSTRUMENTED  programs with sanitizers, for every file that is not marked \`build: plain\`
  CONCURRENCY         files at a time (default: three for each core)`;

const FILES_PER_CORE = 3; // they wait most of the time
const TESTS = fileURLToPath(new URL('..', import.meta.url));
const REPOSITORY = path.resolve(TESTS, '../..');
const ATTACKS = path.join(REPOSITORY, 'tests/attack');

function readOptions() {
  const { ONLY, ALL, BUILD, BUILD_INSTRUMENTED, CONCURRENCY } = process.env;
  const concurrency = Number(CONCURRENCY || FILES_PER_CORE * os.cpus().length);
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new Error(`CONCURRENCY=${CONCURRENCY}`);
  const plain = path.resolve(BUILD || path.join(REPOSITORY, 'build'));
  const instrumented = BUILD_INSTRUMENTED ? path.resolve(BUILD_INSTRUMENTED) : plain;
  return { only: ONLY, all: Boolean(ALL), plain, instrumented, concurrency };
}

/** Runs all of them, so many at a time; a signal ends those that run, and no other begins. */
async function runAll(runs, concurrency, report) {
  const queue = [...runs];
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      interrupted = true;
      for (const run of runs) run.end();
    });
  const oneAfterTheOther = async () => {
    while (queue.length > 0 && !interrupted) {
      const outcome = await queue.shift().go();
      if (!interrupted) report.add(outcome);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, oneAfterTheOther));
  if (interrupted) report.interrupted();
}

async function main([option]) {
  const scenarios = [...findScenarios(TESTS), ...findScenarios(ATTACKS, 'attack/')];
  if (option === '--list') return console.log(describeMarks(scenarios));
  if (option === '--help') return console.log(usage);
  if (option) throw new Error(`${option} is no option`);
  const { only, all, plain, instrumented, concurrency } = readOptions();
  const { selected, pattern } = select(scenarios, { only, all });
  dropStaleReservations();
  const runs = selected.map(
    (scenario) => new ScenarioRun(scenario, { build: scenario.plain ? plain : instrumented, pattern }),
  );
  const report = new Report(pattern);
  await runAll(runs, concurrency, report);
  process.exitCode = report.close() ? 0 : 1;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`tests/run-e2e: ${error.message}\n${usage}`);
  process.exitCode = 2;
});
