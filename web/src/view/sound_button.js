// SPDX-License-Identifier: MIT
import { el, icon } from './dom.js';

/** Switches the sound on and off, and says when the browser still keeps it silent. */
export class SoundButton {
  constructor({ texts, sound, onToggle }) {
    this.texts = texts;
    this.sound = sound;
    this.root = el('button', {
      class: 'button button-quiet button-icon', type: 'button', testid: 'sound', on: { click: onToggle },
    });
    this.refresh();
  }

  refresh() {
    const { isOn, isBlocked } = this.sound;
    const state = isOn ? this.texts.soundOn : this.texts.soundOff;
    const label = isBlocked ? this.texts.soundBlocked : state;
    this.root.setAttribute('aria-pressed', String(isOn));
    this.root.title = label;
    this.root.classList.toggle('is-blocked', isBlocked);
    this.root.replaceChildren(icon(isOn ? 'soundOn' : 'soundOff'), el('span', { class: 'button-label', text: label }));
  }
}
