// SPDX-License-Identifier: MIT
import { el } from './dom.js';

/** The switch to the other language, labelled in that language. */
export function languageButton(texts, onLanguage) {
  return el('button', {
    class: 'button button-quiet', type: 'button', testid: 'language',
    title: texts.switchLanguage, text: texts.otherLanguage, on: { click: onLanguage },
  });
}
