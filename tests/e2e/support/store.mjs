import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Runs SQL on the stack's store, as the application beside Pregón would; the first value. */
export function sql(stack, statements) {
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
