// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { query } from './database_server.mjs';
import { within } from './inbox.mjs';

/** Waits for the end of its input while it has a lock of fcntl(2) on all of the file. */
const LOCKS_FILE = `
import fcntl, sys
with open(sys.argv[1], 'r+') as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print('held', flush=True)
    sys.stdin.read()
`;

/** The same with the one lock for writing that a SQLite store has. */
const LOCKS_STORE = `
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
store.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()
`;

/** A program that says `held` when it holds something; `letGo` ends it, once or more. */
async function held(program, words, input = '') {
  const holder = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  holder.stdin.write(input);
  const says = once(readline.createInterface(holder.stdout), 'line');
  const [line] = await within(Promise.race([says, ended]), `${program} holds it`);
  if (line !== 'held') throw new Error(`${program} does not hold it: ${line}`);
  const letGo = async () => {
    holder.stdin.end();
    await within(ended, `${program} lets go`);
  };
  return { letGo };
}

/** As another process would that shares the store and is stopped. */
export const heldFile = (file) => held('python3', ['-c', LOCKS_FILE, file]);

/** As a back-up or a job of the application would that writes for long. */
export const heldStore = (file) => held('python3', ['-c', LOCKS_STORE, file]);

/** A table of a stack's PostgreSQL, as a migration of the application would; who waits for a lock. */
export async function heldTable(url, table) {
  const uri = url.replace('?socket=', '?host=');
  const lock = `BEGIN; LOCK TABLE ${table}; SELECT 'held';\n`;
  const { letGo } = await held('psql', ['-X', '-q', '-A', '-t', uri], lock);
  const waiting = async () => Number((await query(url, 'SELECT count(*) FROM pg_locks WHERE NOT granted'))[0][0]);
  return { letGo, waiting };
}
