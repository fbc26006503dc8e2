// SPDX-License-Identifier: MIT
const APPS = [
  ['yape', 'Yape'],
  ['plin', 'Plin'],
  ['bcp', 'BCP'],
  ['interbank', 'Interbank'],
  ['bbva', 'BBVA'],
  ['scotiabank', 'Scotiabank'],
];
const FORGET_AFTER_MS = 120000;
const FETCH_TIMEOUT_MS = 20000;

/** Presses the phone's part: posts an invented payment and recognises it when it arrives live. */
export class PaymentSimulator {
  #pressed = new Map(); // body -> ticks at the press
  #serial = 0;

  constructor({ api, deviceId, clock, random = Math.random }) {
    this.api = api;
    this.deviceId = deviceId;
    this.clock = clock;
    this.random = random;
  }

  /** Posts one payment; `payerName(number)` names the payer. The notice that was posted. */
  async press(payerName) {
    const notice = this.#invent(payerName);
    this.#pressed.set(notice.body, this.clock.ticks());
    this.clock.setTimeout(() => this.#pressed.delete(notice.body), FORGET_AFTER_MS);
    const controller = new AbortController();
    const timeout = this.clock.setTimeout(() => controller.abort(), FETCH_TIMEOUT_MS);
    try {
      await this.api.create(notice, controller.signal);
      return notice;
    } catch (error) {
      this.#pressed.delete(notice.body);
      throw error;
    } finally {
      this.clock.clearTimeout(timeout);
    }
  }

  /** True while a press has not come back, neither live nor by fetching. */
  get isWaiting() {
    return this.#pressed.size > 0;
  }

  /** Milliseconds since the press if `payment` is ours and arrives for the first time, else null. */
  recognise(payment) {
    const pressedAt = this.#pressed.get(payment.body);
    if (pressedAt === undefined) return null;
    this.#pressed.delete(payment.body);
    return Math.max(0, Math.round(this.clock.ticks() - pressedAt));
  }

  #invent(payerName) {
    this.#serial += 1;
    const [app, appName] = APPS[Math.floor(this.random() * APPS.length)];
    const cents = 100 + Math.floor(this.random() * 24901);
    const payer = payerName(this.#serial);
    const now = new Date(this.clock.now()).toISOString();
    return {
      device_id: this.deviceId,
      source_app: app,
      title: 'Confirmación de Pago',
      body: `${appName}! ${payer} te envió un pago por S/ ${(cents / 100).toFixed(2)}. Cód. ${this.#code()}`,
      amount: cents / 100,
      currency: 'PEN',
      payer_name: payer,
      received_at: now,
      posted_at: now,
    };
  }

  /** Random part plus serial number: the same notice twice would be taken for a duplicate. */
  #code() {
    return `${Math.floor(100000 + this.random() * 900000)}${this.#serial}`;
  }
}
