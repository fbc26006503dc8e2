// SPDX-License-Identifier: MIT
import { formatLatency } from '../format.js';
import { kindOf } from '../payments/payment.js';
import { el, icon } from './dom.js';
import { amountText, appBadge } from './payment_row.js';

const MAX_TOASTS = 3;
const SHOWN_MS = 7000;

/** Short notices above the page, newest first; each leaves by itself unless pointed at. */
export class Toasts {
  constructor({ texts, clock }) {
    this.texts = texts;
    this.clock = clock;
    this.root = el('div', { class: 'toasts', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions' });
  }

  /** A payment that arrived live. */
  payment(payment, latency) {
    const kind = kindOf(payment);
    const heading = kind === 'payment' ? this.texts.newPayment : this.texts[kind];
    this.#add(el('div', { class: `toast toast-${kind}`, testid: 'toast', 'data-id': payment.id },
      el('span', { class: 'toast-icon' }, icon(TOAST_ICONS[kind])),
      el('div', { class: 'toast-text' },
        el('span', { class: 'toast-heading', text: heading }),
        el('strong', { class: 'toast-amount', text: amountText(payment, this.texts) }),
        el('span', { class: 'toast-payer', text: payment.payer ?? this.texts.noPayer }),
        el('span', { class: 'toast-meta' }, appBadge(payment.app),
          latency === null ? null : el('span', { class: 'latency', text: formatLatency(latency) })))));
  }

  /** Anything else worth a glance. */
  notice(text) {
    this.#add(el('div', { class: 'toast toast-notice', testid: 'notice' },
      el('span', { class: 'toast-icon' }, icon('check')),
      el('div', { class: 'toast-text' }, el('strong', { text }))));
  }

  #add(toast) {
    const close = () => toast.remove();
    toast.append(el('button', {
      class: 'toast-close', type: 'button', 'aria-label': this.texts.closeNotice, on: { click: close },
    }, icon('close')));
    this.root.prepend(toast);
    while (this.root.childElementCount > MAX_TOASTS) this.root.lastElementChild.remove();
    this.#leaveLater(toast, close);
  }

  #leaveLater(toast, close) {
    this.clock.setTimeout(() => {
      const isHeld = toast.isConnected && toast.matches(':hover, :focus-within');
      if (isHeld) this.#leaveLater(toast, close);
      else close();
    }, SHOWN_MS);
  }
}

const TOAST_ICONS = { payment: 'check', duplicate: 'copies', inconsistent: 'warning' };
