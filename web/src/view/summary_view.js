// SPDX-License-Identifier: MIT
import { centsToAmount, fill, formatCents, formatClock, formatDay } from '../format.js';
import { el, setText } from './dom.js';

/** Today's total and how many payments it is made of. */
export class SummaryView {
  constructor({ texts, language, clock, session }) {
    this.texts = texts;
    this.language = language;
    this.clock = clock;
    this.session = session;
    this.day = el('span', { class: 'summary-day' });
    this.sums = el('div', { class: 'summary-sums', testid: 'total' });
    this.count = el('span', { class: 'summary-count', testid: 'count' });
    this.since = el('p', { class: 'summary-since', hidden: true });
    this.root = el('section', { class: 'panel panel-summary' },
      el('div', { class: 'panel-head' }, el('h2', { text: texts.today }), this.count),
      this.sums, this.since,
      el('p', { class: 'muted small' }, this.day, ' · ', texts.todayExcluded));
    this.refresh();
  }

  refresh() {
    const { count, sums, since } = this.session.today();
    setText(this.day, formatDay(this.clock.now(), this.language));
    this.sums.dataset.amount = centsToAmount(sums[0].cents);
    this.sums.dataset.count = count;
    this.sums.replaceChildren(...sums.map(({ currency, cents }) => el('span', {
      class: 'summary-sum', text: formatCents(cents, currency),
    })));
    setText(this.count, this.#countText(count));
    this.since.hidden = since === null;
    if (since !== null) {
      setText(this.since, fill(this.texts.todaySince, { time: formatClock(since, this.language) }));
    }
  }

  #countText(count) {
    if (count === 0) return this.texts.todayCountNone;
    return count === 1 ? this.texts.todayCountOne : fill(this.texts.todayCountMany, { count });
  }
}
