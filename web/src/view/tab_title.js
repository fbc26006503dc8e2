// SPDX-License-Identifier: MIT
/** The title of the browser tab: unseen payments and a lost connection show even in the background. */
export class TabTitle {
  #unseen = 0;
  #base;
  #warning = null;

  constructor(document) {
    this.document = document;
    this.#base = document.title;
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#unseen = 0;
      this.#show();
    });
  }

  /** `warning` replaces the name of the page while the screen is not live; null for none. */
  set(base, warning) {
    this.#base = base;
    this.#warning = warning;
    this.#show();
  }

  paymentArrived() {
    if (this.document.hidden) this.#unseen += 1;
    this.#show();
  }

  reset() {
    this.#unseen = 0;
    this.#show();
  }

  #show() {
    const count = this.#unseen ? `(${this.#unseen}) ` : '';
    const name = this.#warning ? `⚠ ${this.#warning} · ${this.#base}` : this.#base;
    this.document.title = count + name;
  }
}
