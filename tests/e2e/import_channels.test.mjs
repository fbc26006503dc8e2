// SPDX-License-Identifier: MIT
// From routes/channels.php to rules in use, and both sides compared. The application is played by
// support/laravel_application.mjs; a real Laravel runs the closures in tests/ctl/import.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LaravelApplication } from './support/laravel_application.mjs';
import { pregonctl } from './support/pregonctl.mjs';
import { writeRules } from './support/reload.mjs';
import { withStack } from './support/stack.mjs';

const CHANNELS = `<?php

use Illuminate\\Support\\Facades\\Broadcast;

Broadcast::channel('commerce.{id}', fn ($user, $id) => (int) $user->commerce_id === (int) $id);
Broadcast::channel('online', fn ($user) => ['id' => $user->id, 'name' => $user->name]);
Broadcast::channel('orders.{id}', App\\Broadcasting\\OrderChannel::class);
`;

const folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-channels-'));
const application = await LaravelApplication.start();
after(async () => {
  rmSync(folder, { recursive: true });
  await application.stop();
});

withStack('channels.php', 'nginx', (stack) => {
  const file = path.join(folder, 'channels.php');
  const tokens = path.join(folder, 'tokens');
  const run = (...words) => pregonctl(['import', 'channels', file, ...words]);
  const compare = () =>
    run('--compare', application.url, '--url', stack.env.HTTP_URL, '--token-file', tokens);
  /** Plays the closures above; `refused` are channels that the application refuses besides. */
  const play = (refused = []) =>
    application.answerWith(({ headers, body }) => {
      const channel = new URLSearchParams(body).get('channel_name');
      const shop = headers.authorization.endsWith(stack.env.TOKEN_A)
        ? stack.env.COMMERCE_A
        : stack.env.COMMERCE_B;
      const isAllowed = channel === 'presence-online' || channel === `private-commerce.${shop}`;
      return isAllowed && !refused.includes(channel)
        ? { status: 200, body: '{"auth":"a:b"}' }
        : { status: 403, body: '{"message":""}' };
    });

  before(async () => {
    writeFileSync(file, CHANNELS);
    writeFileSync(tokens, `${stack.env.TOKEN_A}\n${stack.env.TOKEN_B}\n`, { mode: 0o600 });
    const { stdout } = await run('--print');
    await writeRules(stack, JSON.parse(stdout));
  });

  test('what is printed is what the daemons take', async () => {
    const { code, stdout } = await run();
    assert.equal(code, 0);
    assert.match(stdout, /3 channels: 2 became rules, 1 are left to the application/);
  });

  test('both sides agree about each user and channel', async () => {
    play();
    const { code, stdout, stderr } = await compare();
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^8 answers compared: 0 laxer, 0 stricter than the application, 0 unknown$/m);
    assert.ok(!(stdout + stderr).includes(stack.env.TOKEN_A.split('|')[1]));
  });

  test('a channel that only Pregón allows is a problem', async () => {
    play([`private-commerce.${stack.env.COMMERCE_A}`]);
    const { code, stdout } = await compare();
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^LAXER +token 1 +private-commerce\.\d+ +the application refuses +Pregón allows$/m,
    );
    assert.match(stdout, /^8 answers compared: 1 laxer/m);
  });

  test('an application that is away or answers something else is said', async () => {
    application.answerWith(() => ({ status: 404, body: '' }));
    assert.match((await compare()).stderr, /answers broadcasting auth neither at/);
    application.answerWith(() => ({ status: 500, body: '' }));
    const { code, stdout } = await compare();
    assert.equal(code, 1);
    assert.match(stdout, /8 unknown/);
  });
});
