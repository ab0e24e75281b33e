/** The dashboard: services and what becomes of them, live. Everything is written as text, never as markup. */
import { ask, Refused, stream, token } from './dashboard-api.js';
import { choose, chosenName, close } from './dashboard-one.js';
import { append, clock, complain, connection, element, input, notice } from './dashboard-page.js';
import { buttonOf, drawRows } from './dashboard-rows.js';

/**
 * @typedef {import('../core/status.ts').Status} Status
 * @typedef {import('../control/backend.ts').PublicEvent} PublicEvent
 * @typedef {import('../control/protocol.ts').Lost} Lost
 * @typedef {{ reconnect: true }} Reconnect
 * @typedef {import('./dashboard-api.js').Answers} Answers
 */

const EVENTS_KEPT = 200;
/** Milliseconds between two looks at CPU and memory, while somebody sees them, and between two tries to reach a supervisor that has gone. */
const LOOK = 2000;
const RETRY = 1000;

/** @type {Map<string, Status>} */
let services = new Map();
let readAt = 0;
/** @type {import('./dashboard-rows.js').Usages} */
let usages;
/** @type {number | undefined} */
let lastSeq;
/** @type {string | undefined} */
let life;
let end = new AbortController();
/** Where the services come from. */
let directory = '';

/* --- who may see it --- */

element('login').addEventListener('submit', (event) => {
  event.preventDefault();
  token.set(input('token').value.trim());
  input('token').value = '';
  void begin();
});
element('leave').addEventListener('click', () => {
  token.forget();
  close();
  showDoor('');
});

/** @param {string} error */
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
  lastSeq = undefined;
  life = undefined;
  usages = undefined;
  element('events').replaceChildren();
  void keepLooking(signal);
  await follow(signal);
}

/* --- events --- */

/** @param {AbortSignal} signal */
async function follow(signal) {
  while (!signal.aborted) {
    try {
      const { supervisor } = /** @type {Answers['supervisor']} */ (await ask('/v1/supervisor', { signal }));
      // A seq of one life of the supervisor says nothing about another one.
      if (supervisor.startedAt !== life) lastSeq = undefined;
      life = supervisor.startedAt;
      directory = supervisor.directory;
      element('where').textContent = directory;
      document.title = `n6 ${directory}`;
      const path = lastSeq === undefined ? '/v1/events' : `/v1/events?since=${lastSeq}`;
      for await (const event of stream(path, signal, opened)) heard(/** @type {PublicEvent | Lost | Reconnect} */ (event));
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
  const name = chosenName();
  if (name !== undefined) choose(name, false);
}

/** @param {PublicEvent | Lost | Reconnect} item */
function heard(item) {
  if ('reconnect' in item) return;
  if ('lost' in item) append(element('events'), [{ text: `${String(item.lost)} events were lost`, error: false }], EVENTS_KEPT);
  else {
    lastSeq = item.seq;
    append(element('events'), [{ text: eventText(item), error: /failed|unhealthy|rejected/.test(item.event) }], EVENTS_KEPT);
  }
  void refresh();
}

/** @param {PublicEvent} event */
function eventText({ seq: _, at, event: name, service, ...rest }) {
  const facts = Object.entries(rest).map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ');
  return `${clock(at)} ${name}${service === undefined ? '' : ` ${service}`}${facts && ` (${facts})`}`;
}

/* --- services --- */

/** @type {'no' | 'yes' | 'again'} */
let refreshing = 'no';
/** One question at a time, and one more for all that happened meanwhile. */
async function refresh() {
  if (refreshing !== 'no') {
    refreshing = 'again';
    return;
  }
  refreshing = 'yes';
  try {
    const answer = /** @type {Answers['services']} */ (await ask('/v1/services', { signal: end.signal }));
    services = new Map(answer.services.map((service) => [service.name, service]));
    readAt = performance.now();
    draw();
  } catch (error) {
    complain(error);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  const again = isAsked();
  refreshing = 'no';
  if (again && !end.signal.aborted) void refresh();
}

/** Meanwhile. */
const isAsked = () => refreshing === 'again';

/** CPU and memory cost the supervisor a look at /proc: nobody looks, nothing is asked. @param {AbortSignal} signal */
async function keepLooking(signal) {
  while (!signal.aborted) {
    if (!document.hidden) {
      try {
        const answer = /** @type {Answers['usage']} */ (await ask('/v1/usage', { signal }));
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

function draw() {
  /** @type {import('./dashboard-rows.js').Buttons} */
  const buttons = { act: (name, command) => void act(name, command), choose: (name) => choose(name, true) };
  drawRows({ services: [...services.values()], usages, readAt, directory }, buttons);
}

/** @param {string} name @param {string} command */
async function act(name, command) {
  notice(`${command} ${name} …`, false);
  try {
    const answer = await ask(`/v1/services/${encodeURIComponent(name)}/${command}`, { body: { wait: true, timeout: 30_000 } });
    const { service, outcome, detail } = /** @type {Answers['command']} */ (answer);
    const state = service === null ? 'gone' : service.state;
    if (outcome === 'reached') notice(`${name} is ${state}`, false);
    else {
      const why = [detail, service?.why].map((text) => (text === undefined || text === '' ? '' : `, ${text}`)).join('');
      notice(`${command} ${name}: ${outcome}; it is ${state}${why}`, true);
    }
  } catch (error) {
    complain(error);
  }
  void refresh();
}

element('close').addEventListener('click', () => {
  const name = chosenName();
  close();
  (name === undefined ? element('services') : buttonOf(name) ?? element('services')).focus();
});

element('filter').addEventListener('input', draw);
document.addEventListener('visibilitychange', () => document.hidden || draw());
if (token.get() === null) showDoor('');
else void begin();
