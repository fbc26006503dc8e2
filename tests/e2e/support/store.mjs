import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { readKeyValues } from './stack.mjs';

/** Runs SQL in the stack's store, as only an administrator could; what it prints. */
export function sql(stack, statement) {
  const { PREGON_DATABASE } = readKeyValues(path.join(stack.dir, 'pregon.env'));
  const file = PREGON_DATABASE.replace('sqlite:', '');
  return execFileSync('sqlite3', ['-cmd', '.timeout 5000', file, statement], {
    encoding: 'utf8',
  }).trim();
}
