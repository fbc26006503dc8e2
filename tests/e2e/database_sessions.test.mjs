// SPDX-License-Identifier: MIT

// What databases in the wild do to a connection: pools, idle timeouts, a primary that is none any
// more, and tables that lack characters.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DATABASES, DatabaseServer, query } from './support/database_server.mjs';
import { until } from './support/inbox.mjs';
import { authorizeForShop, pay, paymentNotice, postNotification } from './support/payments.mjs';
import { Pgbouncer } from './support/pgbouncer.mjs';
import { runPregonctl } from './support/pregonctl.mjs';
import { logged } from './support/reload.mjs';
import { BUILD, Stack } from './support/stack.mjs';

/** Without its memory of who is who, every request asks the database. */
const FORGETFUL = { PREGON_IDENTITY_CACHE_SECONDS: '0' };

/** A server of its own, and a stack with its store there; `define` gets functions for both. */
function onOwnServer(title, kind, define) {
  describe(title, () => {
    let server, stack;
    before(async () => {
      server = await DatabaseServer.start(kind);
      stack = await new Stack('nginx', { database: server.url, settings: FORGETFUL }).up();
    });
    after(async () => {
      await stack?.down();
      await server?.remove();
    });
    define({
      server: () => server,
      stack: () => stack,
      /** The URL of the stack's own database there. */
      url: () => readFileSync(path.join(stack.dir, 'database.url'), 'utf8').trim(),
      payNow: (more) =>
        pay(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A, more)),
      log: () => stack.log('fcgi'),
    });
  });
}

function configure(stack, name, value) {
  const file = path.join(stack.dir, 'pregon.env');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}='${value}'`);
  assert.ok(changed.includes(`${name}='${value}'`));
  writeFileSync(file, changed);
}

onOwnServer('behind pgbouncer', 'postgresql', ({ stack, url, payNow, log }) => {
  const pools = {};
  before(async () => {
    for (const mode of ['session', 'transaction', 'statement'])
      pools[mode] = await Pgbouncer.start(url(), mode);
    await stack().stop('fcgi');
  });
  after(() => Promise.all(Object.values(pools).map((pool) => pool.stop())));

  /** What pregon-fcgi, and pregonctl, say to such a store. */
  const startOn = (pool) => {
    configure(stack(), 'PREGON_DATABASE', pool.url);
    const file = path.join(stack().dir, 'pregon.env');
    return spawnSync(path.join(BUILD, 'pregon-fcgi'), ['--config', file], { encoding: 'utf8' });
  };
  const WHAT_TO_DO = /set pool_mode = session/;

  for (const mode of ['transaction', 'statement']) {
    test(`${mode} mode is refused at the start, with what to do`, () => {
      const { status, stderr } = startOn(pools[mode]);
      assert.equal(status, 1, stderr);
      assert.match(stderr, WHAT_TO_DO);
    });

    test(`${mode} mode is named by database check`, async () => {
      configure(stack(), 'PREGON_DATABASE', pools[mode].url);
      const { code, stderr } = await runPregonctl(stack(), ['database', 'check']);
      assert.notEqual(code, 0);
      assert.match(stderr, WHAT_TO_DO);
    });

    test(`${mode} mode: the application's connections keep their own settings`, () => {
      assert.equal(pools[mode].query('SHOW statement_timeout'), '0');
    });
  }

  test('session mode works, for many phones at a time', async () => {
    configure(stack(), 'PREGON_DATABASE', pools.session.url);
    await stack().start('fcgi');
    const { COMMERCE_A, TOKEN_A } = stack().env;
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => [payNow(), authorizeForShop(stack().env, TOKEN_A, COMMERCE_A)]).flat(),
    );
    for (const { status } of answers) assert.ok(status === 'pending' || status === 200, status);
    assert.doesNotMatch(log(), /unavailable/);
  });

  test('session mode is fine with database check', async () => {
    const { code, stdout, stderr } = await runPregonctl(stack(), ['database', 'check']);
    assert.equal(code, 0, stdout + stderr);
  });
});

/** How a server ends a connection that says nothing for a second, and who is connected. */
const IDLE = {
  postgresql: {
    set: (url) => query(url, "ALTER ROLE pregon SET idle_session_timeout = '1s'"),
    connected: "SELECT pid FROM pg_stat_activity WHERE application_name = 'pregon'",
    end: (id) => `SELECT pg_terminate_backend(${id})`,
  },
  mariadb: {
    set: (url) => query(url, 'SET GLOBAL wait_timeout = 1'),
    connected: "SELECT id FROM information_schema.processlist WHERE user = 'pregon' AND command = 'Sleep'",
    end: (id) => `KILL ${id}`,
  },
};
for (const [kind, name] of Object.entries(DATABASES))
  onOwnServer(`${name} ends idle connections`, kind, ({ url, payNow, log }) => {
    const connected = async () => (await query(url(), IDLE[kind].connected)).map(([id]) => id);

    test('the next payment is a 201 like any other, and the log is silent', async () => {
      await IDLE[kind].set(url());
      for (const id of await connected()) await query(url(), IDLE[kind].end(id)).catch(() => {});
      await Promise.all(Array.from({ length: 8 }, () => payNow()));
      const open = await connected(); // these have the new timeout
      const from = log().length;
      await until(async () => {
        const left = await connected();
        return !open.some((id) => left.includes(id));
      }, 'the server has ended them');

      for (let i = 0; i < 8; i += 1) await payNow();

      assert.doesNotMatch(log().slice(from), /unavailable|waiting/);
    });

    test('so is the payment after an administrator has ended every connection', async () => {
      await payNow();
      for (const id of await connected()) await query(url(), IDLE[kind].end(id)).catch(() => {});
      await payNow();
    });
  });

onOwnServer('a primary that has become read-only', 'postgresql', ({ stack, url, payNow, server }) => {
  test('503 while it is, and the next connection goes to its successor', async () => {
    const [, name] = /\/(\w+)\?/.exec(url());
    await query(server().url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await query(
      server().url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pregon'",
    );
    const { TOKEN_A, DEVICE_A } = stack().env;
    const refused = await postNotification(stack().env, TOKEN_A, paymentNotice(DEVICE_A));
    assert.equal(refused.status, 503);
    await logged(stack(), 'fcgi', /read-only transaction/);

    // From here on a new connection reaches a server that writes; the open ones do not.
    await query(server().url, `ALTER DATABASE ${name} RESET default_transaction_read_only`);
    const notice = paymentNotice(DEVICE_A);
    await until(async () => {
      const { status } = await postNotification(stack().env, TOKEN_A, notice);
      assert.ok([201, 503].includes(status), `answered ${status}`);
      return status === 201;
    }, 'the phone tries again and is served');
    for (let i = 0; i < 8; i += 1) await payNow().catch(() => {}); // each thread once
    await payNow();
  });
});

onOwnServer('a primary that is demoted to a standby', 'postgresql', ({ stack, server, payNow }) => {
  test('503 while it is one, and served again when it is promoted', async () => {
    await payNow();
    await server().stop();
    writeFileSync(path.join(server().dir, 'pg/standby.signal'), '');
    await server().start();
    const { TOKEN_A, DEVICE_A } = stack().env;
    const notice = paymentNotice(DEVICE_A);
    const refused = await postNotification(stack().env, TOKEN_A, notice);
    assert.equal(refused.status, 503);
    await logged(stack(), 'fcgi', /read-only transaction/);
    assert.equal((await postNotification(stack().env, TOKEN_A, notice)).status, 503);

    assert.deepEqual(await query(server().url, 'SELECT pg_promote()'), [['t']]);
    await until(
      async () => (await postNotification(stack().env, TOKEN_A, notice)).status === 201,
      'the phone tries again and is served',
    );
    for (let i = 0; i < 8; i += 1) await payNow(); // no thread keeps a connection that cannot write
  });
});

onOwnServer('a MariaDB whose tables are utf8mb3', 'mariadb', ({ stack, url }) => {
  const EMOJI = 'Yape! Juan «Ñ» 😀 te envió S/ 25.50';
  const post = (more) =>
    postNotification(
      stack().env,
      stack().env.TOKEN_A,
      paymentNotice(stack().env.DEVICE_A, { body: EMOJI, title: 'Pago 😀', ...more }),
    );
  before(async () => {
    await query(url(), 'SET FOREIGN_KEY_CHECKS = 0; ALTER TABLE notifications CONVERT TO CHARACTER SET utf8mb3');
  });

  test('a notice with an emoji is stored, with ? in its place', async () => {
    const { status, body } = await post();
    assert.equal(status, 201);
    assert.equal(body.notification.body, EMOJI.replace('😀', '?'));
    assert.equal(body.notification.title, 'Pago ?');
  });

  test('its copy is still known as one', async () => {
    assert.equal((await post()).body.notification.is_duplicate, true);
  });

  test('the log warns and names the columns', async () => {
    await logged(stack(), 'fcgi', /stored with \?.*title \(utf8mb3\), body \(utf8mb3\)/);
  });

  test('database check warns', async () => {
    const { code, stdout } = await runPregonctl(stack(), ['database', 'check']);
    assert.equal(code, 0);
    assert.match(stdout, /^warning: notifications: .*body \(utf8mb3\).*convert the table to utf8mb4/m);
  });

  test('text that fits is stored as it is', async () => {
    const answer = await post({ body: 'Yape! «Ñ» S/ 3.00', title: null });
    assert.deepEqual([answer.status, answer.body.notification.body], [201, 'Yape! «Ñ» S/ 3.00']);
  });
});
