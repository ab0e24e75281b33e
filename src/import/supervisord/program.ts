/** One program of supervisord as services: as many as it has processes. */
import { environmentOf } from '../environment.ts';
import { field, FLAG_DOWN, textFile, type Entry, type Field } from '../model.ts';
import { notImported, notImportedKey, unknownKey } from '../sentences.ts';
import { isLater, type Names } from './expand.ts';
import { placeOf } from './ini.ts';
import { FCGI_KEYS, PROGRAM_KEYS } from './keys.ts';
import { outputOf } from './output.ts';
import { quoteLater, shellWord, splitCommand, splitPairs, splitsLater } from './words.ts';
import { valuesOf, type Reading, type Values } from './values.ts';

/** What `[supervisord]` says for all. */
export type Common = Readonly<{
  user: string | undefined;
  directory: string | undefined;
  umask: string | undefined;
  /** Values may have variables of later in them. */
  environment: Readonly<Record<string, string>>;
  nofile: number | undefined;
}>;

export type Program = Readonly<{
  group: string;
  priority: number;
  process: string;
  remarks: readonly string[];
  fields: readonly Field[];
  files: readonly Entry[];
}>;

export type Asked = Omit<Reading, 'names'> & Readonly<{ program: string; group: string; isFcgi: boolean; names: Names; common: Common }>;

export function programsOf(asked: Asked): Program[] {
  const { section, program, group, isFcgi, common } = asked;
  const names = { ...asked.names, program_name: program, group_name: group };
  const plain = valuesOf({ ...asked, names: { ...names, process_num: 0, numprocs: 1 } });
  const count = plain.number('numprocs', 1, 1);
  const first = plain.number('numprocs_start', 0);
  if (section.get('command') === undefined) {
    asked.complain({
      service: program, file: placeOf(section), value: undefined,
      expected: `a command in [program:${program}]`, remedy: 'add a line such as: command=/usr/bin/web',
    });
    return [];
  }
  if (count > 1 && !/%\(process_num\)/.test(section.get('process_name')?.text ?? '')) {
    plain.complain('numprocs', String(count), '%(process_num)s in process_name when there is more than one process',
      'add: process_name=%(program_name)s-%(process_num)s (until then: 1)');
  }
  const many = /%\(process_num\)/.test(section.get('process_name')?.text ?? '') ? count : 1;
  const known = isFcgi ? { ...PROGRAM_KEYS, ...FCGI_KEYS } : PROGRAM_KEYS;
  const remarks = [...section].flatMap(([key, { text }]) => {
    const entry = Object.hasOwn(known, key) ? known[key] : undefined;
    if (entry === undefined) return [unknownKey(key, text, Object.keys(known), 'supervisord')];
    const why = entry.lost?.(text);
    return why === undefined ? [] : [notImportedKey(key, text, why)];
  });
  return Array.from({ length: many }).flatMap((_, index) => {
    // What is wrong is wrong for all of them, and told once.
    const complain = index === 0 ? asked.complain : () => undefined;
    return programOf({ ...asked, complain, names: { ...names, process_num: first + index, numprocs: count } }, remarks, common) ?? [];
  });
}

/** undefined: there is nothing to start. */
function programOf(asked: Asked, remarks: readonly string[], common: Common): Program | undefined {
  const { program, group, isFcgi } = asked;
  const own = pairs(valuesOf(asked), 'environment');
  const environment = { ...common.environment, ...own };
  const known = Object.fromEntries(Object.entries(environment).map(([name, value]) => [`ENV_${name}`, value]));
  const settled = Object.fromEntries(Object.entries(known).filter(([, value]) => !isLater(value)));
  const values = valuesOf({ ...asked, names: { ...asked.names, ...settled } });
  // What is read at the start may have what is known only then in it.
  const ofStart = valuesOf({ ...asked, names: { ...asked.names, ...known } });
  const command = commandOf(ofStart, environment);
  const output = outputOf(values);
  const stop = stopOf(values);
  const priority = values.number('priority', 999, -Infinity);
  const files = [...(isFcgi || !values.flag('autostart', true) ? [FLAG_DOWN] : []), ...stop.files];
  const rest = [...identityOf(values, common), ...restartOf(values), ...stop.fields, ...output.fields];
  return command === undefined ? undefined : {
    group, priority, files, process: values.text('process_name')?.trim() ?? program,
    remarks: [...remarks, ...output.remarks, ...command.remarks],
    fields: [...command.fields, ...rest],
  };
}

export function pairs(values: Values, key: string): Record<string, string> {
  const text = values.textOfStart(key) ?? '';
  const { value, wrong } = splitPairs(text);
  if (wrong !== undefined) values.complain(key, text, wrong, 'put each value into double quotes');
  return value ?? {};
}

/** A list of words; a text for sh where a variable is known only at the start. */
function commandOf(values: Values, environment: Readonly<Record<string, string>>): { fields: Field[]; remarks: string[] } | undefined {
  const text = values.textOfStart('command')!;
  const { value: words, wrong } = splitCommand(text);
  if (words === undefined || words.length === 0) {
    values.complain('command', text, wrong ?? 'a program and its arguments', 'write it like this: command=/usr/bin/web --port 80');
    return undefined;
  }
  const deferred = Object.entries(environment).filter(([, value]) => isLater(value));
  const settled = Object.fromEntries(Object.entries(environment).filter(([, value]) => !isLater(value)));
  const env = environmentOf(settled);
  if (deferred.length === 0 && !words.some(isLater)) return { fields: [field('command', words), ...env.fields], remarks: env.remarks };
  const line = [
    ...(splitsLater(words) ? ['set -f'] : []),
    ...deferred.flatMap(([name, value]) => [`${name}=${shellWord(quoteLater(value))}`, `export ${name}`]),
    `exec ${words.map(shellWord).join(' ')}`,
  ].join('; ');
  return { fields: [field('command', line, 'a text for sh: %(ENV_…)s is read when it is started'), ...env.fields], remarks: env.remarks };
}

function identityOf(values: Values, common: Common): Field[] {
  const user = values.text('user')?.trim() ?? common.user;
  const directory = values.text('directory')?.trim() ?? common.directory;
  const umask = values.umask() ?? common.umask;
  const absolute = directory === undefined || directory.startsWith('/') ? directory : `${common.directory ?? ''}/${directory}`.replace(/\/+$/, '');
  return [
    ...(user === undefined ? [] : [field('user', /^\d+$/.test(user) ? Number(user) : user)]),
    absolute === undefined ? field('cwd', '/', 'supervisord: wherever it was started itself, which its file does not say') : field('cwd', absolute,
      absolute === directory ? undefined : `supervisord: ${directory} seen from where it was started itself`),
    ...(umask === undefined ? [] : [field('umask', umask)]),
    ...(common.nofile === undefined ? [] : [field('limits', { nofile: common.nofile })]),
  ];
}

/**
 * A process that ends before startsecs is tried again startretries times, after 1 s, 2 s, 3 s …, whatever autorestart says
 * (process.py, Subprocess.finish and transition). n6's first restart is at once.
 */
function restartOf(values: Values): Field[] {
  const codes = values.codes();
  const asked = values.autorestart();
  const restart = asked === 'on-failure' && codes.length === 0 ? 'always' : asked;
  const seconds = values.number('startsecs', 1);
  const retries = values.number('startretries', 3);
  const policy = [field('restart', restart), ...(restart === 'on-failure' && String(codes) !== '0' ? [field('success-codes', codes)] : [])];
  if (seconds === 0 || restart === 'never') return policy;
  return [
    ...policy,
    field('backoff', { 'initial': '1s', 'factor': 2, 'max': `${Math.max(1, retries)}s`, 'jitter': 0, 'reset-after': `${seconds}s` }),
    field('give-up', { after: retries + 1, then: 'fail' }),
  ];
}

/** With killasgroup alone TERM is for the process and KILL for its group: s6's files can say that, `stop` cannot. */
function stopOf(values: Values): { fields: Field[]; files: Entry[] } {
  const signal = values.signal();
  const seconds = values.number('stopwaitsecs', 10);
  const group = values.flag('stopasgroup', false);
  const killsGroup = values.flag('killasgroup', group);
  if (killsGroup && !group) {
    return {
      fields: [],
      files: [textFile('down-signal', `${signal}\n`), textFile('timeout-kill', `${Math.max(1, seconds * 1000)}\n`), textFile('flag-timeout-killpg', '')],
    };
  }
  const signals = seconds === 0 || signal === 'KILL' ? ['KILL'] : [`${signal} ${seconds}s`, 'KILL'];
  return { fields: [field('stop', { signals, ...(group ? { group: true } : {}) })], files: [] };
}

export const groupRemark = (group: string): string =>
  notImported(`[group:${group}]`, `n6 has no groups of services; svc takes several names and globs: svc restart '${group}*'`);
