// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';

const SLOWEST = 10;
const LAST_LINES = 40;
const nameOf = ({ path }) => path.join(' > ');
const seconds = (number) => `${number.toFixed(1)} s`;
const indented = (text) => text.trimEnd().replace(/^/gm, '    ');

/** What became of the files, printed as they end; the last line has the sums. */
export class Report {
  passed = 0;
  failures = []; // {name, text}
  skipped = []; // {name, reason}
  #files = [];
  #began = Date.now();

  constructor(pattern) {
    this.pattern = pattern;
  }

  /** What ScenarioRun.go returned. */
  add({ run, scenario, seconds: duration, tests, faults }) {
    const { name } = scenario;
    const skipped = tests.filter(({ skip }) => skip);
    const failed = tests.filter(({ ok }) => !ok);
    const passed = tests.length - skipped.length - failed.length;
    const failures = [
      ...failed.map((test) => ({ name: `${name}: ${nameOf(test)}`, text: test.error })),
      ...faults.map((text) => ({ name, text })),
    ];
    this.passed += passed;
    this.failures.push(...failures);
    this.skipped.push(...skipped.map((test) => ({ name: `${name}: ${nameOf(test)}`, reason: test.skip })));
    if (passed + skipped.length + failures.length === 0) return; // none has the name that is asked for
    this.#files.push({ name, duration });
    console.log(`${failures.length ? 'FAILED' : 'ok'} ${name}: ${passed} passed in ${seconds(duration)}`);
    for (const failure of failures) console.log(`  ${failure.name}\n${indented(failure.text)}`);
    if (failures.length > 0) this.#showOutput(run.output);
  }

  #showOutput(file) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    if (lines) console.log(`  the end of ${file}:\n${indented(lines)}`);
  }

  interrupted() {
    this.failures.push({ name: 'the run', text: 'interrupted' });
  }

  /** Prints the summary. True if all is well. */
  close() {
    if (this.passed + this.failures.length === 0)
      this.failures.push({ name: 'the run', text: `no test ${this.pattern ? 'of that name' : 'was run'}` });
    this.#closeWith('slowest files', this.#slowest());
    for (const { name, reason } of this.skipped) console.log(`NOT RUN: ${name}: ${reason}`);
    this.#closeWith('failed', this.failures.map(({ name, text }) => `${name}: ${text.split('\n')[0]}`));
    console.log(`${this.#files.length} files in ${seconds((Date.now() - this.#began) / 1000)}`);
    const tail = this.skipped.length ? `, ${this.skipped.length} skipped` : '';
    console.log(`${this.passed} passed, ${this.failures.length} failed${tail}`);
    return this.failures.length === 0;
  }

  #slowest() {
    const files = [...this.#files].sort((a, b) => b.duration - a.duration).slice(0, SLOWEST);
    return files.map(({ name, duration }) => `${seconds(duration)} ${name}`);
  }

  #closeWith(title, lines) {
    if (lines.length > 0) console.log([`${title}:`, ...lines].join('\n  '));
  }
}
