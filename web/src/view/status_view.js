// SPDX-License-Identifier: MIT
import { fill, formatClock } from '../format.js';
import { el, icon, setText } from './dom.js';

/** The state pill and the banner: whether this screen can be trusted. */
export class StatusView {
  constructor({ texts, language, onRetry }) {
    this.texts = texts;
    this.language = language;
    this.pillText = el('span');
    this.pill = el('div', {
      class: 'pill', testid: 'state', role: 'status', 'aria-live': 'polite',
    }, el('span', { class: 'pill-dot' }), this.pillText);
    this.title = el('strong');
    this.hint = el('span');
    this.retry = el('button', {
      class: 'button button-banner', type: 'button', testid: 'reconnect', text: texts.retry, on: { click: onRetry },
    });
    this.banner = el('div', {
      class: 'banner', testid: 'banner', role: 'alert', 'aria-live': 'assertive', hidden: true,
    }, icon('warning'), el('div', { class: 'banner-text' }, this.title, this.hint), this.retry);
  }

  /** `link` as in ShopLink; `liveUntil` when the screen was last live, or null. */
  show(link, syncStatus, liveUntil) {
    this.pill.dataset.state = link.state;
    setText(this.pillText, this.texts[`state_${link.state}`]);
    const message = this.#message(link, syncStatus, liveUntil);
    this.banner.hidden = message === null;
    if (message === null) return;
    this.banner.dataset.kind = message.kind;
    setText(this.title, message.title);
    setText(this.hint, message.hint);
    this.retry.hidden = link.state !== 'refused';
  }

  #message(link, syncStatus, liveUntil) {
    const { texts } = this;
    if (link.state === 'refused') {
      return { kind: 'refused', title: texts.banner_refused, hint: this.#refusal(link) };
    }
    if (link.state === 'lost') {
      return { kind: 'lost', title: texts.banner_lost, hint: this.#loss(link, liveUntil) };
    }
    if (link.state === 'connecting') {
      const title = link.reason === 'checking' ? texts.banner_checking : texts.banner_connecting;
      return { kind: 'connecting', title, hint: texts.banner_connecting_hint };
    }
    if (syncStatus === 'retrying') {
      return { kind: 'incomplete', title: texts.banner_incomplete, hint: texts.banner_incomplete_hint };
    }
    return null;
  }

  #refusal({ reason, code }) {
    return fill(this.texts[`banner_${reason}`], { code: code ?? this.texts.noCode });
  }

  #loss({ reason, code }, liveUntil) {
    const { texts } = this;
    if (reason === 'authorization') {
      return code ? fill(texts.banner_authorization, { code }) : texts.banner_authorization_network;
    }
    if (liveUntil === null) return texts.banner_lost_hint;
    return fill(texts.banner_lost_since, { time: formatClock(liveUntil, this.language) });
  }
}
