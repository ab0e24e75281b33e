/** The dashboard: services and what becomes of them, live. Everything is written as text, never as markup. */
import { ask, Refused, stream, token } from './dashboard-api.js';
import { byteText, percentText, plain, secondsText } from './dashboard-text.js';

const element = (id) => document.getElementById(id);
const EVENTS_KEPT = 200;
const LINES_KEPT = 1000;
/** Milliseconds between two looks at CPU and memory, while somebody sees them, and between two tries to reach a supervisor that has gone. */
const LOOK = 2000;
const RETRY = 1000;

let services = new Map();
let readAt = 0;
let usages;
let lastSeq;
let life;
let end = new AbortController();
/** The service whose log is shown. */
let chosen;
const rows = new Map();

/* --- who may see it --- */

element('login').addEventListener('submit', (event) => {
  event.preventDefault();
  token.set(element('token').value.trim());
  element('token').value = '';
  void begin();
});
element('leave').addEventListener('click', () => {
  token.forget();
  close();
  showDoor('');
});

function showDoor(error) {
  end.abort();
  element('board').hidden = true;
  element('leave').hidden = true;
  element('door').hidden = false;
  element('login-error').textContent = error;
  connection(false, 'not connected');
  element('token').focus();
}

async function begin() {
  end.abort();
  end = new AbortController();
  const { signal } = end;
  element('door').hidden = true;
  element('board').hidden = false;
  element('leave').hidden = false;
  services = new Map();
  lastSeq = life = usages = undefined;
  element('events').replaceChildren();
  void keepLooking(signal);
  await follow(signal);
}

/* --- events --- */

async function follow(signal) {
  while (!signal.aborted) {
    try {
      const { supervisor } = await ask('/v1/supervisor', { signal });
      // A seq of one life of the supervisor says nothing about another one.
      if (supervisor.startedAt !== life) lastSeq = undefined;
      life = supervisor.startedAt;
      element('where').textContent = supervisor.directory;
      document.title = `n6 ${supervisor.directory}`;
      const path = lastSeq === undefined ? '/v1/events' : `/v1/events?since=${lastSeq}`;
      for await (const event of stream(path, signal, opened)) heard(event);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status === 401) {
        token.forget();
        showDoor(error.message);
        return;
      }
      if (error instanceof Refused && error.status === 421) notice(error.message, true);
    }
    if (signal.aborted) return;
    connection(false, 'no answer, trying again');
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

function opened() {
  connection(true, 'connected');
  void refresh();
  if (chosen !== undefined) choose(chosen, false);
}

function heard(event) {
  if (event.seq !== undefined) lastSeq = event.seq;
  if (event.reconnect === true) return;
  const { seq, at, event: name, service, ...rest } = event;
  const facts = Object.entries(rest).map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ');
  const text = event.lost !== undefined ? `${event.lost} events were lost` : `${clock(at)} ${name}${service === undefined ? '' : ` ${service}`}${facts && ` (${facts})`}`;
  append(element('events'), [{ text, error: /failed|unhealthy|rejected/.test(name ?? '') }], EVENTS_KEPT);
  void refresh();
}

const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });

/* --- services --- */

let refreshing = 'no';
/** One question at a time, and one more for all that happened meanwhile. */
async function refresh() {
  if (refreshing !== 'no') {
    refreshing = 'again';
    return;
  }
  refreshing = 'yes';
  try {
    const answer = await ask('/v1/services', { signal: end.signal });
    services = new Map(answer.services.map((service) => [service.name, service]));
    readAt = performance.now();
    draw();
  } catch (error) {
    complain(error);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  const again = refreshing === 'again';
  refreshing = 'no';
  if (again && !end.signal.aborted) void refresh();
}

/** CPU and memory cost the supervisor a look at /proc: nobody looks, nothing is asked. */
async function keepLooking(signal) {
  while (!signal.aborted) {
    if (!document.hidden) {
      try {
        const answer = await ask('/v1/usage', { signal });
        usages = { before: usages?.now, now: { at: Date.parse(answer.at), by: new Map(answer.usages.map((usage) => [usage.name, usage])) } };
      } catch (error) {
        if (signal.aborted) return;
        usages = undefined;
      }
      draw();
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

function cpuOf(name) {
  const [now, before] = [usages?.now, usages?.before];
  const past = now !== undefined && before !== undefined ? (now.at - before.at) / 1000 : 0;
  const used = now?.by.get(name)?.cpu - before?.by.get(name)?.cpu;
  return past > 0 && used >= 0 ? percentText((used / past) * 100) : '-';
}

const TONES = { down: 'quiet', done: 'good', up: 'good', ready: 'good', starting: 'waiting', stopping: 'waiting', 'backing-off': 'waiting', failed: 'bad' };

function draw() {
  const wanted = element('filter').value.trim().toLowerCase();
  const shown = [...services.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
  const names = new Set(shown.map(({ name }) => name));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.line.remove();
    rows.delete(name);
  }
  let before = null;
  for (const service of shown) {
    const row = rows.get(service.name) ?? makeRow(service.name);
    fillRow(row, service);
    // Moving a row that is where it belongs would take the focus away from its buttons.
    const place = before === null ? element('rows').firstChild : before.nextSibling;
    if (place !== row.line) element('rows').insertBefore(row.line, place);
    before = row.line;
  }
  const counts = [[services.size, 'services'], [count(({ state }) => TONES[state] === 'good'), 'up'], [count(({ state }) => state === 'failed'), 'failed'],
    [count(({ state }) => state === 'backing-off'), 'backing off'], [count(({ health }) => health === 'unhealthy'), 'unhealthy']];
  write(element('summary'), counts.filter(([number], index) => index < 2 || number > 0).map(([number, what]) => `${number} ${what}`).join(', '));
  element('empty').hidden = shown.length > 0;
  write(element('empty'), services.size === 0 ? 'No services yet.' : 'No service matches the filter.');
}

const count = (which) => [...services.values()].filter(which).length;

function makeRow(name) {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = name;
  const cells = Object.fromEntries(['state', 'cpu', 'memory', 'uptime', 'restarts', 'why', 'actions'].map((key) => {
    const cell = document.createElement('td');
    cell.className = ['cpu', 'memory', 'uptime', 'restarts'].includes(key) ? 'number' : key;
    return [key, cell];
  }));
  const toggle = button('', () => act(name, toggle.dataset.command));
  const restart = button('Restart', () => act(name, 'restart'));
  const log = button('Log', () => choose(name, true));
  restart.setAttribute('aria-label', `Restart ${name}`);
  log.setAttribute('aria-label', `Log of ${name}`);
  cells.actions.append(toggle, ' ', restart, ' ', log);
  line.append(head, ...Object.values(cells));
  const row = { line, cells, toggle };
  rows.set(name, row);
  return row;
}

function button(text, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
}

function fillRow({ line, cells, toggle }, service) {
  const { name, state, health, paused, uptime, restarts, why, wanted } = service;
  const usage = usages?.now.by.get(name);
  const isThere = usage !== undefined && usage.processes > 0;
  line.dataset.tone = health === 'unhealthy' ? 'bad' : paused ? 'waiting' : TONES[state];
  write(cells.state, `${state}${health === 'unhealthy' ? ', unhealthy' : ''}${paused ? ', paused' : ''}`);
  write(cells.cpu, isThere ? cpuOf(name) : '-');
  write(cells.memory, isThere ? byteText(usage.memory) : '-');
  write(cells.uptime, uptime === null ? '-' : secondsText(uptime + (performance.now() - readAt) / 1000));
  write(cells.restarts, String(restarts));
  write(cells.why, why);
  const command = wanted === 'down' || state === 'failed' || state === 'done' ? 'start' : 'stop';
  if (toggle.dataset.command === command) return;
  toggle.dataset.command = command;
  toggle.textContent = command === 'start' ? 'Start' : 'Stop';
  toggle.setAttribute('aria-label', `${toggle.textContent} ${name}`);
}

const write = (place, text) => {
  if (place.textContent !== text) place.textContent = text;
};

async function act(name, command) {
  notice(`${command} ${name} …`, false);
  try {
    const { service, outcome, detail } = await ask(`/v1/services/${encodeURIComponent(name)}/${command}`, { body: { wait: true, timeout: 30_000 } });
    const state = service === null ? 'gone' : service.state;
    if (outcome === 'reached') notice(`${name} is ${state}`, false);
    else notice(`${command} ${name}: ${outcome}; it is ${state}${[detail, service?.why].filter(Boolean).map((text) => `, ${text}`).join('')}`, true);
  } catch (error) {
    complain(error);
  }
  void refresh();
}

/* --- one service --- */

let logEnd = new AbortController();

function choose(name, focus) {
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

function close() {
  logEnd.abort();
  chosen = undefined;
  element('one').hidden = true;
}
element('close').addEventListener('click', () => {
  const row = rows.get(chosen);
  close();
  (row?.line.querySelector('button:last-of-type') ?? element('services')).focus();
});

async function tellWhy(name, signal) {
  try {
    write(element('why'), (await ask(`/v1/services/${encodeURIComponent(name)}/why`, { signal })).why.paragraph);
  } catch (error) {
    if (!signal.aborted) complain(error);
  }
}

async function followLog(name, signal) {
  try {
    const path = `/v1/logs?name=${encodeURIComponent(name)}`;
    const { lines, lost, newest, uncaptured } = await ask(`${path}&lines=200`, { signal });
    if (uncaptured.includes(name)) write(element('log-problem'), `n6 does not read what ${name} writes; with logs in its service.yaml it does: prefix, json, timestamps or raw.`);
    show(lost > 0 ? [{ lost }, ...lines] : lines);
    for await (const line of stream(`${path}&after=${newest}&lines=10000&follow=1`, signal)) {
      if (line.reconnect === true) return;
      show([line]);
    }
  } catch (error) {
    if (!signal.aborted && error instanceof Refused) write(element('log-problem'), error.message);
  }

  function show(some) {
    append(element('log'), some.map((line) => ({
      text: line.lost === undefined ? `${clock(line.at)} ${plain(line.text)}` : `${line.lost} lines were lost`, error: line.stream === 'stderr',
    })), LINES_KEPT);
  }
}

/** Who has scrolled up stays where he is. */
function append(list, lines, most) {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 30;
  for (const { text, error } of lines) {
    const item = document.createElement('li');
    item.textContent = text;
    if (error) item.className = 'error';
    list.append(item);
  }
  while (list.childElementCount > most) list.firstChild.remove();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

/* --- what is said --- */

function connection(isOn, text) {
  element('connection').dataset.state = isOn ? 'on' : 'off';
  write(element('connection'), text);
}

function notice(text, bad) {
  element('notice').toggleAttribute('data-bad', bad);
  write(element('notice'), text);
}

/** A lost connection is told by the stream of events; an abort is our own. */
function complain(error) {
  if (error instanceof Refused) notice(error.message, true);
}

element('filter').addEventListener('input', draw);
document.addEventListener('visibilitychange', () => document.hidden || draw());
if (token.get() === null) showDoor('');
else void begin();
