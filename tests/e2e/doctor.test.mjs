// SPDX-License-Identifier: MIT

// pregonctl doctor on a stack that works, and on applications whose .env is wrong.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import {
  Doctor,
  lineOf,
  NginxFiles,
  removePageScript,
  writeLaravelEnv,
  writePageScript,
} from './support/doctor.mjs';
import { changeSettings, reloadProgram } from './support/reload.mjs';
import { behindEachFront, withStack } from './support/stack.mjs';

const PAGE = 'https://tienda-uno.example';

behindEachFront('doctor on a stack that works', (stack) => {
  test('nothing is wrong, and everything that can be is looked at', async () => {
    const doctor = new Doctor(stack);
    const laravel = writeLaravelEnv(stack);
    writePageScript(stack, `new t({broadcaster:"reverb",key:"${stack.env.APP_KEY}"})`);
    doctor.env = { PREGONCTL_TOKEN: stack.env.TOKEN_A };
    const findings = await doctor.findings('--laravel-env', laravel, '--idle', '1');
    removePageScript(stack);
    const notOk = Object.values(findings).filter(({ result }) => result !== 'ok');
    const expected = ['apparmor', 'certificate', 'fallback', 'tls', 'webhooks']; // not here, no TLS, none set
    if (stack.front === 'caddy') expected.push('body-setting', 'nginx-files', 'worker-connections');
    assert.deepEqual(
      notOk.filter(({ result }) => result !== 'not checked'),
      [],
    );
    assert.deepEqual(
      notOk.map(({ check }) => check).filter((check) => !expected.includes(check)),
      [],
    );
    assert.match(findings.delivery.text, /arrived \d+ ms after it was posted/);
  });

  test('its text says the same and its exit status is 0', async () => {
    const { code, stdout, stderr } = await new Doctor(stack).run();
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^ok +greeting +pusher:connection_established, the key is known$/m);
    assert.match(stdout, /^\d+ ok, 0 warnings, 0 failures, \d+ not checked$/m);
  });

  test('the events of its own reach nobody else', async () => {
    await new Doctor(stack).isGreen();
    const { apps } = await stack.workerStatus();
    assert.equal(apps[0].channels, 0);
  });
});

withStack('doctor on an application', 'nginx', (stack) => {
  const doctor = new Doctor(stack);
  const fault = (title, changes, check, where, text) =>
    test(title, async () => {
      const file = writeLaravelEnv(stack, changes);
      const finding = (await doctor.findings('--laravel-env', file))[check];
      assert.equal(finding.result, 'failure', finding.text);
      assert.equal(finding.where, lineOf(file, where));
      assert.match(finding.text, text);
    });

  fault(
    'REVERB_HOST is an address to listen on',
    { REVERB_HOST: '0.0.0.0' },
    'laravel-host',
    'REVERB_HOST=',
    /REVERB_HOST=0\.0\.0\.0 is an address to listen on/,
  );
  fault(
    'the page connects to an address to listen on',
    { VITE_REVERB_HOST: '0.0.0.0' },
    'dashboard-address',
    'VITE_REVERB_HOST=',
    /browsers elsewhere cannot connect/,
  );
  fault(
    'port 443 with scheme http',
    { REVERB_PORT: '443' },
    'laravel-scheme',
    'REVERB_SCHEME=',
    /port 443 speaks TLS, but the scheme is http/,
  );
  fault(
    'the wrong key in the dashboard',
    { VITE_REVERB_APP_KEY: 'anotherkey' },
    'dashboard-key',
    'VITE_REVERB_APP_KEY=',
    /npm run build/,
  );
  fault(
    'the wrong key in the application',
    { REVERB_APP_KEY: 'anotherkey' },
    'greeting',
    'REVERB_APP_KEY=',
    /error 4001/,
  );
  fault(
    'the wrong secret in the application',
    { REVERB_APP_SECRET: 'anothersecret' },
    'laravel-keys',
    'REVERB_APP_SECRET=',
    /REVERB_APP_SECRET differs: it must be the one of .*pregon\.env:\d+/,
  );
  fault(
    'what the wrong secret leads to',
    { REVERB_APP_SECRET: 'anothersecret' },
    'signature',
    'REVERB_APP_SECRET=',
    /401 Authentication signature invalid/,
  );
  fault(
    'the wrong application id',
    { REVERB_APP_ID: '1' },
    'signature',
    'REVERB_APP_SECRET=',
    /404 No matching application/,
  );
  fault(
    'a line for which Laravel refuses the whole file',
    { MAIL_FROM_NAME: 'two words' },
    'laravel-file',
    'MAIL_FROM_NAME=',
    /the application itself cannot read its \.env: MAIL_FROM_NAME: .*blanks needs quotes/,
  );
  fault(
    'events are sent to the log',
    { BROADCAST_CONNECTION: 'log' },
    'laravel-driver',
    'BROADCAST_CONNECTION=',
    /write reverb/,
  );
  fault(
    'a path prefix that the server does not have',
    { REVERB_SERVER_PATH: '/ws/' },
    'laravel-path',
    'REVERB_SERVER_PATH=',
    /differs from Pregón's \(none\)/,
  );

  const withScript = async (text, ...words) => {
    const laravel = writeLaravelEnv(stack);
    const file = writePageScript(stack, text);
    const findings = await doctor.findings('--laravel-env', laravel, ...words);
    removePageScript(stack);
    return { file, ...findings };
  };

  test('the key that the page was built with', async () => {
    const good = await withScript(`n=new E({broadcaster:"reverb",key:"${stack.env.APP_KEY}"})`);
    assert.equal(good['dashboard-script'].result, 'ok');
    assert.match(good['dashboard-script'].text, new RegExp(`Pregón's key: ${good.file}$`));

    for (const [key, text] of [
      ['"anotherkey"', /built with another key than Pregón's/],
      ['void 0', /built without a key/],
    ]) {
      const { file, ...findings } = await withScript(`n=new E({broadcaster:"reverb",key:${key}})`);
      assert.equal(findings['dashboard-script'].result, 'failure');
      assert.equal(findings['dashboard-script'].where, file);
      assert.match(findings['dashboard-script'].text, text);
    }
  });

  test('a secret in the page is named, and not printed', async () => {
    const { file, ...findings } = await withScript(`a="${stack.env.APP_SECRET}"`);
    assert.equal(findings['dashboard-script'].result, 'failure');
    assert.equal(findings['dashboard-script'].where, file);
  });

  test('without a .env the page and its scripts are fetched', async () => {
    const site = http.createServer((question, answer) => {
      if (question.url === '/') answer.writeHead(302, { Location: '/login' }).end();
      else if (question.url === '/login') answer.end('<script src="/build/app.js"></script>');
      else answer.end('new E({broadcaster:"reverb",key:"anotherkey"})');
    });
    await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${site.address().port}`;
    const { 'dashboard-script': finding } = await doctor.findings('--origin', origin);
    site.close();
    assert.equal(finding.result, 'failure', finding.text);
    assert.equal(finding.where, `${origin}/build/app.js`);
  });

  test("a user's token: accepted, allowed, refused", async () => {
    const token = path.join(stack.dir, 'token');
    const asUser = async (text, ...words) => {
      writeFileSync(token, `${text}\n`, { mode: 0o600 });
      const { user } = await doctor.findings('--token-file', token, ...words);
      assert(!user.text.includes(text), 'the token is not printed');
      return user;
    };
    const own = `private-commerce.${stack.env.COMMERCE_A}`;
    const accepted = await asUser(stack.env.TOKEN_A);
    assert.equal(accepted.result, 'ok', accepted.text);
    assert.match(accepted.text, /answers 403 .*the token is accepted/);
    const allowed = await asUser(stack.env.TOKEN_A, '--channel', own);
    assert.equal(allowed.result, 'ok', allowed.text);
    assert.match(allowed.text, /may join private-commerce\.\d+, and the signature is right/);
    const other = await asUser(stack.env.TOKEN_B, '--channel', own);
    assert.equal(other.result, 'failure');
    assert.match(other.text, /the token is accepted, but its user may not join/);
    assert.match(other.where, /channels\.json$/);
    const refused = await asUser('1|nobodys');
    assert.equal(refused.result, 'failure');
    assert.match(refused.text, /answers 401 .*the token is refused/);
    assert.match((await doctor.findings()).user.text, /no user's token: --token-file/);
  });

  test('a token that another application signs for', async () => {
    const laravel = writeLaravelEnv(stack, { REVERB_APP_SECRET: 'anothersecret' });
    doctor.env = { PREGONCTL_TOKEN: stack.env.TOKEN_A };
    const own = ['--channel', `private-commerce.${stack.env.COMMERCE_A}`];
    const { user } = await doctor.findings('--laravel-env', laravel, ...own);
    doctor.env = {};
    assert.equal(user.result, 'failure');
    assert.match(user.text, /not with Pregón's signature/);
  });

  test('a site that leaves /api/broadcasting/ to nobody, on purpose or not', async (context) => {
    const nginx = new NginxFiles(stack);
    context.after(() => nginx.restore());
    writePageScript(stack, 'page');
    const leftOut = () => doctor.says('api-auth', 'warning', '--laravel-env', writeLaravelEnv(stack));
    nginx.change('locations', 'location ~ ^/api/broadcasting/', 'location ~ ^/elsewhere/');
    assert.match((await leftOut()).text, /nothing in the application's .env or scripts points there/);
    removePageScript(stack);
    await doctor.says('api-auth', 'failure'); // nothing is known of the application

    const laravel = writeLaravelEnv(stack, { VITE_AUTH_ENDPOINT: '/api/broadcasting/auth' });
    const asked = await doctor.says('api-auth', 'failure', '--laravel-env', laravel);
    assert.match(asked.text, new RegExp(lineOf(laravel, 'VITE_AUTH_ENDPOINT=')));
    const { file, ...findings } = await withScript('e({authEndpoint:"/api/broadcasting/auth"})');
    assert.equal(findings['api-auth'].result, 'failure');
    assert.ok(findings['api-auth'].text.includes(file));
    nginx.restore();
    await doctor.isGreen();
  });

  test('a domain of its own leaves /broadcasting/ to the application', async (context) => {
    const nginx = new NginxFiles(stack);
    context.after(() => nginx.restore());
    nginx.change('locations', 'location ~ ^/broadcasting/', 'location ~ ^/elsewhere/');
    const laravel = writeLaravelEnv(stack, { APP_URL: PAGE });
    const { text } = await doctor.says('auth', 'warning', '--laravel-env', laravel);
    assert.match(text, /pages of https:\/\/tienda-uno\.example ask their own origin there/);
    nginx.restore();
    await doctor.isGreen();
  });

  test('a page of an origin that CORS refuses, and one that it allows', async () => {
    const refused = await doctor.says('cors', 'failure', '--origin', PAGE);
    assert.equal(refused.where, path.join(stack.dir, 'pregon.env'));
    assert.match(refused.text, /tienda-uno\.example may not ask .* PREGON_CORS_ORIGINS/);

    changeSettings(stack, { PREGON_CORS_ORIGINS: 'https://tienda-dos.example' });
    await reloadProgram(stack, 'fcgi');
    const { where } = await doctor.says('cors', 'failure', '--origin', PAGE);
    assert.equal(where, lineOf(path.join(stack.dir, 'pregon.env'), 'PREGON_CORS_ORIGINS=https'));

    changeSettings(stack, { PREGON_CORS_ORIGINS: PAGE });
    await reloadProgram(stack, 'fcgi');
    await doctor.isGreen('--origin', PAGE);
  });

  test('a page of an origin that may not connect', async () => {
    changeSettings(stack, { PREGON_APP_ALLOWED_ORIGINS: 'tienda-dos.example' });
    await reloadProgram(stack, 'worker');
    const { where, text } = await doctor.says('greeting', 'failure', '--origin', PAGE);
    changeSettings(stack, { PREGON_APP_ALLOWED_ORIGINS: null });
    await reloadProgram(stack, 'worker');
    assert.match(where, /pregon\.env:\d+$/);
    assert.match(text, /error 4009/);
  });

  test('a command line that is not understood ends with 2', async () => {
    for (const words of [
      ['--url', 'ftp://tienda-uno.example'],
      ['--url', 'http://tienda-uno.example/?key=1'],
      ['--idle', 'long'],
      ['--channel', 'no channel'],
      ['--token-file', '/dev/null'],
      ['--unknown'],
    ]) {
      const { code, stdout, stderr } = await doctor.run(...words);
      assert.deepEqual([code, stdout], [2, ''], stderr);
    }
  });

  test('a configuration that is none is named with its line', async () => {
    const good = readFileSync(path.join(stack.dir, 'pregon.env'), 'utf8');
    changeSettings(stack, { PREGON_FCGI_THREADS: 'many' });
    const { configuration } = await doctor.findings();
    changeSettings(stack, { PREGON_FCGI_THREADS: null });
    assert.equal(configuration.result, 'failure');
    assert.match(configuration.text, /pregon\.env:\d+: PREGON_FCGI_THREADS/);
    assert.equal(readFileSync(path.join(stack.dir, 'pregon.env'), 'utf8'), good);
  });
});

withStack(
  'doctor on a path prefix',
  'nginx',
  (stack) => {
    const doctor = new Doctor(stack);

    test('with a slash at its end all is well', async () => {
      const file = writeLaravelEnv(stack, { REVERB_SERVER_PATH: '/ws/' });
      await doctor.isGreen('--laravel-env', file);
    });

    test('without, the application posts its events elsewhere', async () => {
      const file = writeLaravelEnv(stack, { REVERB_SERVER_PATH: '/ws' });
      const finding = (await doctor.findings('--laravel-env', file))['laravel-path'];
      assert.equal(finding.result, 'failure');
      assert.equal(finding.where, lineOf(file, 'REVERB_SERVER_PATH='));
      assert.match(finding.text, /no slash at its end.*write \/ws\//);
    });
  },
  { settings: { REVERB_SERVER_PATH: '/ws' } },
);
