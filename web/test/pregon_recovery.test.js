// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { once, resumableKey } from '../src/live/pregon_recovery.js';

describe('pregon_recovery', () => {
  it('makes a key that the server takes, and another one each time', () => {
    const keys = [resumableKey('key'), resumableKey('key')];
    for (const key of keys) assert.match(key, /^key~[0-9a-z]{1,11}\.[0-9a-f]{32}$/);
    assert.notEqual(keys[0], keys[1]);
    const made = parseInt(keys[0].slice(4).split('.')[0], 36);
    assert.ok(Math.abs(made - Date.now()) < 60000);
  });

  it('handles an event once, and remembers so many', () => {
    const handled = [];
    const handle = once((event) => event.id, (event) => handled.push(event.id), 2);
    for (const id of [1, 1, 2, 1, 3, 2, 1]) handle({ id });
    assert.deepEqual(handled, [1, 2, 3, 1]); // 1 was forgotten after 3
  });
});
