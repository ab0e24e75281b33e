/**
 * THE list of the supervisor's settings, each given in the environment (contract section 3). Parser, reference and
 * tests are derived from it. A value that cannot be understood is reported, and the default applies: a container
 * must not stay down for a typing error in a setting.
 */
import { RESTART_RULES } from './restart.ts';

export const SETTINGS = {
  N6_GRACE: { kind: 'milliseconds', fallback: 8000, sentence: 'deadline of the whole ordered shutdown, in milliseconds' },
  S6_SERVICES_GRACETIME: { kind: 'milliseconds', fallback: undefined, sentence: 'limit for the part of the shutdown in which services stop' },
  S6_KILL_GRACETIME: { kind: 'milliseconds', fallback: undefined, sentence: 'limit for what is left after the services, between TERM and KILL' },
  N6_RESTART_RULE: { kind: RESTART_RULES, fallback: 'n6', sentence: 'when a service is started again: n6, or s6 to the letter' },
  N6_WATCH: { kind: 'switch', fallback: undefined, sentence: '1 watches the scan directory, 0 does not; unset: 1 for svc supervise, 0 as PID 1' },
  N6_LOG_FORMAT: { kind: ['json', 'pretty'], fallback: undefined, sentence: "form of the supervisor's own log; unset: pretty on a terminal, else json" },
  N6_LOG_LEVEL: { kind: ['error', 'warn', 'info', 'debug'], fallback: 'info', sentence: "least level of the supervisor's own log" },
  N6_HOOK_TIMEOUT: { kind: 'milliseconds', fallback: 30_000, sentence: 'how long a hook may run before TERM, and 5 s later KILL' },
} as const satisfies Record<string, Setting>;

type Setting = Readonly<{
  kind: 'milliseconds' | 'switch' | readonly string[];
  fallback: string | number | boolean | undefined;
  sentence: string;
}>;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S extends Setting> =
  S['kind'] extends 'milliseconds' ? number : S['kind'] extends 'switch' ? boolean : S['kind'] extends readonly (infer V)[] ? V : never;
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

function parse(kind: Setting['kind'], text: string): string | number | boolean | undefined {
  if (kind === 'milliseconds') return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (kind === 'switch') return text === '1' ? true : text === '0' ? false : undefined;
  return kind.includes(text) ? text : undefined;
}

function expectation(kind: Setting['kind']): string {
  if (kind === 'milliseconds') return 'a number of milliseconds';
  return kind === 'switch' ? '1 or 0' : kind.join(' or ');
}
