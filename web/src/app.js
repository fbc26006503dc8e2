// SPDX-License-Identifier: MIT
import { DemoConfigError, loadDemoConfig, shopInHash } from './demo_config.js';
import { watchWakeUps } from './live/wake_watch.js';
import { ShopSession } from './shop_session.js';
import { otherLanguage, TEXTS } from './texts.js';
import { DashboardView } from './view/dashboard_view.js';
import { SignInView } from './view/sign_in_view.js';
import { Sound } from './view/sound.js';
import { TabTitle } from './view/tab_title.js';

/** Which screen is shown, in which language, for which shop. */
export class App {
  #config = null;
  #session = null;
  #view = null;
  #problem = null;

  constructor({ root, preferences, clock, fetch, createEcho }) {
    Object.assign(this, { root, preferences, clock, fetch, createEcho });
    this.language = preferences.language;
    this.title = new TabTitle(document);
    this.sound = new Sound({
      isOn: preferences.soundOn,
      onChange: () => this.#view?.soundButton?.refresh(),
    });
    watchWakeUps(document, clock, () => this.#session?.link.verify());
    window.addEventListener('hashchange', () => this.#followHash());
  }

  async start() {
    this.#config = null;
    this.#problem = null;
    this.#render();
    try {
      this.#config = await loadDemoConfig(this.fetch);
    } catch (error) {
      this.#problem = error instanceof DemoConfigError ? error.reason : 'invalid';
      this.#render();
      return;
    }
    const number = shopInHash(location.hash) ?? this.preferences.shop;
    if (this.#shop(number)) this.#signIn(number);
    else this.#render();
  }

  #shop(number) {
    return this.#config?.shops[number - 1];
  }

  #followHash() {
    const number = shopInHash(location.hash);
    if (number !== null && this.#shop(number) && number !== this.preferences.shop) this.#signIn(number);
  }

  #signIn(number) {
    this.#session?.stop();
    this.preferences.shop = number;
    this.#session = new ShopSession({
      shop: this.#shop(number),
      createEcho: (shop) => this.createEcho(this.#config, shop),
      fetch: this.fetch,
      clock: this.clock,
    });
    this.title.reset();
    this.#render();
    this.#session.start();
  }

  #signOut() {
    this.#session?.stop();
    this.#session = null;
    this.preferences.shop = null;
    // Otherwise a reload would sign in again.
    history.replaceState(null, '', location.pathname + location.search);
    this.#render();
  }

  #switchLanguage() {
    this.language = otherLanguage(this.language);
    this.preferences.language = this.language;
    this.#render();
    this.root.querySelector('[data-testid="language"]')?.focus();
  }

  #toggleSound() {
    this.sound.toggle();
    this.preferences.soundOn = this.sound.isOn;
    this.#view.soundButton.refresh();
  }

  #render() {
    this.#view?.close?.();
    document.documentElement.lang = this.language;
    this.#view = this.#session ? this.#dashboard() : this.#signInView();
    this.root.replaceChildren(this.#view.root);
  }

  #dashboard() {
    return new DashboardView({
      texts: TEXTS[this.language],
      language: this.language,
      clock: this.clock,
      session: this.#session,
      sound: this.sound,
      title: this.title,
      actions: {
        onLanguage: () => this.#switchLanguage(),
        onSignOut: () => this.#signOut(),
        onSound: () => this.#toggleSound(),
        onReconnect: () => this.#signIn(this.preferences.shop),
      },
    });
  }

  #signInView() {
    const texts = TEXTS[this.language];
    const view = new SignInView({
      texts,
      onShop: (number) => this.#signIn(number),
      onLanguage: () => this.#switchLanguage(),
      onRetry: () => this.start(),
    });
    this.title.set(texts.productName, null);
    if (this.#problem) view.showProblem(this.#problem);
    else if (this.#config) view.showShops(this.#config.shops);
    else view.showLoading();
    return view;
  }
}
