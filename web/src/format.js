// SPDX-License-Identifier: MIT
const LOCALES = { es: 'es-PE', en: 'en-GB' };
const SYMBOLS = { PEN: 'S/', USD: 'US$', EUR: '€' };

/** Peruvian usage in both languages: point before the cents, comma between the thousands. */
function grouped(wholeDigits) {
  return wholeDigits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "S/ 1,250.00" from an amount such as "1250.00". The blank does not break. */
export function formatAmount(amount, currency) {
  const [whole, cents] = amount.replace('-', '').split('.');
  const sign = amount.startsWith('-') ? '-' : '';
  return `${SYMBOLS[currency] ?? currency}\u00a0${sign}${grouped(whole)}.${cents ?? '00'}`;
}

export function centsToAmount(cents) {
  return (cents / 100).toFixed(2);
}

export function formatCents(cents, currency) {
  return formatAmount(centsToAmount(cents), currency);
}

/** Local time with seconds, "14:00:01". */
export function formatClock(millis, language) {
  return new Intl.DateTimeFormat(LOCALES[language], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(millis);
}

/** The clock alone for today, with the date before it for any other day. */
export function formatMoment(millis, now, language) {
  const clock = formatClock(millis, language);
  if (new Date(millis).toDateString() === new Date(now).toDateString()) return clock;
  const day = new Intl.DateTimeFormat(LOCALES[language], { day: 'numeric', month: 'short' });
  return `${day.format(millis)}, ${clock}`;
}

/** "Tuesday, 24 November": the heading of the day. */
export function formatDay(millis, language) {
  return new Intl.DateTimeFormat(LOCALES[language], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  }).format(millis);
}

export function formatLatency(millis) {
  return `${millis} ms`;
}

/** Replaces each {name} in `text`. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
