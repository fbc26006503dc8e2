// SPDX-License-Identifier: MIT
const LANGUAGES = ['es', 'en'];
const LANGUAGE_KEY = 'pregon.language';
const SOUND_KEY = 'pregon.sound';
const SHOP_KEY = 'pregon.shop';

/** Storage may be switched off in the browser: the page then works, and forgets. */
function read(storage, key) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // Nothing to do: see above.
  }
}

/**
 * What the page remembers: language and sound for the browser, the shop for this tab only, so that
 * two tabs can be two shops. `local` and `session` return the storages.
 */
export class Preferences {
  constructor({
    local = () => window.localStorage,
    session = () => window.sessionStorage,
    browserLanguages = navigator.languages,
  } = {}) {
    this.local = local;
    this.session = session;
    this.browserLanguages = browserLanguages;
  }

  get language() {
    const stored = read(this.local, LANGUAGE_KEY);
    if (LANGUAGES.includes(stored)) return stored;
    const preferred = this.browserLanguages.map((tag) => tag.slice(0, 2).toLowerCase());
    return preferred.find((language) => LANGUAGES.includes(language)) ?? 'es';
  }

  set language(language) {
    write(this.local, LANGUAGE_KEY, language);
  }

  get soundOn() {
    return read(this.local, SOUND_KEY) === 'on';
  }

  set soundOn(isOn) {
    write(this.local, SOUND_KEY, isOn ? 'on' : 'off');
  }

  /** 1-based number of the shop chosen in this tab, or null. */
  get shop() {
    return Number(read(this.session, SHOP_KEY)) || null;
  }

  set shop(number) {
    write(this.session, SHOP_KEY, number === null ? null : String(number));
  }
}
