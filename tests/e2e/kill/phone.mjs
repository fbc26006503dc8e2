// SPDX-License-Identifier: MIT
import { postNotification } from '../support/payments.mjs';
import { pause } from './random.mjs';

/** What a proxy or responder may answer while something is away. */
const PASSING = new Set([502, 503, 504]);
const GIVE_UP_MS = 60000;

/** Posts its notices one after the other, each again and again until it is answered 201. */
export class Phone {
  /** What was answered 201: {body, id, isKeyed, tries}. */
  taken = [];
  /** Answers that no kill explains. */
  oddities = [];
  #number = 0;

  constructor(env, { name, shop, token, device, random }) {
    Object.assign(this, { env, name, shop, token, device, random });
  }

  async postAll(count) {
    for (let i = 0; i < count; i += 1) {
      this.#number += 1;
      await this.#postOne(this.#number);
      await pause(this.random.between(10, 70));
    }
  }

  async #postOne(number) {
    const time = new Date().toISOString(); // of the notice, not of the try: a second copy is known
    const isKeyed = this.random.below(4) > 0;
    const notice = {
      device_id: this.device,
      source_app: 'yape',
      title: 'Confirmación de Pago',
      body: `Yape! Juan Pérez te envió un pago por S/ 10.00. Cód. ${this.name}-${number}`,
      amount: 10,
      payer_name: 'Juan Pérez',
      posted_at: time,
      received_at: time,
    };
    const headers = isKeyed ? { 'Idempotency-Key': `${this.name}-${number}` } : {};
    const deadline = Date.now() + GIVE_UP_MS;
    for (let tries = 1; Date.now() < deadline; tries += 1) {
      const id = await this.#tryOnce(JSON.stringify(notice), headers);
      if (id !== null) {
        this.taken.push({ body: notice.body, id, isKeyed, tries });
        return;
      }
      await pause(this.random.between(20, 150));
    }
    this.oddities.push(`${notice.body}: not taken within ${GIVE_UP_MS} ms`);
  }

  /** The id of the stored notice; null: not taken. */
  async #tryOnce(text, headers) {
    let answer;
    try {
      answer = await postNotification(this.env, this.token, text, headers);
    } catch {
      return null; // no answer
    }
    if (answer.status === 201) return String(answer.body.notification.id);
    if (!PASSING.has(answer.status)) this.oddities.push(`${this.name}: ${answer.status} ${answer.text}`);
    return null;
  }
}
