import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './inbox.mjs';

const OUTCOME = /worker reloaded|config invalid/;

function workerLog(stack) {
  return readFileSync(path.join(stack.dir, 'log/worker.log'), 'utf8').split('\n');
}

/** Sets lines of DIR/pregon.env; null takes the key's lines out. */
export function changeSettings(stack, values) {
  const file = path.join(stack.dir, 'pregon.env');
  let lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  for (const [key, value] of Object.entries(values)) {
    lines = lines.filter((line) => !line.startsWith(`${key}=`));
    if (value !== null) lines.push(`${key}=${value}`);
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** SIGHUP; the line of the log that tells what came of it. */
export async function reloadWorker(stack) {
  const seen = workerLog(stack).filter((line) => OUTCOME.test(line)).length;
  process.kill(stack.pid('worker'), 'SIGHUP');
  return until(
    () => workerLog(stack).filter((line) => OUTCOME.test(line))[seen],
    'the worker says what came of SIGHUP',
  );
}
