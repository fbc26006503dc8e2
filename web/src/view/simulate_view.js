// SPDX-License-Identifier: MIT
import { fill, formatLatency } from '../format.js';
import { el, setText } from './dom.js';

const MISSING_AFTER_MS = 8000;

/** The button that plays the phone. Shows what became of the press, never a payment. */
export class SimulateView {
  #waiting = false;
  #timer = null;

  constructor({ texts, simulator, clock }) {
    this.texts = texts;
    this.simulator = simulator;
    this.clock = clock;
    this.button = el('button', {
      class: 'button button-primary button-wide', type: 'button', testid: 'simulate',
      text: texts.simulate, on: { click: () => this.#press() },
    });
    this.outcome = el('p', { class: 'outcome', role: 'status', 'aria-live': 'polite', testid: 'simulate-outcome' });
    this.root = el('section', { class: 'panel panel-simulate' },
      el('div', { class: 'panel-head' }, el('h2', { text: texts.demoTool })),
      this.button, this.outcome,
      el('p', { class: 'muted small', text: texts.simulateHint }));
  }

  /** The pressed payment came over the live connection. */
  arrived(latency) {
    this.#settle(fill(this.texts.simulateArrived, { latency: formatLatency(latency) }), 'good');
  }

  /** Payments came by fetching: a press still waited for may be among them. */
  caughtUp() {
    if (this.#waiting && !this.simulator.isWaiting) this.#settle(this.texts.simulateArrivedLater, 'good');
  }

  close() {
    this.clock.clearTimeout(this.#timer);
  }

  async #press() {
    if (this.button.getAttribute('aria-disabled') === 'true') return;
    this.#setBusy(true);
    this.#say('', null);
    try {
      await this.simulator.press((number) => fill(this.texts.testPayer, { number }));
      if (this.simulator.isWaiting) this.#await();
    } catch (error) {
      this.#say(this.#failure(error), 'bad');
    } finally {
      this.#setBusy(false);
    }
  }

  /** Not `disabled`: the button keeps the keyboard focus. */
  #setBusy(isBusy) {
    this.button.setAttribute('aria-disabled', String(isBusy));
    this.button.setAttribute('aria-busy', String(isBusy));
    setText(this.button, isBusy ? this.texts.simulating : this.texts.simulate);
  }

  #await() {
    this.#waiting = true;
    this.#say(this.texts.simulateWaiting, null);
    this.clock.clearTimeout(this.#timer);
    this.#timer = this.clock.setTimeout(() => {
      if (this.#waiting) this.#say(this.texts.simulateMissing, 'bad');
    }, MISSING_AFTER_MS);
  }

  #settle(text, mood) {
    this.#waiting = false;
    this.clock.clearTimeout(this.#timer);
    this.#say(text, mood);
  }

  #failure({ status, message }) {
    if (!status) return this.texts.simulateUnreachable;
    return fill(this.texts.simulateFailed, { status, message: message || this.texts.noMessage });
  }

  #say(text, mood) {
    this.outcome.className = `outcome ${mood ? `outcome-${mood}` : ''}`;
    setText(this.outcome, text);
  }
}
