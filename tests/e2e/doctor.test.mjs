// pregonctl doctor on a stack that works, and on applications whose .env is wrong.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Doctor, lineOf, writeLaravelEnv } from './support/doctor.mjs';
import { changeSettings, reloadProgram } from './support/reload.mjs';
import { behindEachFront, withStack } from './support/stack.mjs';

const PAGE = 'https://tienda-uno.example';

behindEachFront('doctor on a stack that works', (stack) => {
  test('nothing is wrong, and everything that can be is looked at', async () => {
    const doctor = new Doctor(stack);
    const findings = await doctor.findings('--laravel-env', writeLaravelEnv(stack), '--idle', '1');
    const notOk = Object.values(findings).filter(({ result }) => result !== 'ok');
    const expected = ['apparmor', 'certificate', 'tls']; // not here, no TLS
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

  test('a clock that is off by 20 minutes, in either direction', async () => {
    for (const [offset, direction] of [
      ['-20m', 'behind'],
      ['+20m', 'ahead of'],
    ]) {
      const late = new Doctor(stack);
      // Both faketime and a sanitized build want to be loaded first.
      const sanitizer = `ASAN_OPTIONS=${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`;
      late.program = ['env', sanitizer, 'faketime', '-f', offset, ...late.program];
      const { clock, signature } = await late.findings();
      assert.equal(clock.result, 'failure');
      assert.match(clock.text, new RegExp(`clock is 1[12]\\d\\d s ${direction} the server's`));
      assert.equal(clock.where, '/etc/systemd/timesyncd.conf');
      assert.equal(signature.result, 'not checked');
    }
  });

  test('a command line that is not understood ends with 2', async () => {
    for (const words of [
      ['--url', 'ftp://tienda-uno.example'],
      ['--url', 'http://tienda-uno.example/?key=1'],
      ['--idle', 'long'],
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
