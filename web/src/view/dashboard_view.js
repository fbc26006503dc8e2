// SPDX-License-Identifier: MIT
import { fill } from '../format.js';
import { countsAsPayment } from '../payments/payment.js';
import { el, icon } from './dom.js';
import { languageButton } from './language_button.js';
import { PaymentListView } from './payment_list_view.js';
import { SimulateView } from './simulate_view.js';
import { SoundButton } from './sound_button.js';
import { StatusView } from './status_view.js';
import { SummaryView } from './summary_view.js';
import { Toasts } from './toasts.js';

const DAY_CHECK_MS = 20000;

/** The screen of a signed-in shop. Built anew when the language changes; the session lives on. */
export class DashboardView {
  #dayTimer = null;
  #day = null;

  constructor({ texts, language, clock, session, sound, title, actions }) {
    Object.assign(this, { texts, language, clock, session, sound, title });
    this.status = new StatusView({ texts, language, onRetry: actions.onReconnect });
    this.summary = new SummaryView({ texts, language, clock, session });
    this.list = new PaymentListView({ texts, language, clock, session });
    this.simulate = new SimulateView({ texts, simulator: session.simulator, clock });
    this.toasts = new Toasts({ texts, clock });
    this.soundButton = new SoundButton({ texts, sound, onToggle: actions.onSound });
    this.root = el('div', { class: 'dashboard' },
      this.#header(actions),
      this.status.banner,
      el('main', { class: 'columns' },
        el('div', { class: 'column-side' }, this.summary.root, this.simulate.root),
        this.list.root),
      this.toasts.root);
    this.#listen();
    this.#statusChanged();
    this.#watchDay();
  }

  close() {
    this.clock.clearTimeout(this.#dayTimer);
    this.simulate.close();
  }

  #header({ onLanguage, onSignOut }) {
    const { name, user } = this.session.shop;
    const owner = user ? fill(this.texts.sessionOf, { user }) : this.texts.productName;
    const signOut = el('button', {
      class: 'button button-quiet button-icon', type: 'button', testid: 'sign-out',
      title: this.texts.signOut, on: { click: onSignOut },
    }, icon('signOut'), el('span', { class: 'button-label', text: this.texts.signOut }));
    return el('header', { class: 'header' },
      el('div', { class: 'header-brand' },
        el('span', { class: 'brand-mark' }, icon('horn')),
        el('span', { class: 'brand-name', text: this.texts.productName })),
      el('div', { class: 'header-shop' },
        el('h1', { testid: 'shop-name', text: name }),
        el('span', { class: 'muted small', text: owner })),
      this.status.pill,
      el('div', { class: 'header-actions' }, this.soundButton.root, languageButton(this.texts, onLanguage), signOut));
  }

  #listen() {
    this.session.onLink = () => this.#statusChanged();
    this.session.onSync = () => this.#statusChanged();
    this.session.onFetched = (payments, how) => this.#fetched(payments, how);
    this.session.onLive = (payment, arrival) => this.#live(payment, arrival);
  }

  #statusChanged() {
    const link = this.session.link.current;
    this.status.show(link, this.session.sync.status, this.session.liveUntil);
    this.root.dataset.state = link.state;
    const isDead = link.state === 'lost' || link.state === 'refused';
    const warning = isDead ? this.texts[`state_${link.state}`] : null;
    this.title.set(`${this.session.shop.name} · ${this.texts.productName}`, warning);
    this.list.refresh();
  }

  #fetched(payments, { isFirst }) {
    const fresh = new Set(isFirst ? [] : payments.map((payment) => payment.id));
    this.list.refresh(fresh);
    this.summary.refresh();
    this.simulate.caughtUp();
    const count = isFirst ? 0 : payments.filter(countsAsPayment).length;
    if (count === 1) this.toasts.notice(this.texts.caughtUpOne);
    if (count > 1) this.toasts.notice(fill(this.texts.caughtUpMany, { count }));
    if (count > 0) this.sound.play();
  }

  #live(payment, { isNew, latency }) {
    this.list.refresh(new Set([payment.id]));
    this.summary.refresh();
    if (!isNew) return;
    this.toasts.payment(payment, latency);
    if (latency !== null) this.simulate.arrived(latency);
    if (!countsAsPayment(payment)) return;
    this.title.paymentArrived();
    this.sound.play();
  }

  /** At midnight the total starts again and yesterday's rows show their date. */
  #watchDay() {
    const day = new Date(this.clock.now()).toDateString();
    if (this.#day !== null && day !== this.#day) {
      this.list.rebuild();
      this.summary.refresh();
    }
    this.#day = day;
    this.#dayTimer = this.clock.setTimeout(() => this.#watchDay(), DAY_CHECK_MS);
  }
}
