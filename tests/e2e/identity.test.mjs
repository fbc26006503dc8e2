// SPDX-License-Identifier: MIT

// Who a request comes from: Laravel's session cookie, Sanctum's token, and when either ends.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { appKey, sealCookie } from './support/laravel_cookie.mjs';
import { paymentNotice, postNotification } from './support/payments.mjs';
import { changeSettings, reloadProgram } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { channelAuth } from './support/signing.mjs';
import { withStack } from './support/stack.mjs';
import { sql } from './support/store.mjs';

const COOKIE = 'laravel_session';
const REMEMBER = 'remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d';
const KEY = randomBytes(32);
const PREVIOUS_KEY = randomBytes(32);
const LIFETIME_SECONDS = 120 * 60;
const SETTINGS = {
  PREGON_APP_KEY: appKey(KEY),
  PREGON_APP_PREVIOUS_KEYS: appKey(PREVIOUS_KEY),
  PREGON_SESSION_COOKIE: COOKIE,
};

const now = () => Math.floor(Date.now() / 1000);
const newSessionId = () => randomBytes(20).toString('hex');

function addSession(stack, userId, lastActivity = now()) {
  const id = newSessionId();
  sql(
    stack,
    `INSERT INTO sessions (id, user_id, payload, last_activity)
     VALUES ('${id}', ${userId ?? 'NULL'}, '', ${lastActivity})`,
  );
  return id;
}

/** Asks to join a shop's channel with a Cookie header and perhaps a token. */
function join(stack, { cookie = null, token = null, commerce = stack.env.COMMERCE_A }) {
  return request(stack.env, '/broadcasting/auth', {
    method: 'POST',
    headers: {
      ...(cookie ? { Cookie: cookie } : {}),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: new URLSearchParams({
      socket_id: '1234.5678',
      channel_name: `private-commerce.${commerce}`,
    }),
  });
}

async function configure(stack, settings) {
  changeSettings(stack, settings);
  assert.match(await reloadProgram(stack, 'fcgi'), /reloaded/);
}

withStack(
  "Laravel's session cookie",
  'nginx',
  (stack) => {
    // The shops' first users: Ana is 1, of shop A; Beto is 3, of shop B.
    const session = (options = {}) => {
      const { user = 1, name = COOKIE, lastActivity, ...how } = options;
      const id = addSession(stack, user, lastActivity);
      return `XSRF-TOKEN=x; ${COOKIE}=${sealCookie(name, id, { key: KEY, ...how })}; theme=dark`;
    };

    test('the user of the session is signed in', async () => {
      const { status, body } = await join(stack, { cookie: session() });

      assert.equal(status, 200);
      assert.deepEqual(body, {
        auth: channelAuth(stack.env, '1234.5678', `private-commerce.${stack.env.COMMERCE_A}`),
      });
    });

    test("another user's session does not open the shop", async () => {
      assert.equal((await join(stack, { cookie: session({ user: 3 }) })).status, 403);
      const own = { cookie: session({ user: 3 }), commerce: stack.env.COMMERCE_B };
      assert.equal((await join(stack, own)).status, 200);
    });

    test('a cookie that a previous key made counts', async () => {
      assert.equal((await join(stack, { cookie: session({ key: PREVIOUS_KEY }) })).status, 200);
    });

    const NOBODY = {
      'an unknown key': () => session({ key: randomBytes(32) }),
      'a tampered MAC': () =>
        session({ change: (e) => (e.mac = e.mac.replace(/^./, (c) => (c === 'a' ? 'b' : 'a'))) }),
      'a tampered value': () =>
        session({
          change: (e) => (e.value = e.value.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))),
        }),
      "another cookie's value": () => session({ name: 'XSRF-TOKEN' }),
      'a session that has expired': () => session({ lastActivity: now() - LIFETIME_SECONDS - 60 }),
      "a guest's session": () => session({ user: null }),
      'a session of a user who is gone': () => session({ user: 999 }),
      'a session that does not exist': () =>
        `${COOKIE}=${sealCookie(COOKIE, newSessionId(), { key: KEY })}`,
      'a session id that is not encrypted': () => `${COOKIE}=${addSession(stack, 1)}`,
      'a session of another cipher': () => session({ cipher: 'aes-256-gcm' }),
    };
    for (const [kind, cookie] of Object.entries(NOBODY)) {
      test(`${kind}: nobody, but a token beside it counts`, async () => {
        const refused = await join(stack, { cookie: cookie() });
        assert.equal(refused.status, 403);
        assert.deepEqual(refused.body, { message: 'Unauthenticated.' });

        const { status } = await join(stack, { cookie: cookie(), token: stack.env.TOKEN_A });
        assert.equal(status, 200);
      });
    }

    test('the session comes before the token', async () => {
      const both = { cookie: session(), token: stack.env.TOKEN_B };
      assert.equal((await join(stack, both)).status, 200);
      assert.equal((await join(stack, { ...both, commerce: stack.env.COMMERCE_B })).status, 403);
    });

    test('a session reads notices, but posting one takes a token', async () => {
      const headers = { Cookie: session() };
      assert.equal((await request(stack.env, '/api/notifications', { headers })).status, 200);

      const notice = paymentNotice(stack.env.DEVICE_A);
      assert.equal((await postNotification(stack.env, null, notice, headers)).status, 401);
      assert.equal(
        (await postNotification(stack.env, stack.env.TOKEN_A, notice, headers)).status,
        201,
      );
    });

    test('a remembered user counts once that is turned on', async () => {
      sql(stack, `UPDATE users SET remember_token = 'anasRememberToken' WHERE id = 1`);
      const value = sealCookie(REMEMBER, '1|anasRememberToken|0f', { key: KEY });
      const cookie = `${REMEMBER}=${value}`;
      assert.equal((await join(stack, { cookie })).status, 403);

      await configure(stack, { PREGON_REMEMBER_ME: 'true' });
      assert.equal((await join(stack, { cookie })).status, 200);
      const forged = sealCookie(REMEMBER, '1|anotherToken|0f', { key: KEY });
      assert.equal((await join(stack, { cookie: `${REMEMBER}=${forged}` })).status, 403);
    });

    test('a use brings last_activity up to date once that is turned on', async () => {
      await configure(stack, { PREGON_SESSION_TOUCH: 'true' });
      const old = now() - 600;
      assert.equal((await join(stack, { cookie: session({ lastActivity: old }) })).status, 200);

      await until(
        () => sql(stack, `SELECT count(*) FROM sessions WHERE last_activity = ${old}`) === '0',
        'last_activity is up to date',
      );
    });

    test('AES-256-GCM and AES-128-CBC', async () => {
      await configure(stack, { PREGON_APP_CIPHER: 'AES-256-GCM' });
      assert.equal((await join(stack, { cookie: session({ cipher: 'aes-256-gcm' }) })).status, 200);
      const tag = Buffer.alloc(16).toString('base64');
      const tampered = session({ cipher: 'aes-256-gcm', change: (e) => (e.tag = tag) });
      assert.equal((await join(stack, { cookie: tampered })).status, 403);

      const key = randomBytes(16);
      await configure(stack, {
        PREGON_APP_CIPHER: 'AES-128-CBC',
        PREGON_APP_KEY: appKey(key),
        PREGON_APP_PREVIOUS_KEYS: null,
      });
      const cookie = session({ key, cipher: 'aes-128-cbc' });
      assert.equal((await join(stack, { cookie })).status, 200);
    });

    test('a key of the wrong length changes nothing; keys and cookies are in no log', async () => {
      changeSettings(stack, { PREGON_APP_KEY: 'muchTooShort' });
      const line = await reloadProgram(stack, 'fcgi');

      assert.match(line, /config invalid/);
      assert.match(line, /PREGON_APP_KEY: the key has 12 bytes; aes-128-cbc needs 16/);
      const cookie = session();
      await join(stack, { cookie });
      const log = readFileSync(path.join(stack.dir, 'log/fcgi.log'), 'utf8');
      for (const secret of ['muchTooShort', KEY.toString('base64'), cookie.slice(-60, -30)])
        assert.equal(log.includes(secret), false);
    });
  },
  { settings: SETTINGS },
);

withStack(
  'revoking access',
  'nginx',
  (stack) => {
    const LONG = '300';
    afterEach(() => sql(stack, `DELETE FROM sessions`));

    /** Takes a credential away and puts nothing in its place. */
    const credentials = {
      'a token': () => {
        const { TOKEN_A2 } = stack.env;
        return {
          credential: { token: TOKEN_A2 },
          revoke: `UPDATE personal_access_tokens SET tokenable_type = 'Revoked'
                 WHERE id = ${TOKEN_A2.split('|')[0]}`,
          restore: `UPDATE personal_access_tokens SET tokenable_type = 'App\\Models\\User'`,
        };
      },
      'a session': () => {
        const id = addSession(stack, 1);
        return {
          credential: { cookie: `${COOKIE}=${sealCookie(COOKIE, id, { key: KEY })}` },
          revoke: `UPDATE sessions SET user_id = NULL WHERE id = '${id}'`,
          restore: '',
        };
      },
    };
    for (const [kind, make] of Object.entries(credentials)) {
      test(`${kind}: remembered for the age of the cache, at once without`, async () => {
        const { credential, revoke, restore } = make();
        const status = async () => (await join(stack, credential)).status;
        await configure(stack, { PREGON_IDENTITY_CACHE_SECONDS: LONG });
        assert.equal(await status(), 200);
        sql(stack, revoke);
        assert.equal(await status(), 200); // not asked again

        await configure(stack, { PREGON_IDENTITY_CACHE_SECONDS: '0' });
        assert.equal(await status(), 403);
        sql(stack, restore);
      });
    }

    test('a revoked token ends by itself within the age of the cache', async () => {
      await configure(stack, { PREGON_IDENTITY_CACHE_SECONDS: '1' });
      const token = stack.env.TOKEN_B;
      const asBeto = { token, commerce: stack.env.COMMERCE_B };
      assert.equal((await join(stack, asBeto)).status, 200);
      sql(stack, `DELETE FROM personal_access_tokens WHERE id = ${token.split('|')[0]}`);

      await until(async () => (await join(stack, asBeto)).status === 403, 'the token has ended');
    });

    test('a payment takes a token that is valid now, whoever is remembered', async () => {
      await configure(stack, { PREGON_IDENTITY_CACHE_SECONDS: LONG });
      const token = stack.env.TOKEN_A2;
      const post = () => postNotification(stack.env, token, paymentNotice(stack.env.DEVICE_A2));
      const id = token.split('|')[0];
      const setType = (type) =>
        sql(stack, `UPDATE personal_access_tokens SET tokenable_type = '${type}' WHERE id = ${id}`);
      assert.equal((await join(stack, { token })).status, 200);
      assert.equal((await post()).status, 201);

      setType('Revoked');
      try {
        assert.equal((await join(stack, { token })).status, 200);
        assert.equal((await post()).status, 401);
      } finally {
        setType('App\\Models\\User');
      }
    });

    test('who is remembered joins while the store is away, who is not gets 503', async () => {
      await configure(stack, { PREGON_IDENTITY_CACHE_SECONDS: LONG });
      assert.equal((await join(stack, { token: stack.env.TOKEN_A })).status, 200);
      sql(stack, `ALTER TABLE personal_access_tokens RENAME TO away`);
      try {
        assert.equal((await join(stack, { token: stack.env.TOKEN_A })).status, 200);
        const stranger = await join(stack, { token: stack.env.TOKEN_A2 });
        assert.equal(stranger.status, 503);
        assert.equal(stranger.headers.get('retry-after'), '1');
      } finally {
        sql(stack, `ALTER TABLE away RENAME TO personal_access_tokens`);
      }
    });

    test('a use of a token is written down beside the answer', async () => {
      const id = stack.env.TOKEN_A.split('|')[0];
      const used = () =>
        sql(stack, `SELECT last_used_at FROM personal_access_tokens WHERE id = ${id}`);
      await configure(stack, { PREGON_IDENTITY_CACHE_SECONDS: '0' });
      sql(stack, `UPDATE personal_access_tokens SET last_used_at = NULL`);
      assert.equal((await join(stack, { token: stack.env.TOKEN_A })).status, 200);

      await until(() => used() !== '', 'last_used_at is set');
      assert.match(used(), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    });
  },
  { settings: SETTINGS },
);
