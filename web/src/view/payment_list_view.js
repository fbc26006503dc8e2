// SPDX-License-Identifier: MIT
import { el } from './dom.js';
import { paymentRow } from './payment_row.js';

export const MAX_ROWS = 500;

/** The list of payments; keeps one element per payment and never more than MAX_ROWS. */
export class PaymentListView {
  #rows = new Map(); // id -> {payment, element}

  constructor({ texts, language, clock, session }) {
    this.texts = texts;
    this.language = language;
    this.clock = clock;
    this.session = session;
    this.list = el('ol', { class: 'payments', testid: 'payments', 'aria-label': texts.payments });
    this.empty = el('div', { class: 'empty' });
    this.root = el('section', { class: 'panel panel-list' },
      el('div', { class: 'panel-head' },
        el('h2', { text: texts.payments }),
        el('span', { class: 'muted', text: texts.newestFirst })),
      this.list,
      this.empty);
    this.refresh();
  }

  /** Brings the list in line with the book; rows in `fresh` (ids) light up for a moment. */
  refresh(fresh = new Set()) {
    const payments = this.session.book.newest(MAX_ROWS);
    const wanted = new Set(payments.map((payment) => payment.id));
    for (const [id, { element }] of this.#rows) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#rows.delete(id);
    }
    let next = this.list.firstElementChild;
    for (const payment of payments) {
      const before = this.#rows.get(payment.id)?.element;
      const element = this.#rowFor(payment, fresh);
      if (before === next && next) next = element; // an updated row took its place
      if (element === next) next = next.nextElementSibling;
      else this.list.insertBefore(element, next);
    }
    this.#showEmpty();
  }

  /** Dates come before the clock from midnight on: build every row again. */
  rebuild() {
    this.#rows.clear();
    this.list.replaceChildren();
    this.refresh();
  }

  #rowFor(payment, fresh) {
    const known = this.#rows.get(payment.id);
    if (known?.payment === payment) return known.element;
    const element = paymentRow(payment, {
      texts: this.texts,
      language: this.language,
      now: this.clock.now(),
      latency: this.session.latencies.get(payment.id),
    });
    if (fresh.has(payment.id)) element.classList.add('is-fresh');
    known?.element.replaceWith(element);
    this.#rows.set(payment.id, { payment, element });
    return element;
  }

  #showEmpty() {
    this.list.hidden = this.#rows.size === 0;
    this.empty.hidden = this.#rows.size > 0;
    if (this.empty.hidden) return;
    const { texts } = this;
    if (this.session.sync.status !== 'complete') {
      const text = this.session.isLive ? texts.loadingPayments : texts.noDataYet;
      this.empty.replaceChildren(el('p', { text }));
      return;
    }
    this.empty.replaceChildren(
      el('p', { class: 'empty-title', text: texts.noPayments }),
      el('p', { text: texts.noPaymentsHint }));
  }
}
