/**
 * THE list of the supervisor's settings, each given in the environment (contract section 3; spec/s6-compat.md 4.9 for those
 * named S6_). Parser, reference and tests are derived from it. A value that cannot be understood is reported, and the
 * default applies: a container must not stay down for a typing error in a setting.
 */
import { parseAddress, type Address } from './address.ts';
import { LOG_CHOICES } from './logs.ts';
import type { Level } from './messages.ts';
import { RESTART_RULES } from './restart.ts';
import { S6_VERSIONS } from './s6-version.ts';

export const SETTINGS = {
  N6_GRACE: { kind: 'milliseconds', fallback: 8000, sentence: 'deadline of the whole ordered shutdown, in milliseconds' },
  N6_RESTART_RULE: { kind: RESTART_RULES, fallback: 'n6', sentence: 'when a service is started again: n6, or s6 to the letter' },
  N6_S6_VERSION: {
    kind: S6_VERSIONS, fallback: '2.11',
    sentence: "the version of s6 whose clients are used: supervise/status and event/ say what that version's s6-supervise says",
  },
  N6_WATCH: { kind: 'switch', fallback: undefined, sentence: '1 watches the scan directory, 0 does not; unset: 1 for svc supervise, 0 as PID 1' },
  N6_LOG_FORMAT: { kind: ['json', 'pretty'], fallback: undefined, sentence: "form of the supervisor's own log; unset: pretty on a terminal, else json" },
  N6_LOG_LEVEL: {
    kind: ['error', 'warn', 'info', 'debug'], fallback: undefined, sentence: "least level of the supervisor's own log; unset: what S6_VERBOSITY says",
  },
  N6_LOGS: {
    kind: LOG_CHOICES, fallback: 'inherit',
    sentence: 'what becomes of the output of services whose service.yaml says nothing: inherit leaves it to them, every other word is one of `logs`',
  },
  N6_LOGS_MEMORY: {
    kind: 'number', fallback: 262_144, sentence: 'bytes of the newest lines of each captured service that are kept in memory, for svc logs; 0 keeps none',
  },
  N6_LOGS_MEMORY_ALL: { kind: 'number', fallback: 16_777_216, sentence: 'bytes that all of them may take together' },
  N6_TITLE: { kind: 'switch', fallback: true, sentence: "0: `pgrep -f 's6-supervise NAME'` does not find the supervisor of NAME" },
  N6_HOOK_TIMEOUT: { kind: 'milliseconds', fallback: 30_000, sentence: 'how long a hook may run before TERM, and 5 s later KILL' },
  N6_CONTROL_GROUP: {
    kind: 'text', fallback: undefined, sentence: 'a group, by name or number, that may read through the control socket: status, events, logs, no secrets',
  },
  N6_LISTEN: {
    kind: 'address', fallback: undefined, sentence: 'the control API and the dashboard listen there on TCP, too; on 127.0.0.1 unless a host is given',
  },
  N6_LISTEN_HOSTS: {
    kind: 'words', fallback: [], sentence: 'names of this machine that a request on TCP may use, split at blanks; addresses and localhost always may',
  },
  N6_TOKEN_FILE: { kind: 'text', fallback: undefined, sentence: 'a file with the token that every request on TCP has to have; read at the start' },
  N6_TOKEN: { kind: 'text', fallback: undefined, sentence: 'the token itself, where there is no N6_TOKEN_FILE; services that get the environment get it, too' },
  N6_KEEP_ENV: {
    kind: 'switch', fallback: undefined,
    sentence: '1 gives services the whole container environment, 0 only PATH; with-contenv works all the same; unset: 0 in an image of s6-overlay, else 1',
  },
  S6_KEEP_ENV: {
    kind: 'any', fallback: false, sentence: 'everything gets the whole container environment, and with-contenv leaves the environment as it is',
  },
  S6_BEHAVIOUR_IF_STAGE2_FAILS: {
    kind: [0, 1, 2], fallback: 0, sentence: 'when a script or service of the start fails: 0 goes on, 1 goes on with a warning, 2 stops the container',
  },
  S6_STAGE2_HOOK: { kind: 'words', fallback: [], sentence: 'a command, split at blanks and given to no shell, that runs before services are read' },
  S6_RUNTIME_PROFILE: { kind: 'text', fallback: undefined, sentence: 'the start reads /etc/cont-profile.d/PROFILE instead of /etc' },
  S6_RUNTIME_BUNDLEDIR: {
    kind: 'text', fallback: '/etc/s6-overlay/user-bundles.d', sentence: 'directory in which the bundles user and user2 are looked for besides the sources',
  },
  S6_FIX_ATTRS_HIDDEN: { kind: 'any', fallback: false, sentence: 'fix-attrs.d changes files whose names begin with a dot, too' },
  S6_WAIT_FOR_CLOSING_FD: {
    kind: 'number', fallback: 0, sentence: 'a descriptor of 3 or more: nothing starts before its other end has been closed',
  },
  S6_VERBOSITY: {
    kind: [0, 1, 2, 3, 4, 5], fallback: 2, sentence: 'how much the start and the supervisor say: 0 only errors, 1 warnings, 2 what is done, 3 to 5 everything',
  },
  S6_CMD_ARG0: { kind: 'words', fallback: [], sentence: 'words, split at blanks, that are put before those of CMD' },
  S6_CMD_WAIT_FOR_SERVICES: { kind: 'any', fallback: false, sentence: 'CMD starts when the services of services.d are up, or ready where they tell' },
  S6_CMD_WAIT_FOR_SERVICES_MAXTIME: {
    kind: 'milliseconds', fallback: undefined,
    sentence: 'limit for the start up to CMD; 0: none; unset: none, but 5000 for the waiting alone in an image of v1 or v2',
  },
  S6_CMD_RECEIVE_SIGNALS: { kind: 'any', fallback: false, sentence: 'signals to PID 1 that would end the container go to CMD while it runs' },
  S6_SERVICES_GRACETIME: {
    kind: 'milliseconds', fallback: undefined,
    sentence: 'limit for the part of the shutdown in which services stop; unset: 3000 for services.d of an s6-overlay image',
  },
  S6_KILL_GRACETIME: { kind: 'milliseconds', fallback: undefined, sentence: 'limit for what is left after the services, between TERM and KILL' },
  S6_KILL_FINISH_MAXTIME: { kind: 'milliseconds', fallback: 5000, sentence: 'how long each script of cont-finish.d may run before KILL; 0: no limit' },
  S6_SYNC_DISKS: { kind: 'any', fallback: false, sentence: 'file systems are synced before the container ends' },
  S6_LOGGING_SCRIPT: { kind: 'words', fallback: ['n20', 's1000000', 'T'], sentence: 'what logutil-service tells s6-log to do' },
  S6_LOGGING: {
    kind: [0, 1, 2], fallback: 0, sentence: 'has no effect: everything goes to the standard output and error of the container',
    advice: { level: 'warn', text: 'N6_LOGS captures the output of services; give services a log/ of their own, or let the container engine keep it' },
  },
  S6_CATCHALL_USER: {
    kind: 'text', fallback: 'root', sentence: 'has no effect: there is no logger that catches all',
    advice: {
      level: 'warn', when: { name: 'S6_LOGGING' }, text: 'there is no logger that catches all; give services a log/ whose run becomes the user it wants',
    },
  },
  S6_CMD_USE_TERMINAL: {
    kind: 'any', fallback: false, sentence: 'has no effect: CMD always has the terminal of the container',
    advice: { level: 'info', text: 'not needed: CMD always has the terminal of the container' },
  },
  S6_SERVICES_READYTIME: {
    kind: 'milliseconds', fallback: 50, sentence: 'has no effect: that a service is up or ready is seen as an event, without a pause before it',
    advice: { level: 'info', text: 'not needed: that a service is up or ready is seen as an event, without a pause before it' },
  },
  S6_READ_ONLY_ROOT: {
    kind: 'any', fallback: false, sentence: 'has no effect: a root that cannot be written is noticed; only /run, or /tmp, must be writable',
    advice: { level: 'info', text: 'not needed: a root that cannot be written is noticed; only /run, or /tmp, must be writable' },
  },
  S6_YES_I_WANT_A_WORLD_WRITABLE_RUN_BECAUSE_KUBERNETES: {
    kind: 'any', fallback: false, sentence: 'has no effect: every /run that can be written is taken, whoever else may write to it',
    advice: { level: 'info', text: 'not needed: every /run that can be written is taken, whoever else may write to it' },
  },
} as const satisfies Record<string, Setting>;

/**
 * `switch` is 1 or 0; `any` is s6's switch, where all but 0 means on; `words` are split at blanks; a list of names takes one
 * of them, a list of numbers from 0 on takes what is more than the last as the last, which is how s6-overlay compares.
 */
type Kind = 'milliseconds' | 'number' | 'switch' | 'any' | 'text' | 'words' | 'address' | readonly string[] | readonly number[];
/** For a setting without effect: how loud to say so, and what replaces it; `when` names another that must be on to make it worth saying. */
type Advice = Readonly<{ level: Level; text: string; when?: Readonly<{ name: string }> }>;
export type Setting = Readonly<{
  kind: Kind;
  fallback: string | number | boolean | readonly string[] | undefined;
  sentence: string;
  advice?: Advice;
}>;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S extends Setting> =
  S['kind'] extends 'milliseconds' | 'number' ? number
    : S['kind'] extends 'switch' | 'any' ? boolean
      : S['kind'] extends 'text' ? string
        : S['kind'] extends 'words' ? readonly string[]
          : S['kind'] extends 'address' ? Address
            : S['kind'] extends readonly (infer V)[] ? V : never;
export type Settings = Readonly<{
  [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> | (undefined extends (typeof SETTINGS)[N]['fallback'] ? undefined : never);
}>;
export type SettingProblem = Readonly<{ name: string; value: string; expected: string }>;

/** Reads every setting from NAME=value pairs; problems are told all at once. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): { settings: Settings; problems: SettingProblem[] } {
  const problems: SettingProblem[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, { kind, fallback }] of Object.entries<Setting>(SETTINGS)) {
    const text = environment[name];
    const value = text === undefined || text === '' ? undefined : parse(kind, text);
    if (text !== undefined && text !== '' && value === undefined) problems.push({ name, value: text, expected: expectation(kind) });
    settings[name] = value ?? fallback;
  }
  return { settings: settings as Settings, problems };
}

/** How much the supervisor's own log says: N6_LOG_LEVEL where it is given, else what S6_VERBOSITY means. */
export function logLevelOf({ N6_LOG_LEVEL, S6_VERBOSITY }: Settings): Level {
  const levels: readonly Level[] = ['error', 'warn', 'info'];
  return N6_LOG_LEVEL ?? levels[S6_VERBOSITY] ?? 'debug';
}

const WHOLE_NUMBER = /^\d{1,9}$/;

function parse(kind: Kind, text: string): string | number | boolean | readonly string[] | Address | undefined {
  switch (kind) {
    case 'milliseconds': case 'number': return WHOLE_NUMBER.test(text) ? Number(text) : undefined;
    case 'switch': return text === '1' ? true : text === '0' ? false : undefined;
    case 'any': return text !== '0';
    case 'text': return text;
    case 'address': return parseAddress(text);
    case 'words': return text.split(/[ \t\r\n]+/).filter((word) => word !== '');
    default: return isNumbers(kind) ? (WHOLE_NUMBER.test(text) ? Math.min(Number(text), kind.length - 1) : undefined) : kind.find((word) => word === text);
  }
}

function expectation(kind: Kind): string {
  switch (kind) {
    case 'milliseconds': return 'a number of milliseconds';
    case 'number': return 'a number';
    case 'switch': return '1 or 0';
    case 'any': case 'text': case 'words': return 'any text';
    case 'address': return 'PORT, HOST:PORT or [IPV6]:PORT';
    default: return isNumbers(kind) ? `a number from 0 to ${kind.length - 1}` : kind.join(' or ');
  }
}

const isNumbers = (kind: readonly string[] | readonly number[]): kind is readonly number[] => typeof kind[0] === 'number';
