import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { readKeyValues } from './stack.mjs';

/** Runs SQL in the stack's store, which changes it as only an administrator could. */
export function sql(stack, statements) {
  const { PREGON_DATABASE } = readKeyValues(path.join(stack.dir, 'pregon.env'));
  const file = PREGON_DATABASE.replace('sqlite:', '');
  execFileSync('sqlite3', ['-bail', '-cmd', '.timeout 5000', file, statements]);
}
