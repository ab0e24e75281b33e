/** What `svc` says, as functions from plain data to text. Errors: what, why, and one thing to try. */
import type { Unreachable } from '../control/client-errors.ts';
import type { HealthLevel } from '../control/health.ts';
import type { RenderResult } from '../control/backend.ts';
import type { Unmatched } from '../control/protocol.ts';
import type { CommandName } from '../core/commands.ts';
import { errnoText, seconds } from '../core/messages.ts';
import type { UsageError } from './command.ts';
import type { Result } from './results.ts';

export const noServices = (directory: string): string =>
  `no services yet; put a directory with an executable file named run into ${directory}, then: svc rescan`;

/** Of a listing that is longer than the screen. */
export const moreLines = (count: number): string => `… ${count} more; name some of them, or scroll: svc top`;

/** What was watched or followed has come to its end. */
export const SUPERVISOR_ENDED = 'the supervisor has ended';

/** Names that a line has room for, as a rule; the rest is counted. */
const NAMED = 3;

/** By name, what is known of each. */
export function waitingFor(waiting: ReadonlyMap<string, string>): string {
  const named = [...waiting].slice(0, NAMED).map(([name, state]) => (state === '' ? printable(name) : `${printable(name)} (${state})`));
  const rest = waiting.size - named.length;
  return `waiting for ${[...named, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')}`;
}

/** `waited` is milliseconds. */
export const waitingForLong = (waiting: ReadonlyMap<string, string>, waited: number): string =>
  `${Math.floor(waited / 1000)} s, ${waitingFor(waiting)}`;

/** In the table, before why it is not up. */
export const STALE = 'edited since it started';

/** A command has come true, or was given: one line per service. */
export function fulfilled(command: CommandName, { name, service, outcome }: Result): string {
  if (service === null) return `${name} is gone`;
  if (outcome === 'sent') return `${name}: ${SENT[command]}`;
  if (command === 'reload') return `${name} was reloaded`;
  const pid = service.pid === null ? '' : `, pid ${service.pid}`;
  return `${name} is ${service.state}${pid}${service.why === '' ? '' : ` (${service.why})`}`;
}

const SENT: Readonly<Record<CommandName, string>> = {
  start: 'asked to start', stop: 'asked to stop', restart: 'asked to restart', once: 'asked to start once',
  reload: 'sent its reload signal', pause: 'paused', cont: 'continued', kill: 'sent the signal',
};

/** The supervisor names the service that was likely meant; where there is none near, the list of them helps. */
export const noService = ({ detail }: Unmatched): string => (detail.endsWith('?') ? detail : `${detail}; list them: svc status`);

const TO_CAPTURE = 'to have lines here, write logs: raw into service.yaml, or start n6 with N6_LOGS=raw';
/** Services that write past n6. */
export const notCaptured = (names: readonly string[]): string =>
  `what ${names.join(', ')} ${names.length === 1 ? 'writes' : 'write'} goes straight to the output of n6; ${TO_CAPTURE}`;
export const noneCaptured = `what services write goes straight to the output of n6; ${TO_CAPTURE}`;

/** What was wished for has not happened. `waited` is milliseconds. */
export function notFulfilled(wish: string, { name, service, outcome, detail }: Result, waited: number | undefined): string {
  if (service === null) return `${name} is gone: its directory was removed while svc waited; look at what is left: svc status`;
  const why = service.why === '' ? '' : `: ${service.why}`;
  if (outcome === 'not running') return `cannot ${wish} ${name}, it is ${service.state}${why}; start it first: svc start ${name}`;
  if (outcome === 'failed' && wish === 'reload') {
    return `${name} was not reloaded${detail === undefined || detail === '' ? '' : `: ${detail}`}; it is ${service.state}, see: svc why ${name}`;
  }
  if (outcome === 'failed') {
    return `${name} ${service.state === 'failed' ? 'has failed' : `is ${service.state}`}${why}; correct it, then try again: svc start ${name}`;
  }
  const after = waited === undefined ? '' : ` after ${seconds(waited)}`;
  if (wish === 'reload') return `${name} has not answered its reload${after}; wait longer with --timeout, or look again: svc why ${name}`;
  const advice = service.state === 'stopping'
    ? `wait longer with --timeout, or end it: svc kill ${name} -s KILL`
    : `wait longer with --timeout, or look again: svc status ${name}`;
  return `${name} is still ${service.state}${after}${why}; ${advice}`;
}

/** Of `svc health`, when all is well. */
export const healthy = (level: HealthLevel, services: readonly unknown[]): string =>
  `${level}: ${services.length === 0 ? 'no service that has to be up' : services.length === 1 ? '1 service' : `${services.length} services`}`;

/** `timeout` is milliseconds. */
export const noAnswer = (timeout: number): string => `the supervisor has not answered in ${seconds(timeout)}; look whether it is busy or stopped`;

/** Control characters as JSON writes them: what others have written must not drive the terminal. */
export const printable = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export const NO_MEMBERS = 'there is no member; who knows them is said in n6.yaml, membership, or told by an agent with its handler: svc event serf';
export const notYetAsked = (source: string): string => `${source} has not been reached yet; look at n6's log`;
export const notFresh = (source: string, since: string): string => `${source} cannot be asked since ${since}; this is what it said last`;

export const NO_TEMPLATES = 'no templates; they are files NAME.yaml in /etc/n6/templates.d, or in templates.d beside the services';

/** `near`: which one was likely meant. */
export const noSuchTemplate = (name: string, near: string | undefined): string =>
  `no template named "${name}"; ${near === undefined ? 'list them: svc render --dry-run' : `did you mean "${near}"?`}`;

/** What became of a template, in a line. */
export function renderedLine({ name, outcome, step, reason }: RenderResult): string {
  const at = step === null ? '' : ` at ${step}`;
  switch (outcome) {
    case 'applied': return `${name} was applied`;
    case 'unchanged': return `${name} is as it was`;
    case 'would change': return `${name} would change`;
    case 'kept': return `${name} stays as it is: too few members are there (minimum-members)`;
    case 'failed': return `${name} was refused${at}: ${printable(reason)}; the last good file stays`;
  }
}

/** `code` is the errno's name. */
export const cannotExecute = (what: string, code: string): string =>
  `cannot run ${what}: ${errnoText(code)}; it is looked for in the PATH of the service, see: svc env NAME`;

/** Without line breaks, and no longer than Docker keeps of a health check (4,096 bytes). */
export function oneLine(text: string): string {
  const flat = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ');
  const bytes = Buffer.from(flat);
  return bytes.length <= LONGEST_LINE ? flat : `${bytes.subarray(0, LONGEST_LINE).toString().replace(/\ufffd*$/, '')}…`;
}

/** Bytes; with `svc: `, the … and the line's end it still fits. */
const LONGEST_LINE = 4000;

export function noSupervisor(looked: readonly string[]): string {
  return `no supervisor found; looked for ${looked.join(', ')}; name its services directory: svc --dir DIR …, or start one: svc supervise DIR`;
}

export function unreachable({ path, reason, code }: Unreachable): string {
  switch (reason) {
    case 'absent': return `no supervisor there: ${path} does not exist (${code}); start one: svc supervise DIR`;
    case 'dead': return `no supervisor there: nobody listens on ${path} (${code}), its supervisor has ended; start one: svc supervise DIR`;
    case 'forbidden': return `cannot talk to the supervisor on ${path}: permission denied (${code}); run svc as the user who runs it`;
    case 'lost': return `the supervisor on ${path} went away before it had answered (${code}); look whether it is still there: svc status`;
  }
}

export const mismatch = (own: string, supervisor: string): string =>
  `this svc is ${own}, but the supervisor is ${supervisor}; use the svc that came with it, or restart it with this n6`;

/** `code` is the errno's name. */
export const cannotLink = (place: string, code: string): string =>
  `cannot link ${place}: ${errnoText(code)}; run svc link as root in the build of the image, where its files can be written`;

export const lostEvents = (count: number): string =>
  `${count === 1 ? '1 event is' : `${count} events are`} missing here: the supervisor remembers no more, or svc was too slow to read`;

export const nothingToImport = (format: string, place: string): string =>
  `nothing to import: no service of ${format} in ${place}; see what it takes: svc import --help`;

export const isThereAlready = (place: string): string => `${place} is there already, nothing was made; remove it, or name another directory: -o DIR`;

export const cannotWrite = (place: string, why: string): string => `cannot write ${place}: ${why}; what is made already stays; name another directory: -o DIR`;

export const noHome = 'cannot tell which n6 this is: N6_HOME is not set, so the launcher was passed by; run it as bin/svc of n6: svc link';

export const superviseIsElsewhere = 'supervise is begun by the launcher, before this program; run it as bin/svc of n6: svc supervise [DIR]';

/** One thing to try: the word that was likely meant or, where there is none, the help. */
export const usage = ({ message, command }: UsageError): string =>
  message.endsWith('?') ? message : `${message}; see: svc ${command === undefined ? '' : `${command} `}--help`;

export const internalError = (error: unknown): string =>
  `internal error: ${error instanceof Error ? error.stack ?? error.message : String(error)}; please report this`;
