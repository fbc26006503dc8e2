// SPDX-License-Identifier: MIT

// pregonctl doctor and check ask what PREGON_AUTH_FALLBACK names.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { makeCertificate } from './support/certificate.mjs';
import { Doctor, lineOf, outcomeOf } from './support/doctor.mjs';
import { LaravelApplication } from './support/laravel_application.mjs';
import { reservePort } from './support/ports.mjs';
import { changeSettings, reloadProgram } from './support/reload.mjs';
import { BUILD, withStack } from './support/stack.mjs';

withStack('doctor, check and the fallback', 'nginx', (stack) => {
  const doctor = new Doctor(stack);
  const file = path.join(stack.dir, 'pregon.env');
  let application, inUse;

  before(async () => {
    application = await LaravelApplication.start();
  });
  after(() => application.stop());
  beforeEach(() => application.answerWith(() => ({ status: 401 })));

  const use = async (url) => {
    inUse = url;
    changeSettings(stack, { PREGON_AUTH_FALLBACK: url, PREGON_AUTH_FALLBACK_TIMEOUT_MS: '1000' });
    assert.match(await reloadProgram(stack, 'fcgi'), /fcgi reloaded/);
  };
  const checkSays = async (env = {}) => {
    const words = ['--config', file, 'check', '--nginx', '/nonexistent'];
    const { code, stdout } = await outcomeOf(path.join(BUILD, 'pregonctl'), words, env);
    assert.equal(code, 0);
    return stdout.split('\n').find((line) => line.includes('PREGON_AUTH_FALLBACK=')) ?? '';
  };
  /** Both say `text`, and doctor the line of the setting. */
  const bothSay = async (text, env = {}) => {
    doctor.env = env;
    const found = await doctor.findings();
    assert.equal(found.fallback.result, 'failure');
    assert.match(found.fallback.text, text);
    assert.equal(found.fallback.where, lineOf(file, `PREGON_AUTH_FALLBACK=${inUse}`));
    assert.match(await checkSays(env), /^warning: PREGON_AUTH_FALLBACK=/);
    assert.match(await checkSays(env), text);
    return found;
  };

  test('none', async () => {
    const { fallback } = await doctor.findings();
    assert.equal(fallback.result, 'not checked');
    assert.equal(await checkSays(), '');
  });

  test('an application that answers', async () => {
    await use(application.url);
    await doctor.isGreen();
    assert.equal((await doctor.findings()).fallback.result, 'ok');
    assert.equal(await checkSays(), '');
  });

  test('an application that has only the endpoint below /api', async () => {
    application.answerWith(({ url }) => ({ status: url.startsWith('/api/') ? 401 : 404 }));
    await use(application.url);
    assert.equal((await doctor.findings()).fallback.result, 'ok');
  });

  test('it leads back to Pregón: said of it, not of the store', async () => {
    await use(stack.env.HTTP_URL);
    const found = await bothSay(/leads back to Pregón/);
    assert.equal(found.database.result, 'ok');
    assert.equal(found.auth.result, 'failure');
    assert.match(found.auth.text, /answers 503: .*see the check fallback/);
    assert.doesNotMatch(found.auth.text, /store/);
  });

  test('nothing takes connections there', async () => {
    await use(`http://127.0.0.1:${await reservePort()}`);
    const { auth } = await bothSay(/nothing takes connections there/);
    assert.match(auth.text, /see the check fallback/);
  });

  test('it takes longer than it may', async () => {
    const release = application.hold();
    await use(application.url);
    await bothSay(/no answer: .*timed out/);
    release();
  });

  test('its errors, and another program', async () => {
    await use(application.url);
    application.answerWith(() => ({ status: 500 }));
    await bothSay(/it answers 500: see the application's log/);
    application.answerWith(() => ({ status: 404, headers: { Server: 'Apache' }, body: 'no' }));
    await bothSay(/it answers 404, from a program behind Apache/);
    application.answerWith(() => ({ status: 301, headers: { Location: 'https://x.example/' } }));
    await bothSay(/it answers 301 and redirects to https:\/\/x\.example\//);
  });

  test('its certificate is of another name', async () => {
    const certificate = makeCertificate(stack.dir);
    const options = { cert: readFileSync(certificate.file), key: readFileSync(certificate.key) };
    const server = https.createServer(options, (request, response) => response.writeHead(401).end());
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await use(`https://127.0.0.1:${server.address().port}`);
      await bothSay(/its certificate is not trusted for 127\.0\.0\.1: .*127\.0\.0\.1/, {
        SSL_CERT_FILE: certificate.file,
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
