// SPDX-License-Identifier: MIT
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './inbox.mjs';

const OUTCOME = /reloaded|config invalid/;

/** The lines that a program has logged so far. */
export function logOf(stack, program) {
  return readFileSync(path.join(stack.dir, `log/${program}.log`), 'utf8').split('\n');
}

/** Sets lines of DIR/pregon.env; null takes the key's lines out. */
export function changeSettings(stack, values) {
  const file = path.join(stack.dir, 'pregon.env');
  let lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  for (const [key, value] of Object.entries(values)) {
    lines = lines.filter((line) => !line.startsWith(`${key}=`));
    if (value !== null) lines.push(`${key}=${value}`);
  }
  writeFileSync(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file); // never half a file, whenever it is read
}

/** SIGHUP; the line of the log that tells what came of it. */
export async function reloadProgram(stack, program) {
  const outcomes = () => logOf(stack, program).filter((line) => OUTCOME.test(line));
  const seen = outcomes().length;
  process.kill(stack.pid(program), 'SIGHUP');
  return until(() => outcomes()[seen], `${program} says what came of SIGHUP`);
}

export const reloadWorker = (stack) => reloadProgram(stack, 'worker');

/** Other channel rules, in force when this returns. */
export async function writeRules(stack, rules) {
  writeFileSync(path.join(stack.dir, 'channels.json'), JSON.stringify(rules));
  const outcome = await reloadProgram(stack, 'fcgi');
  if (!outcome.includes('fcgi reloaded')) throw new Error(outcome);
}

/** The lines of the program's log that match so far. */
export const logLines = (stack, program, form) =>
  logOf(stack, program).filter((line) => form.test(line));

/** The same once there is one: a line comes by way of supervisord, perhaps after what it is about. */
export async function logged(stack, program, form) {
  await until(() => logLines(stack, program, form).length > 0, `the log says ${form}`);
  return logLines(stack, program, form);
}
