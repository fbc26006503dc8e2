// SPDX-License-Identifier: MIT

// pregonctl doctor on a machine whose clock is wrong.
// build: plain, because libfaketime and a sanitizer both replace clock_gettime

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Doctor } from './support/doctor.mjs';
import { withStack } from './support/stack.mjs';

withStack('doctor on an application', 'nginx', (stack) => {
  test('a clock that is off by 20 minutes, in either direction', async () => {
    for (const [offset, direction] of [
      ['-20m', 'behind'],
      ['+20m', 'ahead of'],
    ]) {
      const late = new Doctor(stack);
      late.program = ['faketime', '-f', offset, ...late.program];
      const { clock, signature } = await late.findings();
      assert.equal(clock.result, 'failure');
      assert.match(clock.text, new RegExp(`clock is 1[12]\\d\\d s ${direction} the server's`));
      assert.equal(clock.where, '/etc/systemd/timesyncd.conf');
      assert.equal(signature.result, 'not checked');
    }
  });
});
