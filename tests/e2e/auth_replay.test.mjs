// SPDX-License-Identifier: MIT

// Broadcasting auth beside what Laravel was recorded to answer to the same requests.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { onEachStore } from './support/database_server.mjs';
import { RECORDINGS } from './support/laravel_auth_recordings.mjs';
import { changeSettings, reloadProgram, writeRules } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { REPOSITORY } from './support/stack.mjs';
import { addToken, sql } from './support/store.mjs';

const RULES = [
  { channel: 'commerce.{commerceId}', allow: { commerceId: 'user.commerce_id' } },
  {
    channel: 'room.{id}',
    query: 'SELECT 1 FROM users WHERE id = :user.id AND commerce_id IS NOT NULL',
    presence: { user_id: 'user.id', user_info: ['id', 'name'] },
  },
];
const PLAIN = 'OzQv1fhetXjIrzKDOUBsLOdbzl1IxpavtK64sHiIafcd7b18';

const tokens = {};

onEachStore('auth as recorded with Laravel', (stack) => {
  before(async () => {
    changeSettings(stack, { REVERB_APP_KEY: 'app-key', REVERB_APP_SECRET: 'app-secret' });
    await reloadProgram(stack, 'fcgi');
    await writeRules(stack, RULES);
    sql(stack, "UPDATE users SET name = 'Ana' WHERE id = 1;");
    const nobody = sql(
      stack,
      "INSERT INTO users (name, email, password) VALUES ('Beto', 'b@example.com', '!') RETURNING id;",
    );
    Object.assign(tokens, {
      own: addToken(stack, 1, { plain: PLAIN }),
      read: addToken(stack, 1, { plain: 'read', abilities: '["read"]' }),
      expired: addToken(stack, 1, { plain: 'expired', expiresAt: '2026-01-01 00:00:00' }),
      nobody: addToken(stack, nobody, { plain: 'nobody' }),
      wrong: '1|wrong',
      withoutId: PLAIN,
      unknownId: `999|${PLAIN}`,
    });
  });

  for (const recording of RECORDINGS) {
    test(`${recording.title}: ${recording.ours ? 'other than Laravel' : 'as Laravel'}`, async () => {
      const { method, send, type, headers, token, scheme = 'Bearer', tokenInQuery } = recording;
      const query = tokenInQuery ? `?token=${encodeURIComponent(tokens[tokenInQuery])}` : '';
      const answer = await request(stack.env, recording.path + query, {
        method,
        headers: {
          'Content-Type': type,
          ...(token && { Authorization: `${scheme} ${tokens[token]}` }),
          ...headers,
        },
        ...(method === 'POST' && { body: send }),
      });
      const expected = recording.ours ?? recording.laravel;
      assert.equal(answer.status, expected.status, answer.text);
      assert.deepEqual(answer.body, expected.body);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    });
  }
});

test('every difference from the recordings is explained', () => {
  const page = readFileSync(path.join(REPOSITORY, 'docs/differences.md'), 'utf8');
  for (const { title, laravel, ours } of RECORDINGS.filter((recording) => recording.ours)) {
    assert.notDeepEqual(ours, laravel, title);
    assert.ok(page.includes(`| ${title} |`), `docs/differences.md says nothing about "${title}"`);
  }
});
