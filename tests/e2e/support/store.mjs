// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from './stack.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Backslashes mean themselves, as in the other databases. */
const MARIADB_PRELUDE = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES');";

/** What database the stack's store is in: sqlite, postgresql or mariadb. */
export function storeKind(stack) {
  const file = path.join(stack.dir, 'database.url');
  return existsSync(file) ? readFileSync(file, 'utf8').split(':')[0] : 'sqlite';
}

/** Runs SQL on the stack's store, as the application beside Pregón would; the first value. */
export function sql(stack, statements) {
  const kind = storeKind(stack);
  if (kind !== 'sqlite') {
    const url = readFileSync(path.join(stack.dir, 'database.url'), 'utf8').trim();
    const text = kind === 'mariadb' ? MARIADB_PRELUDE + statements : statements;
    const options = { stdio: ['ignore', 'pipe', 'inherit'] };
    return execFileSync(path.join(REPOSITORY, 'tests/database'), ['query', url, text], options)
      .toString()
      .trim();
  }
  const script = `.timeout 10000\n${statements}`;
  return execFileSync('sqlite3', ['-bail', path.join(stack.dir, 'pregon.db')], { input: script })
    .toString()
    .trim();
}

/** A Sanctum token of a user, as the application would have stored it. */
export function addToken(stack, userId, { plain, abilities = '["*"]', expiresAt = null }) {
  const expires = expiresAt === null ? 'NULL' : `'${expiresAt}'`;
  const id = sql(
    stack,
    `INSERT INTO personal_access_tokens (tokenable_type, tokenable_id, name, token, abilities,
       expires_at) VALUES ('App\\Models\\User', ${userId}, 'test', '${sha256(plain)}',
       '${abilities}', ${expires}) RETURNING id;`,
  );
  return `${id}|${plain}`;
}
