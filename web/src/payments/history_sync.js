// SPDX-License-Identifier: MIT
import { Backoff } from '../live/backoff.js';
import { toPayment } from './payment.js';

export const FIRST_PAGE = 50;
export const CATCH_UP_PAGE = 100;
const FETCH_TIMEOUT_MS = 15000;

/**
 * Fills the book from the server, and closes the gap when the server says that there is one: after a
 * short loss of the connection it sends what was missed by itself. Always called after the
 * subscription is confirmed, so that no payment falls between fetching and listening.
 *
 * `status`: 'idle' (nothing asked yet), 'loading', 'retrying' (a fetch failed: the list may be
 * incomplete) or 'complete'. `onFetched(payments, {isFirst})` gets what a fetch added to the book.
 */
export class HistorySync {
  #backoff = new Backoff();
  #run = null;
  #timer = null;
  /** Every notice up to this id is in the book, or older than the first page; null before that. */
  #knownUpTo = null;

  constructor({ api, book, clock, onStatus, onFetched }) {
    this.api = api;
    this.book = book;
    this.clock = clock;
    this.onStatus = onStatus;
    this.onFetched = onFetched;
    this.status = 'idle';
    /** Time of the oldest notice of the first page if there may be older ones, else null. */
    this.coveredSince = null;
  }

  /** The channel is (again) subscribed: fetch what is missing, unless all was there. */
  subscribed() {
    if (this.status === 'complete') this.#run = { controller: new AbortController() };
    else this.gap();
  }

  /** Something is missing that does not come by itself: fetch it. */
  gap() {
    this.#abort();
    this.#backoff.reset();
    this.#start();
  }

  /** The connection is gone: what is under way is void, the next `subscribed` begins again. */
  lost() {
    this.#abort();
  }

  /** A live event was merged into the book. While a gap is open, it must not hide the gap. */
  liveMerged() {
    if (this.status === 'complete' && this.#run) this.#knownUpTo = this.book.highestId;
  }

  async #start() {
    const run = { controller: new AbortController() };
    this.#run = run;
    this.#set(this.status === 'retrying' ? 'retrying' : 'loading');
    const timeout = this.clock.setTimeout(() => run.controller.abort(), FETCH_TIMEOUT_MS);
    try {
      await this.#fetchMissing(run);
      if (run === this.#run) this.#finished();
    } catch {
      if (run === this.#run) this.#retryLater();
    } finally {
      this.clock.clearTimeout(timeout);
    }
  }

  async #fetchMissing(run) {
    const { signal } = run.controller;
    if (this.#knownUpTo === null) {
      const rows = await this.api.recent(FIRST_PAGE, signal);
      if (run === this.#run) this.#takeFirstPage(rows.map(toPayment));
      return;
    }
    for (;;) {
      const rows = await this.api.after(this.#knownUpTo, CATCH_UP_PAGE, signal);
      if (run !== this.#run) return;
      this.#takeCatchUpPage(rows.map(toPayment));
      if (rows.length < CATCH_UP_PAGE) return;
    }
  }

  #takeFirstPage(payments) {
    this.#knownUpTo = highestId(payments, 0);
    if (payments.length >= FIRST_PAGE) this.coveredSince = payments[payments.length - 1].time;
    this.onFetched(this.book.merge(payments), { isFirst: true });
  }

  #takeCatchUpPage(payments) {
    this.#knownUpTo = highestId(payments, this.#knownUpTo);
    this.onFetched(this.book.merge(payments), { isFirst: false });
  }

  #finished() {
    this.#backoff.reset();
    this.#knownUpTo = Math.max(this.#knownUpTo, this.book.highestId);
    this.#set('complete');
  }

  #retryLater() {
    this.#set('retrying');
    this.#timer = this.clock.setTimeout(() => this.#start(), this.#backoff.next());
  }

  #abort() {
    this.#run?.controller.abort();
    this.#run = null;
    this.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #set(status) {
    if (status === this.status) return;
    this.status = status;
    this.onStatus(status);
  }
}

function highestId(payments, otherwise) {
  return payments.reduce((highest, payment) => Math.max(highest, payment.id), otherwise);
}
