// SPDX-License-Identifier: MIT
const SVG = 'http://www.w3.org/2000/svg';

/**
 * A new element. `properties`: `class`, `text`, `testid`, `on` ({event: handler}), `hidden`, and any
 * other name as an attribute (false and null leave it out). Data gets into the page only as text.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setProperty(element, name, value);
  element.append(...children.filter(Boolean));
  return element;
}

function setProperty(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === 'class') element.className = value;
  else if (name === 'text') element.textContent = value;
  else if (name === 'testid') element.dataset.testid = value;
  else if (name === 'hidden') element.hidden = true;
  else if (name === 'on') {
    for (const [type, handler] of Object.entries(value)) element.addEventListener(type, handler);
  } else element.setAttribute(name, value === true ? '' : value);
}

/** Sets the text only if it differs, so that screen readers do not repeat it. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS = {
  horn: ['M3 10v4h3l9 5V5L6 10H3z', 'M18 8.5a5 5 0 0 1 0 7', 'M20.5 6a8.5 8.5 0 0 1 0 12'],
  shop: ['M4 9.5 5.5 4h13L20 9.5', 'M5 12v8h14v-8', 'M10 20v-5h4v5', 'M4 9.5a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0 2.7 2.7 0 0 0 5.3 0'],
  soundOn: ['M4 10v4h3l5 4V6L7 10H4z', 'M15.5 9a4.5 4.5 0 0 1 0 6', 'M18 6.5a8 8 0 0 1 0 11'],
  soundOff: ['M4 10v4h3l5 4V6L7 10H4z', 'M16 10l4.5 4.5', 'M20.5 10 16 14.5'],
  signOut: ['M14 4H5v16h9', 'M10 12h11', 'M17 8l4 4-4 4'],
  close: ['M6 6l12 12', 'M18 6 6 18'],
  arrow: ['M5 12h14', 'M13 6l6 6-6 6'],
  warning: ['M12 4 2.5 20h19L12 4z', 'M12 10v4.5', 'M12 17.2v.3'],
  check: ['M5 12.5l4.5 4.5L19 7.5'],
  copies: ['M8 8h12v12H8z', 'M4 16V4h12'],
  phone: ['M7 2.5h10v19H7z', 'M11 18.5h2'],
};

/** A decorative line icon, 24 x 24 units. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const line of ICONS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', line);
    svg.append(path);
  }
  return svg;
}
