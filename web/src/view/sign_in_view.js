// SPDX-License-Identifier: MIT
import { fill } from '../format.js';
import { el, icon } from './dom.js';
import { languageButton } from './language_button.js';

/** The screen before a shop is chosen: two cards, or why there is nothing to choose. */
export class SignInView {
  constructor({ texts, onShop, onLanguage, onRetry }) {
    this.texts = texts;
    this.onShop = onShop;
    this.onRetry = onRetry;
    this.content = el('div', { class: 'sign-in-content' });
    this.root = el('main', { class: 'sign-in' },
      el('div', { class: 'sign-in-top' }, languageButton(texts, onLanguage)),
      el('div', { class: 'sign-in-panel' },
        el('div', { class: 'sign-in-brand' },
          el('span', { class: 'brand-mark' }, icon('horn')),
          el('h1', { text: texts.productName }),
          el('p', { class: 'tagline', text: texts.tagline })),
        this.content));
  }

  showLoading() {
    this.content.replaceChildren(el('p', { class: 'muted', role: 'status', text: this.texts.loading }));
  }

  showShops(shops) {
    const cards = shops.map((shop, index) => this.#card(shop, index + 1));
    this.content.replaceChildren(
      el('h2', { text: this.texts.chooseShop }),
      el('div', { class: 'shop-cards' }, ...cards),
      el('p', { class: 'muted', text: this.texts.chooseShopHint }));
  }

  showProblem(reason) {
    this.content.replaceChildren(el('div', { class: 'problem', role: 'alert' },
      el('h2', {}, icon('warning'), this.texts.noDemo),
      el('p', { text: this.texts[`noDemo_${reason}`] }),
      el('p', { text: this.texts.noDemoHint }),
      el('pre', {}, el('code', { text: 'pregonctl demo' })),
      el('button', {
        class: 'button button-primary', type: 'button', testid: 'retry',
        text: this.texts.retry, on: { click: this.onRetry },
      })));
  }

  #card(shop, number) {
    const user = shop.user ? fill(this.texts.cardUser, { user: shop.user }) : '';
    return el('button', {
      class: 'shop-card', type: 'button', testid: `shop-${number}`,
      on: { click: () => this.onShop(number) },
    },
    el('span', { class: 'shop-card-icon' }, icon('shop')),
    el('span', { class: 'shop-card-text' },
      el('strong', { text: shop.name }),
      el('span', { class: 'muted', text: user })),
    el('span', { class: 'shop-card-go' }, el('span', { text: this.texts.enter }), icon('arrow')));
  }
}
