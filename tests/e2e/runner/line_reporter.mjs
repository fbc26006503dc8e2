// SPDX-License-Identifier: MIT
import { inspect } from 'node:util';

// A reporter for `node --test-reporter`: a line of JSON for each test that has ended, and for each
// group that was skipped or failed by itself:
// {path: [title…], seconds, ok, skip: reason or null, error: text or null}.

const FAILED_BY_ITS_TESTS = 'subtestsFailed';

export default async function* lines(events) {
  const path = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
    } else if (type === 'test:pass' || type === 'test:fail') {
      const outcome = outcomeOf(type, data);
      const names = [...path.slice(0, data.nesting), data.name];
      if (outcome) yield `${JSON.stringify({ path: names, ...outcome })}\n`;
    }
  }
}

const reasonOf = (skip) => (typeof skip === 'string' && skip ? skip : 'no reason given');

function outcomeOf(type, { details, skip }) {
  const isGroup = details.type === 'suite';
  const ok = type === 'test:pass';
  const wasSkipped = skip !== undefined && skip !== false;
  const saysNothing = ok || details.error.failureType === FAILED_BY_ITS_TESTS;
  if (isGroup && !wasSkipped && saysNothing) return null;
  return {
    ok,
    seconds: details.duration_ms / 1000,
    skip: wasSkipped ? reasonOf(skip) : null,
    error: ok ? null : inspect(details.error.cause ?? details.error),
  };
}
