// SPDX-License-Identifier: MIT

// The dashboard in Chromium while the programs behind it are killed, restarted and reloaded: it is
// live again, and shows each payment of that time once.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { launchChromium, refusedAttempts } from './support/chromium.mjs';
import {
  hasSeen,
  isInState,
  rowsOf,
  statesSeen,
  visitDashboard,
  watchStates,
} from './support/dashboard.mjs';
import { until } from './support/inbox.mjs';
import { paymentNotice, postNotification } from './support/payments.mjs';
import { Stack } from './support/stack.mjs';

/** Far below the 15 s that pusher-js waits after an attempt that was refused. */
const SOON = { timeout: 3000 };

describe('the dashboard while its programs restart', () => {
  const stack = new Stack('nginx');
  let browser;
  let page;

  before(async () => {
    await stack.up();
    browser = await launchChromium();
    page = await visitDashboard(browser, stack, '#shop=1');
  });

  beforeEach(async () => {
    await isInState(page, 'live');
    await watchStates(page);
  });

  after(async () => {
    await browser?.close();
    await stack.down();
  });

  /** Repeats a payment until it is taken, as the phones do; `answers` gets each attempt's status. */
  function payAsAPhone(answers = []) {
    const notice = paymentNotice(stack.env.DEVICE_A);
    const headers = { 'Idempotency-Key': randomUUID() };
    return until(async () => {
      const answer = await postNotification(stack.env, stack.env.TOKEN_A, notice, headers).catch(
        () => ({ status: 'no answer' }),
      );
      answers.push(answer.status);
      return answer.status === 201 ? answer.body.notification : null;
    }, 'the payment is taken');
  }

  async function isShownOnce({ id }) {
    await rowsOf(page, id).first().waitFor(SOON);
    assert.equal(await rowsOf(page, id).count(), 1);
  }

  for (const round of [1, 2, 3])
    test(`the worker is killed, time ${round}: live again soon, no attempt refused`, async () => {
      const refusals = refusedAttempts(page);
      const pid = stack.kill('worker');

      await hasSeen(page, ['lost', 'live'], SOON);
      assert.deepEqual(refusals, []);
      assert.notEqual(stack.pid('worker'), pid);
      await isShownOnce(await payAsAPhone());
    });

  for (const [program, isTaken] of Object.entries({ worker: true, fcgi: false, front: false }))
    test(`a payment posted while the ${program} restarts is shown once`, async () => {
      await stack.stop(program);
      const answers = [];
      const payment = payAsAPhone(answers);
      await until(() => answers.length > 0, 'an answer to the first attempt');
      assert.equal(answers[0] === 201, isTaken, `${answers[0]}`);
      await stack.start(program);

      const shown = await payment;
      if (program === 'fcgi') assert.deepEqual(await statesSeen(page), []);
      else await hasSeen(page, ['lost', 'live']);
      await isShownOnce(shown);
    });

  test('a payment posted while the web server reloads is shown once', async () => {
    const pid = stack.pid('front');
    const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const before = children();
    process.kill(pid, 'SIGHUP');
    const payment = await payAsAPhone();
    await until(() => children() !== before, 'new processes of nginx');

    await isShownOnce(payment);
    await isShownOnce(await payAsAPhone());
  });
});
