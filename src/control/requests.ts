/** What clients send, checked: each function gives plain data or throws a Refusal that says what was expected. Pure. */
import type { CommandName } from '../core/commands.ts';
import { nearest } from '../core/messages.ts';
import { SIGNAL_NAMES, signalName } from '../core/signals.ts';
import type { ChangeWish } from './backend.ts';
import { DEFAULT_LEVEL, HEALTH_LEVEL_NAMES, isHealthLevel, type HealthLevel } from './health.ts';
import { Refusal } from './problem.ts';
import { ENDPOINTS, isWaitable, isWaitGoal, LOG_LINES, WAIT_GOALS, type EndpointName, type WaitGoal } from './protocol.ts';

export type CommandWish = Readonly<{ wait: boolean; timeout: number | undefined; signal: string | undefined }>;

/** Of `POST /v1/services/NAME/COMMAND`: waiting is for commands that come to something, `signal` for kill alone (TERM unless given). */
export function commandWish(command: CommandName, body: Body): CommandWish {
  for (const key of Object.keys(body)) {
    if (key === 'signal' ? command !== 'kill' : !isWaitable(command)) throw badRequest(`${command} takes no ${JSON.stringify(key)}; leave it out`);
  }
  const { wait = false } = body;
  if (typeof wait !== 'boolean') throw unexpected('wait', 'true or false', wait);
  const signal = body['signal'] === undefined ? undefined : checkedSignal(body['signal']);
  return { wait, timeout: milliseconds(body['timeout']), signal: command === 'kill' ? signal ?? 'SIGTERM' : undefined };
}

/** Of `GET /v1/services/NAME/wait`. */
export function waitWish(query: URLSearchParams): { goal: WaitGoal; timeout: number | undefined } {
  const goal = query.get('for') ?? 'ready';
  if (!isWaitGoal(goal)) throw unexpected('for', WAIT_GOALS.join(', '), goal);
  const timeout = query.get('timeout');
  return { goal, timeout: timeout === null ? undefined : milliseconds(/^\d+$/.test(timeout) ? Number(timeout) : timeout) };
}

/** Of `GET /v1/health`. */
export function healthWish(query: URLSearchParams): { level: HealthLevel; names: readonly string[] } {
  const level = query.get('level') ?? DEFAULT_LEVEL;
  if (!isHealthLevel(level)) throw unexpected('level', HEALTH_LEVEL_NAMES.join(' or '), level);
  return { level, names: query.getAll('name') };
}

/** Of `POST /v1/changes`. */
export function changeWish(body: Body): ChangeWish & { block: boolean } {
  const { direction, names } = body;
  if (direction !== 'up' && direction !== 'down') throw unexpected('direction', 'up or down', direction);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) throw unexpected('names', 'an array of strings', names);
  const flag = (key: 'force' | 'prune' | 'dry' | 'block'): boolean => {
    const { [key]: value = false } = body;
    if (typeof value !== 'boolean') throw unexpected(key, 'true or false', value);
    return value;
  };
  return {
    direction, names, timeout: milliseconds(body['timeout']), force: flag('force'), prune: flag('prune'), dry: flag('dry'), block: flag('block'),
  };
}

/** Of `POST /v1/templates/render`; `names` undefined: all of them. */
export function renderWish({ names, dry = false }: Body): { names: readonly string[] | undefined; dry: boolean } {
  const areNames = names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string'));
  if (!areNames) throw unexpected('names', 'an array of strings', names);
  if (typeof dry !== 'boolean') throw unexpected('dry', 'true or false', dry);
  return { names: names, dry };
}

/** Of `POST /v1/poke/SOURCE`. */
export function pokePayload({ environment = {}, input = '' }: Body): { environment: Record<string, string>; input: string } {
  if (!isObject(environment) || !Object.values(environment).every((value) => typeof value === 'string')) {
    throw unexpected('environment', 'an object of strings', environment);
  }
  if (typeof input !== 'string') throw unexpected('input', 'a string', input);
  return { environment: environment as Record<string, string>, input };
}

/** Of `POST /v1/shutdown`: goes into the log, so it is one line of a sensible length. */
export function shutdownReason({ reason = 'asked through the control API' }: Body): string {
  if (typeof reason !== 'string') throw unexpected('reason', 'a string', reason);
  // Control characters could forge lines of the log.
  return reason.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 200);
}

/** Of `GET /v1/events`: the last event the client has seen. What the query says counts before the header of a browser's second try. */
export function sinceSequence(query: URLSearchParams, lastEventId: string | undefined): number | undefined {
  const text = query.get('since') ?? lastEventId;
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw unexpected('since', 'the seq of an event', text);
  return Number(text);
}

/** Of `GET /v1/events`. */
export function wantsSnapshot(query: URLSearchParams): boolean {
  const text = query.get('snapshot') ?? '0';
  if (text !== '0' && text !== '1') throw unexpected('snapshot', '1 or 0', text);
  return text === '1';
}

export type LogQuery = Readonly<{
  names: readonly string[];
  /** At most so many, the newest ones. */
  lines: number;
  /** Milliseconds; undefined: however old. */
  since: number | undefined;
  after: number | undefined;
  follow: boolean;
}>;

/** Of `GET /v1/logs`. After a line that is known all that there are count, however many: those beyond the limit are told as lost. */
export function logWish(query: URLSearchParams, lastEventId: string | undefined): LogQuery {
  const wholeNumber = (name: string, text: string | null, most: number): number | undefined => {
    if (text === null) return undefined;
    if (!/^\d{1,15}$/.test(text) || Number(text) > most) throw unexpected(name, `a whole number from 0 to ${most}`, text);
    return Number(text);
  };
  const follow = query.get('follow') ?? '0';
  if (follow !== '0' && follow !== '1') throw unexpected('follow', '1 or 0', follow);
  const after = wholeNumber('after', query.get('after') ?? (follow === '1' && lastEventId !== '' ? lastEventId ?? null : null), Number.MAX_SAFE_INTEGER);
  return {
    names: query.getAll('name'),
    lines: wholeNumber('lines', query.get('lines'), LOG_LINES.most) ?? (after === undefined ? LOG_LINES.usual : LOG_LINES.most),
    since: wholeNumber('since', query.get('since'), LONGEST), after, follow: follow === '1',
  };
}

export type Body = Readonly<Record<string, unknown>>;

/** The JSON object of a body; an empty body is an object without keys. */
export function readObject(endpoint: EndpointName, text: string): Body {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(value)) throw badRequest(`the body has to be a JSON object, got ${quote(value)}`);
  expectKnown('key of the body', Object.keys(value), ENDPOINTS[endpoint].body);
  return value;
}

/** A misspelt parameter must not be passed over: `?nmae=web` would list everything. */
export function expectKnownQuery(endpoint: EndpointName, query: URLSearchParams): void {
  expectKnown('parameter', [...query.keys()], ENDPOINTS[endpoint].query);
}

function expectKnown(what: string, given: readonly string[], known: readonly string[]): void {
  const stranger = given.find((key) => !known.includes(key));
  if (stranger === undefined) return;
  const near = nearest(stranger, known);
  const advice = near !== undefined ? `did you mean "${near}"?` : known.length === 0 ? 'there is none here' : `there is ${known.join(', ')}`;
  throw badRequest(`unknown ${what} ${quote(stranger)}; ${advice}`);
}

function checkedSignal(value: unknown): string {
  const name = typeof value === 'string' ? signalName(value) : undefined;
  if (name !== undefined) return name;
  const near = typeof value === 'string' ? likelySignal(value) : undefined;
  throw badRequest(`signal: expected a name such as TERM or a number, got ${quote(value)}${near === undefined ? '' : `; did you mean "${near}"?`}`);
}

/** The signal, without its SIG, that somebody meant who wrote a name that there is not. */
export function likelySignal(text: string): string | undefined {
  return /^\d+$/.test(text) ? undefined : nearest(text.toUpperCase().replace(/^SIG/, ''), SIGNAL_NAMES.map((name) => name.slice(3)));
}

/** setTimeout takes no more than 2^31 - 1 ms: a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

function milliseconds(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > LONGEST) {
    throw unexpected('timeout', `milliseconds, 0 to ${LONGEST}`, value);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const badRequest = (detail: string): Refusal => new Refusal('bad-request', detail);
const unexpected = (name: string, expected: string, value: unknown): Refusal => badRequest(`${name}: expected ${expected}, got ${quote(value)}`);

/** A value as it may stand in a sentence: what somebody sent can be a mebibyte long. */
function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
