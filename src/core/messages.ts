/**
 * Every sentence n6 says to people, as functions from plain data to text. One form: who, "cannot" + verb + thing, the
 * reason in words and the errno's name, then one thing to try.
 */
import type { Exit } from './exit.ts';
import type { SpawnFailure } from './events.ts';
import type { Program } from './state.ts';
import type { SettingProblem } from './settings.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

/** One thing wrong in a file that a user wrote; told together with all others of its directory. */
export type Problem = Readonly<{
  service: string;
  file: string;
  /** What is there, quoted; undefined where there is nothing to quote. */
  value: string | undefined;
  expected: string;
  remedy: string;
}>;

/** A command of service.yaml beside `run`. */
export type Helper = 'down' | 'stop.command';

/** Something worth saying, as data. */
export type Report =
  | { type: 'impossible'; service: string; state: string; event: string }
  | { type: 'spawnFailed'; service: string; directory: string; program: Program; failure: SpawnFailure }
  | { type: 'scriptFailed'; file: string; failure: SpawnFailure }
  /** `limit`: where its time was written. */
  | { type: 'killed'; service: string; state: string; pid: number; after: number; limit: 'timeout-kill' | 'timeout-finish' | 'stop' }
  | { type: 'helperFailed'; service: string; helper: Helper; reason: string }
  /** An edited service.yaml is wrong, and its service goes on without it. */
  | { type: 'notTaken'; service: string; faults: readonly string[] }
  | { type: 'unkillable'; service: string; state: string; pid: number }
  | { type: 'problem'; problem: Problem }
  | { type: 'setting'; problem: SettingProblem; fallback: string }
  | { type: 'unreadableScanDirectory'; directory: string; code: string }
  | { type: 'unwritableScanDirectory'; directory: string; code: string; instead: string }
  | { type: 'runtimeElsewhere'; wanted: string; directory: string; code: string }
  | { type: 'directoryGone'; service: string; directory: string }
  | { type: 'started'; version: string; pid: number; directory: string; services: number; milliseconds: number }
  | { type: 'commandFailed'; command: string; code: string }
  | { type: 'commandEnded'; command: string; exit: Exit }
  | { type: 'shutdown'; reason: string }
  | { type: 'stillAlive'; processes: readonly { pid: number; command: string }[] }
  | { type: 'ended'; code: number }
  | { type: 'hookFailed'; hook: string; event: string; reason: string }
  | { type: 'controlLost'; path: string; code: string }
  | { type: 'watchLost'; directory: string; reason: string }
  | { type: 'unexpected'; where: string; error: string }
  | { type: 'note'; level: Level; service?: string; text: string };

/** How loud a report is, who it is about, and its sentence. */
export function tell(report: Report): { level: Level; service: string | undefined; text: string } {
  const service = 'service' in report ? report.service : report.type === 'problem' ? report.problem.service : undefined;
  return { level: levelOf(report), service, text: sentence(report) };
}

function levelOf(report: Report): Level {
  switch (report.type) {
    case 'note': return report.level;
    case 'started': case 'shutdown': case 'ended': case 'directoryGone': return 'info';
    case 'commandEnded': return 'debug';
    case 'impossible': case 'unexpected': case 'spawnFailed': case 'scriptFailed': case 'unkillable':
    case 'unreadableScanDirectory': case 'commandFailed': return 'error';
    default: return 'warn';
  }
}

function sentence(report: Report): string {
  switch (report.type) {
    case 'impossible':
      return `internal error: cannot be ${report.state} and receive ${report.event}; the service goes on, please report this`;
    case 'spawnFailed':
      return `cannot start ${report.program === 'down' ? 'its down command' : `./${report.program}`}: ${failureText(report.failure)}; ${spawnRemedy(report)}`;
    case 'scriptFailed':
      return `cannot start ${report.file}: ${failureText(report.failure)}; correct it, or take it away`;
    case 'killed':
      return `${report.state === 'finishing' ? 'finish did not end' : 'did not stop'} in ${Math.round(report.after)} ms (${report.limit}); `
        + `sent SIGKILL to ${report.pid}`;
    case 'helperFailed':
      return `its ${report.helper} failed: ${report.reason}; ${HELPER_REMEDY[report.helper]}`;
    case 'notTaken':
      return `edited, and not understood: ${faultsText(report.faults)}; it goes on as it was, correct it, then: svc rescan`;
    case 'unkillable':
      return `process ${report.pid} outlives SIGKILL, it is likely in an uninterruptible sleep; look at its state with: cat /proc/${report.pid}/status`;
    case 'problem':
      return problemText(report.problem);
    case 'setting':
      return `${report.problem.name}: expected ${report.problem.expected}, got "${report.problem.value}"; going on with ${report.fallback}`;
    case 'unreadableScanDirectory':
      return `cannot read the scan directory ${report.directory}: ${errnoText(report.code)}; ${report.code === 'ENOENT'
        ? `create it: mkdir -p ${report.directory}` : `allow reading: chmod u+rx ${report.directory}`}`;
    case 'unwritableScanDirectory':
      return `cannot write to ${report.directory}: ${errnoText(report.code)}; keeping state in ${report.instead}, `
        + `reach this supervisor with: svc --dir ${report.instead}`;
    case 'runtimeElsewhere':
      return `cannot write to ${report.wanted}: ${errnoText(report.code)}; keeping state in ${report.directory}, so that /run/service, `
        + '/run/s6 and /var/run/s6 are missing; to have them, give /run to this user: chown it when the image is built, or mount a tmpfs with its uid';
    case 'directoryGone':
      return `its directory ${report.directory} has gone; it is stopped and forgotten. To have it again, put it back and: svc rescan`;
    case 'started':
      return `n6 ${report.version} supervises ${report.directory} as pid ${report.pid}: ${report.services} ${plural(report.services, 'service')}, `
        + `started in ${Math.round(report.milliseconds)} ms`;
    case 'commandFailed':
      return `cannot run the command ${report.command}: ${errnoText(report.code)}; check CMD and PATH`;
    case 'commandEnded':
      return `the command ${report.command} ended: ${exitText(report.exit)}`;
    case 'shutdown':
      return `shutting down: ${report.reason}`;
    case 'stillAlive':
      return `sending SIGKILL to what is left: ${report.processes.map(({ pid, command }) => `${pid} (${command})`).join(', ')}`;
    case 'ended':
      return `all processes have ended; exit code ${report.code}`;
    case 'hookFailed':
      return `hook ${report.hook} failed on ${report.event}: ${report.reason}`;
    case 'controlLost':
      return `cannot listen on ${report.path}: ${errnoText(report.code)}; services go on, svc cannot reach this supervisor`;
    case 'watchLost':
      return `cannot watch ${report.directory}: ${report.reason}; changes are seen by: svc rescan`;
    case 'unexpected':
      return `internal error in ${report.where}: ${report.error}; going on, please report this`;
    case 'note':
      return report.text;
  }
}

const HELPER_REMEDY: { [H in Helper]: string } = {
  'down': 'what it did may not have been undone, look at what it printed',
  'stop.command': 'going on with its signals, look at what it printed',
};

/** The first mistake, and how many more there are. */
export const faultsText = ([first = 'nothing', ...more]: readonly string[]): string =>
  `${first}${more.length === 0 ? '' : ` (and ${more.length} more)`}`;

export const problemText = ({ file, value, expected, remedy }: Problem): string =>
  `${file}: expected ${expected}${value === undefined ? '' : `, got ${JSON.stringify(value)}`}; ${remedy}`;

const STEP_TEXT: { [S in SpawnFailure['step']]: (subject: string) => string } = {
  lock: (subject) => `a process of an earlier life still holds ${subject}`,
  namespace: (subject) => `the system gives it no PID namespace: ${subject}`,
  directory: (subject) => `its directory ${subject} cannot be entered`,
  file: (subject) => `${subject} does not exist`,
  mode: (subject) => `${subject} is not executable`,
  hashbang: (subject) => `${subject} has no hashbang and is no program`,
  interpreter: (subject) => `its interpreter ${subject} does not exist or is not executable`,
  descriptor: (subject) => `descriptor ${subject} cannot be given to it`,
  process: () => 'the system gives no new process',
  // The sentences of launch/sentences.ts.
  account: (subject) => subject,
  tool: (subject) => subject,
  environment: (subject) => `env-file cannot be understood: ${subject}`,
  secret: (subject) => `the secret ${subject} cannot be had`,
  rights: (subject) => subject,
};

/** What the arguments or the environment themselves make impossible, whatever the program. */
const PROCESS_TEXT: Readonly<Record<string, string>> = {
  E2BIG: 'its arguments and environment are too long together',
  EINVAL: 'an argument or a variable has a NUL byte in it',
};

export const failureText = ({ step, subject, code }: SpawnFailure): string =>
  `${(step === 'process' ? PROCESS_TEXT[code] : undefined) ?? STEP_TEXT[step](subject)} (${code})`;

function spawnRemedy({ directory, program, failure }: Extract<Report, { type: 'spawnFailed' }>): string {
  switch (failure.step) {
    case 'lock': return `see which: fuser ${failure.subject}; it is tried again every second`;
    case 'namespace': return `n6 needs CAP_SYS_ADMIN for that; or do without: rm ${directory}/flag-newpidns`;
    case 'directory': return `check that it is there: ls -ld ${failure.subject}`;
    case 'file': return `create it, or remove the service: ${directory}`;
    // The kernel says in the subject when the mode is not what forbids it.
    case 'mode': return /noexec/.test(failure.subject) ? `look at its mount: findmnt -T ${directory}` : `make it so: chmod +x ${directory}/${program}`;
    case 'hashbang': return `begin it with a line such as: #!/bin/sh`;
    case 'interpreter': return `install it, or correct the first line of ${directory}/${program}`;
    case 'account': return `make it when the image is built, or correct ${directory}/service.yaml`;
    case 'tool': return `install it, or take this out of ${directory}/service.yaml`;
    case 'environment': return `correct that file, or env-file in ${directory}/service.yaml`;
    case 'secret': return `give n6 that file, or correct secrets and env in ${directory}/service.yaml (a NAME_FILE is read unless NAME is set, too)`;
    case 'rights': return `run n6 as root with that capability (docker run --cap-add), or take this out of ${directory}/service.yaml`;
    case 'descriptor': return `check notification-fd and the limit of open files (ulimit -n)`;
    case 'process':
      return failure.code in PROCESS_TEXT ? 'look at what is in the container environment'
        : 'check the limits of processes and memory; trying again';
  }
}

export const exitText = (exit: Exit): string => ('code' in exit ? `exit ${exit.code}` : `killed by ${exit.signal}`);

/** 300 ms, 2.5 s, 3m12s, 4h05m, 2d03h: at most six characters for a column. */
export function seconds(milliseconds: number): string {
  const s = milliseconds / 1000;
  if (s < 1) return `${Math.floor(milliseconds)} ms`;
  if (s < 10) return `${(Math.floor(s * 10) / 10).toFixed(1)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`;
  return s < 86_400 ? `${Math.floor(s / 3600)}h${two((s % 3600) / 60)}m` : `${Math.floor(s / 86_400)}d${two((s % 86_400) / 3600)}h`;
}

const ERRNO_TEXT: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ENOTDIR: 'not a directory',
  ENOSPC: 'no space left',
  EADDRINUSE: 'address in use',
  ENOMEM: 'out of memory',
  EAGAIN: 'resource temporarily unavailable',
  ENOEXEC: 'exec format error',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
};
export const errnoText = (code: string): string => (ERRNO_TEXT[code] === undefined ? code : `${ERRNO_TEXT[code]} (${code})`);

/** `no service named "wbe"; did you mean "web"?` */
export function noSuchService(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `no service ${/[*?[]/.test(name) ? 'matches' : 'named'} "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

/** The known word that a person most likely meant; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .filter(({ distance: d }) => d <= Math.max(1, Math.ceil(word.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** Optimal string alignment: insert, delete, replace, and swap of neighbours cost 1 each. */
function distance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}

const plural = (n: number, word: string): string => (n === 1 ? word : `${word}s`);
