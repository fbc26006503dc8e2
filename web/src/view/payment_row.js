// SPDX-License-Identifier: MIT
import { formatAmount, formatLatency, formatMoment } from '../format.js';
import { kindOf } from '../payments/payment.js';
import { el, icon } from './dom.js';

const APP_NAMES = {
  yape: 'Yape',
  plin: 'Plin',
  bcp: 'BCP',
  interbank: 'Interbank',
  bbva: 'BBVA',
  scotiabank: 'Scotiabank',
};

export function appBadge(app) {
  const known = app in APP_NAMES;
  return el('span', { class: `badge badge-${known ? app : 'other'}`, text: APP_NAMES[app] ?? (app || '–') });
}

/** "S/ 25.50", or the words for a payment without an amount. */
export function amountText(payment, texts) {
  return payment.amount === null ? texts.noAmount : formatAmount(payment.amount, payment.currency);
}

/** One payment in the list. `latency` in milliseconds, or undefined for a payment not simulated here. */
export function paymentRow(payment, { texts, language, now, latency }) {
  const kind = kindOf(payment);
  return el('li', {
    class: `payment payment-${kind}`, testid: 'payment',
    'data-id': payment.id, 'data-amount': payment.amount ?? '', 'data-kind': kind,
  },
  el('span', { class: `payment-payer${payment.payer ? '' : ' is-missing'}`, text: payment.payer ?? texts.noPayer }),
  el('span', { class: `payment-amount${payment.amount === null ? ' is-missing' : ''}`, text: amountText(payment, texts) }),
  el('div', { class: 'payment-meta' },
    appBadge(payment.app), timeOf(payment, language, now), deviceOf(payment), latencyChip(latency, texts)),
  flag(kind, payment, texts));
}

function timeOf(payment, language, now) {
  if (payment.time === null) return null;
  return el('time', {
    datetime: new Date(payment.time).toISOString(),
    text: formatMoment(payment.time, now, language),
  });
}

function deviceOf(payment) {
  return payment.device && el('span', { class: 'payment-device' }, icon('phone'), payment.device);
}

function latencyChip(latency, texts) {
  if (latency === undefined) return null;
  return el('span', { class: 'latency', testid: 'latency', title: texts.latencyHint, text: formatLatency(latency) });
}

function flag(kind, payment, texts) {
  if (kind === 'duplicate') {
    return el('div', { class: 'payment-flag' }, icon('copies'), el('strong', { text: texts.duplicate }));
  }
  if (kind === 'inconsistent') {
    return el('div', { class: 'payment-flag' }, icon('warning'),
      el('div', {}, el('strong', { text: texts.inconsistent }), ' ', texts.inconsistentHint,
        payment.body ? el('q', { text: payment.body }) : null));
  }
  return null;
}
