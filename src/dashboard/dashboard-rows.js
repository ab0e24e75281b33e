/** The table of services: a row for each that is shown, which stays the same element as long as it is. */
import { button, element, input, write } from './dashboard-page.js';
import { byteText, percentText, secondsText } from './dashboard-text.js';

/**
 * @typedef {import('../core/status.ts').Status} Status
 * @typedef {import('../core/usage.ts').Usage} Usage
 * @typedef {{ at: number, by: Map<string, Usage> }} Reading
 * @typedef {{ before: Reading | undefined, now: Reading } | undefined} Usages
 * @typedef {'state' | 'cpu' | 'memory' | 'uptime' | 'restarts' | 'why' | 'actions'} Column
 * @typedef {{ line: HTMLTableRowElement, cells: Record<Column, HTMLElement>, toggle: HTMLButtonElement }} Row
 * @typedef {{ act(name: string, command: string): void, choose(name: string): void }} Buttons
 * @typedef {{ services: readonly Status[], usages: Usages, readAt: number, directory: string }} Known
 */

/** @type {Map<string, Row>} */
const rows = new Map();

/** Of a service that is shown, where the focus goes back to. @param {string} name */
export const buttonOf = (name) => /** @type {HTMLElement | null | undefined} */ (rows.get(name)?.line.querySelector('button:last-of-type'));

/** @type {Record<Status['state'], string>} */
const TONES = {
  down: 'quiet', done: 'good', up: 'good', ready: 'good', starting: 'waiting', stopping: 'waiting', 'backing-off': 'waiting', failed: 'bad',
};
/** @type {Column[]} */
const COLUMNS = ['state', 'cpu', 'memory', 'uptime', 'restarts', 'why', 'actions'];
const NUMBERS = ['cpu', 'memory', 'uptime', 'restarts'];

/**
 * The services that the filter leaves: a part of a name, or a state.
 * @param {Known} known @param {Buttons} buttons
 */
export function drawRows(known, buttons) {
  const { services, directory } = known;
  const wanted = input('filter').value.trim().toLowerCase();
  const shown = services.filter((service) => service.name.toLowerCase().includes(wanted) || stateText(service).split(', ').includes(wanted));
  const names = new Set(shown.map(({ name }) => name));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.line.remove();
    rows.delete(name);
  }
  /** @type {HTMLElement | null} */
  let before = null;
  for (const service of shown) {
    const row = rows.get(service.name) ?? makeRow(service.name, buttons);
    fillRow(row, service, known);
    // Moving a row that is where it belongs would take the focus away from its buttons.
    /** @type {ChildNode | null} */
    const place = before === null ? element('rows').firstChild : before.nextSibling;
    if (place !== row.line) element('rows').insertBefore(row.line, place);
    before = row.line;
  }
  write(element('summary'), summaryOf(services));
  element('empty').hidden = shown.length > 0;
  write(element('empty'), services.length > 0 ? 'No service matches the filter.'
    : `No services yet. Put a directory with an executable file named run into ${directory}, then: svc rescan`);
}

/** @param {readonly Status[]} services */
function summaryOf(services) {
  /** @type {(which: (service: Status) => boolean) => number} */
  const count = (which) => services.filter(which).length;
  /** @type {[number: number, what: string][]} */
  const counts = [
    [services.length, services.length === 1 ? 'service' : 'services'], [count(({ state }) => TONES[state] === 'good'), 'up'],
    [count(({ state }) => state === 'failed'), 'failed'], [count(({ state }) => state === 'backing-off'), 'backing off'],
    [count(({ health }) => health === 'unhealthy'), 'unhealthy'],
  ];
  return counts.filter(([number], index) => index < 2 || number > 0).map(([number, what]) => `${number} ${what}`).join(', ');
}

/** @param {string} name @param {Usages} usages */
function cpuOf(name, usages) {
  const [now, before] = [usages?.now, usages?.before];
  const past = now !== undefined && before !== undefined ? (now.at - before.at) / 1000 : 0;
  const used = (now?.by.get(name)?.cpu ?? NaN) - (before?.by.get(name)?.cpu ?? NaN);
  return past > 0 && used >= 0 ? percentText((used / past) * 100) : '-';
}

/** @param {string} name @param {Buttons} buttons @returns {Row} */
function makeRow(name, { act, choose }) {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = name;
  const cells = /** @type {Row['cells']} */ (/** @type {unknown} */ (Object.fromEntries(COLUMNS.map((key) => {
    const cell = document.createElement('td');
    cell.className = NUMBERS.includes(key) ? 'number' : key;
    return [key, cell];
  }))));
  /** @type {HTMLButtonElement} */
  const toggle = button('', () => act(name, toggle.dataset['command'] ?? 'start'));
  const restart = button('Restart', () => act(name, 'restart'));
  const log = button('Log', () => choose(name));
  restart.setAttribute('aria-label', `Restart ${name}`);
  log.setAttribute('aria-label', `Log of ${name}`);
  cells.actions.append(toggle, ' ', restart, ' ', log);
  line.append(head, ...Object.values(cells));
  const row = { line, cells, toggle };
  rows.set(name, row);
  return row;
}

/** @param {Pick<Status, 'state' | 'health' | 'paused'>} service */
const stateText = ({ state, health, paused }) => `${state}${health === 'unhealthy' ? ', unhealthy' : ''}${paused ? ', paused' : ''}`;

/** @param {Row} row @param {Status} service @param {Known} known */
function fillRow({ line, cells, toggle }, service, { usages, readAt }) {
  const { name, state, health, paused, uptime, restarts, why, wanted } = service;
  const usage = usages?.now.by.get(name);
  const isThere = usage !== undefined && usage.processes > 0;
  line.dataset['tone'] = health === 'unhealthy' ? 'bad' : paused ? 'waiting' : TONES[state];
  write(cells.state, stateText(service));
  write(cells.cpu, isThere ? cpuOf(name, usages) : '-');
  write(cells.memory, isThere ? byteText(usage.memory) : '-');
  write(cells.uptime, uptime === null ? '-' : secondsText(uptime + (performance.now() - readAt) / 1000));
  write(cells.restarts, String(restarts));
  write(cells.why, why);
  const command = wanted === 'down' || state === 'failed' || state === 'done' ? 'start' : 'stop';
  if (toggle.dataset['command'] === command) return;
  toggle.dataset['command'] = command;
  toggle.textContent = command === 'start' ? 'Start' : 'Stop';
  toggle.setAttribute('aria-label', `${toggle.textContent} ${name}`);
}
