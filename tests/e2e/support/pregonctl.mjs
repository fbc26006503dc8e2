// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import path from 'node:path';
import { BUILD } from './stack.mjs';
import { within } from './inbox.mjs';

/** Runs pregonctl to its end, whatever that is: {code, stdout, stderr}. */
export async function pregonctl(words, { input = '', env = process.env, cwd } = {}) {
  const child = spawn(path.join(BUILD, 'pregonctl'), words, { env, cwd });
  const run = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => (run.stdout += bytes));
  child.stderr.on('data', (bytes) => (run.stderr += bytes));
  child.stdin.on('error', () => {}); // it may not read
  child.stdin.end(input);
  try {
    run.code = await within(
      new Promise((resolve) => child.on('close', resolve)),
      `pregonctl ${words.join(' ')}`,
    );
  } finally {
    child.kill('SIGKILL');
  }
  return run;
}

/** The same with a stack's configuration. */
export function runPregonctl(stack, words, options) {
  return pregonctl(['--config', path.join(stack.dir, 'pregon.env'), ...words], options);
}
