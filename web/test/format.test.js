// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fill, formatAmount, formatCents, formatClock, formatDay, formatMoment } from '../src/format.js';
import { otherLanguage, TEXTS } from '../src/texts.js';

const noon = new Date(2026, 10, 24, 12, 5, 9).getTime();
const dayBefore = new Date(2026, 10, 23, 8, 0, 0).getTime();

describe('amounts', () => {
  it('are written as in Peru', () => {
    assert.equal(formatAmount('25.50', 'PEN'), 'S/\u00a025.50');
    assert.equal(formatAmount('1234567.00', 'PEN'), 'S/\u00a01,234,567.00');
    assert.equal(formatAmount('100.00', 'USD'), 'US$\u00a0100.00');
    assert.equal(formatAmount('7.00', 'CLP'), 'CLP\u00a07.00');
    assert.equal(formatCents(5, 'PEN'), 'S/\u00a00.05');
  });
});

describe('times', () => {
  it('show the seconds in both languages', () => {
    assert.equal(formatClock(noon, 'es'), '12:05:09');
    assert.equal(formatClock(noon, 'en'), '12:05:09');
  });

  it('show the date only for another day', () => {
    assert.equal(formatMoment(noon, noon, 'es'), '12:05:09');
    assert.match(formatMoment(dayBefore, noon, 'es'), /^23 nov\.?, 08:00:00$/);
    assert.match(formatMoment(dayBefore, noon, 'en'), /^23 Nov, 08:00:00$/);
  });

  it('name the day in the language', () => {
    assert.match(formatDay(noon, 'es'), /martes.*24 de noviembre/);
    assert.match(formatDay(noon, 'en'), /Tuesday.*24 November/);
  });
});

describe('texts', () => {
  it('have the same keys in both languages, none empty', () => {
    assert.deepEqual(Object.keys(TEXTS.es), Object.keys(TEXTS.en));
    for (const table of Object.values(TEXTS)) {
      for (const [key, text] of Object.entries(table)) assert.ok(text.length > 0, key);
    }
  });

  it('have the same placeholders in both languages', () => {
    const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const key of Object.keys(TEXTS.es)) {
      assert.deepEqual(placeholders(TEXTS.es[key]), placeholders(TEXTS.en[key]), key);
    }
  });

  it('are filled in, unknown names left visible', () => {
    assert.equal(fill('{count} of {total}', { count: 3 }), '3 of {total}');
  });

  it('can be switched to the other language and back', () => {
    assert.equal(otherLanguage(otherLanguage('es')), 'es');
  });
});
