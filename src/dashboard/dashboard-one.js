/** One service: why it is in its state, and its log, live. */
import { ask, Refused, stream } from './dashboard-api.js';
import { append, clock, complain, element, write } from './dashboard-page.js';
import { plain } from './dashboard-text.js';

/**
 * @typedef {import('../control/logs.ts').LogLine} LogLine
 * @typedef {import('../control/protocol.ts').Lost} Lost
 * @typedef {{ reconnect: true }} Reconnect
 * @typedef {import('./dashboard-api.js').Answers} Answers
 */

const LINES_KEPT = 1000;

let logEnd = new AbortController();
/** @type {string | undefined} */
let chosen;

/** The service whose log is shown. */
export const chosenName = () => chosen;

/** @param {string} name @param {boolean} focus */
export function choose(name, focus) {
  logEnd.abort();
  logEnd = new AbortController();
  chosen = name;
  element('one').hidden = false;
  write(element('one-name'), name);
  write(element('why'), '');
  write(element('log-problem'), '');
  element('log').replaceChildren();
  if (focus) element('one-name').focus();
  void tellWhy(name, logEnd.signal);
  void followLog(name, logEnd.signal);
}

export function close() {
  logEnd.abort();
  chosen = undefined;
  element('one').hidden = true;
}

/** @param {string} name @param {AbortSignal} signal */
async function tellWhy(name, signal) {
  try {
    const { why } = /** @type {Answers['why']} */ (await ask(`/v1/services/${encodeURIComponent(name)}/why`, { signal }));
    write(element('why'), why.paragraph);
  } catch (error) {
    if (!signal.aborted) complain(error);
  }
}

/** @param {string} name @param {AbortSignal} signal */
async function followLog(name, signal) {
  try {
    const path = `/v1/logs?name=${encodeURIComponent(name)}`;
    const { lines, lost, newest, uncaptured } = /** @type {Answers['logs']} */ (await ask(`${path}&lines=200`, { signal }));
    if (uncaptured.includes(name)) {
      write(element('log-problem'), `n6 does not read what ${name} writes; with logs in its service.yaml it does: prefix, json, timestamps or raw.`);
    }
    show(lost > 0 ? [{ lost }, ...lines] : lines);
    for await (const item of stream(`${path}&after=${newest}&lines=10000&follow=1`, signal)) {
      const line = /** @type {LogLine | Lost | Reconnect} */ (item);
      if ('reconnect' in line) return;
      show([line]);
    }
  } catch (error) {
    if (!signal.aborted && error instanceof Refused) write(element('log-problem'), error.message);
  }

  /** @param {readonly (LogLine | Lost)[]} some */
  function show(some) {
    append(element('log'), some.map((line) => ('lost' in line ? { text: `${line.lost} lines were lost`, error: false }
      : { text: `${clock(line.at)} ${plain(line.text)}`, error: line.stream === 'stderr' })), LINES_KEPT);
  }
}
