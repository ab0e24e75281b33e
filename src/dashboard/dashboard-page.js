/** Parts of the page that everybody writes to. Everything is written as text, never as markup. */
import { Refused } from './dashboard-api.js';

/** Of the page, which has it. @param {string} id */
export const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
export const input = (id) => /** @type {HTMLInputElement} */ (element(id));

/** @param {string} at */
export const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });

/** @param {HTMLElement} place @param {string} text */
export const write = (place, text) => {
  if (place.textContent !== text) place.textContent = text;
};

/** @param {string} text @param {() => void} act */
export function button(text, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
}

/**
 * Who has scrolled up stays where he is.
 * @param {HTMLElement} list @param {{ text: string, error: boolean }[]} lines @param {number} most
 */
export function append(list, lines, most) {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 30;
  for (const { text, error } of lines) {
    const item = document.createElement('li');
    item.textContent = text;
    if (error) item.className = 'error';
    list.append(item);
  }
  while (list.childElementCount > most) list.firstChild?.remove();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

/** @param {boolean} isOn @param {string} text */
export function connection(isOn, text) {
  element('connection').dataset['state'] = isOn ? 'on' : 'off';
  write(element('connection'), text);
}

/** @param {string} text @param {boolean} bad */
export function notice(text, bad) {
  element('notice').toggleAttribute('data-bad', bad);
  write(element('notice'), text);
}

/** A lost connection is told by the stream of events; an abort is our own. @param {unknown} error */
export function complain(error) {
  if (error instanceof Refused) notice(error.message, true);
}
