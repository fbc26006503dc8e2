// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REPORTER = fileURLToPath(new URL('line_reporter.mjs', import.meta.url));
const TIMEOUT_MS = 15 * 60 * 1000; // of one file
const GRACE_MS = 60 * 1000; // for what it has started
const OTHER_NAME = /test name does not match pattern/;

/** One file of tests in a process of its own. */
export class ScenarioRun {
  /** `build`: the folder of the programs; `pattern`: of the names of the tests to run, if not all. */
  constructor(scenario, { build, pattern }) {
    this.scenario = scenario;
    this.build = build;
    this.pattern = pattern;
    this.title = scenario.name.replaceAll('/', '-');
    this.folder = path.join(build, 'e2e-logs');
  }

  /** Where what the file prints is kept. */
  get output() {
    return path.join(this.folder, `${this.title}.output`);
  }

  get #results() {
    return path.join(this.folder, `${this.title}.results`);
  }

  get #sanitizerReports() {
    return path.join(this.folder, `${this.title}.sanitizer`);
  }

  /** Returns when it has ended: {scenario, seconds, tests, faults}; faults are of the file as a whole. */
  async go() {
    const began = Date.now();
    this.#clear();
    const { code, signal } = await this.#ended();
    const tests = this.#readTests();
    const faults = this.#readSanitizerReports();
    if (this.timedOut) faults.push(`not done within ${TIMEOUT_MS / 1000} s`);
    else if (code !== 0 && tests.every(({ ok }) => ok))
      faults.push(`ended with ${signal ?? `status ${code}`}, no test failed`);
    else if (tests.length === 0 && !this.pattern) faults.push('has no test');
    return { run: this, scenario: this.scenario, seconds: (Date.now() - began) / 1000, tests, faults };
  }

  /** Asks it to end early; it ends what it has started. */
  end() {
    this.child?.kill('SIGTERM');
  }

  #clear() {
    mkdirSync(this.folder, { recursive: true });
    for (const name of readdirSync(this.folder))
      if (name.startsWith(`${this.title}.`)) rmSync(path.join(this.folder, name));
  }

  #ended() {
    const words = [
      '--no-deprecation',
      `--test-reporter=${REPORTER}`,
      `--test-reporter-destination=${this.#results}`,
      ...(this.pattern ? [`--test-name-pattern=/${this.pattern}/`] : []),
      this.scenario.file,
    ];
    const output = openSync(this.output, 'w');
    const env = { ...process.env, BUILD: this.build, ...this.#sanitizerOptions() };
    this.child = spawn(process.execPath, words, { env, stdio: ['ignore', output, output] });
    closeSync(output);
    const timers = [setTimeout(() => this.#giveUp(timers), TIMEOUT_MS)];
    return new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        timers.forEach(clearTimeout);
        this.child = null;
        resolve({ code, signal });
      });
    });
  }

  #giveUp(timers) {
    this.timedOut = true;
    this.end();
    timers.push(setTimeout(() => this.child?.kill('SIGKILL'), GRACE_MS));
  }

  /** Every report of a sanitizer goes to a file that belongs to this run. */
  #sanitizerOptions() {
    const { ASAN_OPTIONS = '', UBSAN_OPTIONS = '', TSAN_OPTIONS = '' } = process.env;
    const logPath = `log_path=${this.#sanitizerReports}`;
    return {
      ASAN_OPTIONS: `${ASAN_OPTIONS}:${logPath}`,
      UBSAN_OPTIONS: `${UBSAN_OPTIONS}:print_stacktrace=1:${logPath}`,
      TSAN_OPTIONS: `${TSAN_OPTIONS}:${logPath}`,
    };
  }

  #readSanitizerReports() {
    const prefix = `${path.basename(this.#sanitizerReports)}.`;
    const files = readdirSync(this.folder).filter((name) => name.startsWith(prefix));
    return files.map((name) => `a sanitizer complained:\n${readFileSync(path.join(this.folder, name), 'utf8')}`);
  }

  #readTests() {
    if (!existsSync(this.#results)) return [];
    const lines = readFileSync(this.#results, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line)).filter(({ skip }) => !OTHER_NAME.test(skip ?? ''));
  }
}
