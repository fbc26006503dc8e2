// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { query, sharedServer } from './support/database_server.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { pregonctl, runPregonctl } from './support/pregonctl.mjs';
import { request } from './support/request.mjs';
import { withStack } from './support/stack.mjs';

withStack('pregonctl and the accounts of the embedded store', 'nginx', (stack) => {
  const ok = async (words, input = '') => {
    const run = await runPregonctl(stack, words, { input });
    assert.equal(run.code, 0, run.stderr);
    return run.stdout;
  };
  const list = async (what) => JSON.parse(await ok([what, 'list', '--json']))[`${what}s`];
  const email = 'caja3@example.test';

  test('a user with a token and a device can send a payment', async () => {
    assert.match(
      await ok(['user', 'add', '--name', 'Caja Tres', '--email', email, '--commerce', stack.env.COMMERCE_A], 'secreto-largo\n'),
      /^user \d+ added\n$/,
    );
    const token = (await ok(['token', 'add', email, '--name', 'phone', '--days', '30'])).trim();
    assert.match(token, /^\d+\|[A-Za-z0-9]{48}$/);
    const device = (await ok(['device', 'add', email, '--name', 'Moto', '--alias', 'Caja 3'])).trim();

    await pay(stack.env, token, paymentNotice(device));
    const tokens = (await list('token')).filter(({ user }) => user === email);
    assert.equal(tokens[0].abilities, '["*"]');
    assert.match(tokens[0].expires_at, /^\d{4}-/);
    assert.ok(!(await ok(['token', 'list'])).includes(token.split('|')[1]));
    assert.equal((await list('device')).find(({ uuid }) => uuid === device).alias, 'Caja 3');
    assert.equal((await list('user')).find((user) => user.email === email).commerce_id, stack.env.COMMERCE_A);

    assert.match(await ok(['device', 'revoke', device]), /refused from now on/);
    assert.equal((await list('device')).find(({ uuid }) => uuid === device).is_active, '0');
  });

  test('a password is kept as Laravel does', async () => {
    const [[hash]] = await query(stack.values().PREGON_DATABASE, `SELECT password FROM users WHERE email = '${email}'`);
    assert.match(hash, /^\$2y\$12\$[./A-Za-z0-9]{53}$/);
  });

  test('a revoked token and a revoked user are strangers', async () => {
    const other = (await ok(['token', 'add', email, '--name', 'other', '--abilities', 'read,write'])).trim();
    const [id] = other.split('|');
    assert.equal((await list('token')).find((token) => token.id === id).abilities, '["read","write"]');
    assert.match(await ok(['token', 'revoke', id]), /^revoked/);
    const asked = await request(stack.env, '/api/notifications', {
      headers: { Authorization: `Bearer ${other}` },
    });
    assert.equal(asked.status, 401);
    await ok(['user', 'revoke', email]);
    assert.deepEqual((await list('token')).filter(({ user }) => user === email), []);
  });

  test('what cannot be done is told, and nothing is done', async () => {
    const add = ['user', 'add', '--name', 'Ana', '--email'];
    for (const [words, code, text, input] of [
      [[...add, 'ana@example.test'], 1, /has that e-mail already/, 'secreto-largo\n'],
      [[...add, 'nobody'], 2, /--email/],
      [[...add, 'new@example.test'], 1, /at least 8 characters/, 'corto\n'],
      [[...add, 'new@example.test', '--no-password', '--commerce', '999'], 1, /999: no such shop/],
      [[...add, 'new@example.test', '--commerce', '1', '--shop', 'x'], 2, /either/],
      [['user', 'revoke', 'nobody@example.test'], 1, /no such user/],
      [['token', 'add', '999', '--name', 'x'], 1, /no such user/],
      [['token', 'add', '1', '--name', 'x', '--days', '0'], 2, /--days/],
      [['token', 'revoke', '999'], 1, /no such token/],
      [['token', 'revoke', '1|plain'], 1, /expected the id/],
      [['device', 'add', '1', '--name', 'x', '--uuid', stack.env.DEVICE_A], 1, /has that uuid/],
      [['device', 'revoke', 'nothing'], 1, /no such device/],
      [['user', 'ad'], 2, /expected user add, user list or user revoke/],
    ]) {
      const run = await runPregonctl(stack, words, { input });
      assert.equal(run.code, code, `${words.join(' ')}: ${run.stderr}`);
      assert.match(run.stderr, text);
    }
    assert.equal((await list('user')).some((user) => user.email === 'new@example.test'), false);
  });
});

withStack(
  'pregonctl and the accounts of an application in PostgreSQL',
  'none',
  (stack) => {
    test('lists work, a token can be revoked, the rest is left to the application', async () => {
      assert.match(await stack.pregonctl('user', 'list'), /ana@example\.test/);
      const tokens = JSON.parse(await stack.pregonctl('token', 'list', '--json')).tokens;
      assert.match(await stack.pregonctl('token', 'revoke', tokens.at(-1).id), /^revoked/);
      for (const words of [
        ['user', 'add', '--name', 'A', '--email', 'a@example.test', '--no-password'],
        ['user', 'revoke', '1'],
        ['token', 'add', '1', '--name', 'x'],
        ['device', 'add', '1', '--name', 'x'],
        ['device', 'revoke', '1'],
      ]) {
        const run = await runPregonctl(stack, words);
        assert.equal(run.code, 1, words.join(' '));
        assert.match(run.stderr, /tables are the application's/);
      }
      assert.equal((await runPregonctl(stack, ['store', 'init'])).code, 1);
    });
  },
  { database: sharedServer('postgresql') },
);

describe('pregonctl by itself', () => {
  const dir = mkdtempSync('/tmp/pregon-e2e-ctl-');
  after(() => rmSync(dir, { recursive: true, force: true }));
  const config = path.join(dir, 'pregon.env');
  const store = path.join(dir, 'new.db');
  writeFileSync(config, `PREGON_DATABASE=sqlite:${store}\nREVERB_APP_SECRET=geheim\n`, { mode: 0o600 });
  const run = (...words) => pregonctl(['--config', config, ...words]);

  test('store init makes a store that takes users', async () => {
    assert.equal((await run('user', 'list')).code, 3);
    assert.match((await run('store', 'init')).stdout, /^store ready: /);
    assert.equal(statSync(store).mode & 0o027, 0);
    const added = await run('user', 'add', '--name', 'Ana', '--email', 'ana@example.test', '--shop', 'Tienda Uno', '--no-password');
    assert.equal(added.code, 0, added.stderr);
    assert.match((await run('user', 'list')).stdout, /ana@example\.test +Ana +admin +1 /);
    assert.equal((await run('store', 'init')).code, 0); // again it changes nothing
    assert.match((await run('user', 'list')).stdout, /ana@example\.test/);
  });

  test('help, and what is no command', async () => {
    assert.match((await run('help')).stdout, /\n {2}tail +show the events/);
    assert.match((await run('help', 'token')).stdout, /usage: pregonctl token add USER --name NAME/);
    assert.match((await run('help', '--names')).stdout, /^user add\t--name --email/m);
    const wrong = await run('statsu');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /did you mean status\?/);
  });

  test('config tells values and their places, and no secret', async () => {
    const { stdout } = await run('config', '--changed');
    assert.match(stdout, new RegExp(`^PREGON_DATABASE=sqlite:${store} +# ${config}:1$`, 'm'));
    assert.match(stdout, /^REVERB_APP_SECRET=\(set\) /m);
    assert.ok(!stdout.includes('geheim'));
    assert.equal((await run('config', 'PREGON_FCGI_THREADS')).stdout, '16\n');
    const fromEnvironment = await pregonctl(['--config', config, 'config', '--changed'], {
      env: { ...process.env, PREGON_FCGI_THREADS: '5' },
    });
    assert.match(fromEnvironment.stdout, /^PREGON_FCGI_THREADS=5 +# environment$/m);
    assert.equal((await run('config', 'PREGON_X')).code, 2);
  });

  test('check says what is wrong by its exit code', async () => {
    const failed = await run('check');
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /REVERB_APP_ID/);
  });

  test('import shows, writes when told to, and never over a file', async () => {
    const env = path.join(dir, '.env');
    const target = path.join(dir, 'laravel.env');
    writeFileSync(env, `APP_KEY=base64:${'Z2Vo'.repeat(10)}Z2U=\nREVERB_APP_ID=7\nREVERB_HOST=0.0.0.0\n`);
    const shown = await run('import', env);
    assert.equal(shown.code, 0);
    assert.match(shown.stdout, /^taken: {3}REVERB_APP_ID=7/m);
    assert.match(shown.stdout, /^warning: REVERB_HOST=0\.0\.0\.0/m);
    assert.ok(!shown.stdout.includes('Z2Vo'));
    writeFileSync(env, 'REVERB_APP_ID=7\n');
    assert.equal((await run('import', env, '--write', '--output', target)).code, 0);
    assert.equal(statSync(target).mode & 0o777, 0o640);
    assert.equal((await run('import', env, '--write', '--output', target)).code, 1);
    assert.equal((await run('import', path.join(dir, 'none'))).code, 1);
  });
});
