// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { within } from './support/inbox.mjs';
import { acceptFor } from './support/raw_socket.mjs';
import { behindEachFront } from './support/stack.mjs';

behindEachFront('the verification request with curl', (stack) => {
  /** curl's output up to `end`; curl itself would wait for ever. */
  function curlUntil(end, args) {
    const curl = spawn('curl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    const complete = new Promise((resolve, reject) => {
      curl.stdout.on('data', (bytes) => {
        output += bytes.toString('latin1');
        if (output.includes(end)) resolve(output);
      });
      curl.on('error', reject);
      curl.on('close', () => reject(new Error(`curl ended after: ${output}`)));
    });
    return within(complete, `curl shows ${end}`).finally(() => curl.kill());
  }

  test('gets 101 and the greeting', async () => {
    const output = await curlUntil('activity_timeout', [
      '-i',
      '-N',
      '-H',
      'Connection: Upgrade',
      '-H',
      'Upgrade: websocket',
      '-H',
      'Sec-WebSocket-Version: 13',
      '-H',
      'Sec-WebSocket-Key: test',
      `${stack.env.HTTP_URL}/app/${stack.env.APP_KEY}`,
    ]);

    assert.match(output, /^HTTP\/1\.1 101 /);
    assert.match(output, /^upgrade: websocket\r$/im);
    assert.match(output, /^connection: upgrade\r$/im);
    assert.ok(output.includes(acceptFor('test')), output);
    assert.match(
      output,
      /\{"event":"pusher:connection_established","data":"\{\\"socket_id\\":\\"\d+\.\d+\\"/,
    );
  });
});
