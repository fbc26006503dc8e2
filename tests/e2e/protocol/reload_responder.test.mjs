// SPDX-License-Identifier: MIT

// SIGHUP to pregon-fcgi: limits and channel rules anew, for the requests that follow.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { changeSettings, reloadProgram } from '../support/reload.mjs';
import { askApi } from '../support/signed_request.mjs';
import { withStack } from '../support/stack.mjs';

withStack('reloading the responder', 'nginx', (stack) => {
  const publish = (data) =>
    askApi(stack.env, 'POST', '/events', {
      body: JSON.stringify({ name: 'e', channel: 'news', data }),
    });
  const authorize = () =>
    fetch(`${stack.env.HTTP_URL}/api/broadcasting/auth`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${stack.env.TOKEN_A}` },
      body: new URLSearchParams({ socket_id: '1.2', channel_name: 'private-everybody' }),
    });

  test('a new limit holds for the next request, and the process stays', async () => {
    const pid = stack.pid('fcgi');
    assert.equal((await publish('x'.repeat(100))).status, 200);

    changeSettings(stack, { PREGON_MAX_EVENT_SIZE: '99' });
    assert.match(await reloadProgram(stack, 'fcgi'), /fcgi reloaded/);

    assert.equal((await publish('x'.repeat(100))).status, 413);
    assert.equal((await publish('x'.repeat(99))).status, 200);
    assert.equal(stack.pid('fcgi'), pid);
  });

  test('a new channel rule holds for the next request', async () => {
    assert.equal((await authorize()).status, 403);
    const file = path.join(stack.dir, 'channels.json');
    const rules = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify([...rules, { channel: 'everybody', allow: {} }]));

    assert.match(await reloadProgram(stack, 'fcgi'), /fcgi reloaded/);

    assert.equal((await authorize()).status, 200);
  });

  test('a file that is not valid changes nothing and says why', async () => {
    changeSettings(stack, { PREGON_MAX_EVENT_SIZE: 'many' });
    const line = await reloadProgram(stack, 'fcgi');

    assert.match(line, /config invalid/);
    assert.match(line, /PREGON_MAX_EVENT_SIZE: not an integer/);
    assert.equal((await publish('x'.repeat(99))).status, 200);
  });
});
