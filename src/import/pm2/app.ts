/** One app of pm2 as services: as many as it has instances in fork mode. */
import path from 'node:path';
import { environmentOf } from '../environment.ts';
import { field, FLAG_DOWN, type Field, type Service } from '../model.ts';
import { directoryName } from '../names.ts';
import { notImportedKey, renamed } from '../sentences.ts';
import { commandOf, wordsOf } from './command.ts';
import { asText } from './text.ts';

/** Values by their names in APP_KEYS; each is of its type. */
export type App = Readonly<{
  values: Readonly<Record<string, unknown>>;
  environment: Readonly<Record<string, string>>;
  /** Of `--env`. */
  env: string | undefined;
  /** Where the ecosystem file is. */
  directory: string;
  remarks: readonly string[];
}>;

export function servicesOf({ values, environment, env, directory, remarks }: App): Service[] {
  const text = (key: string): string | undefined => (values[key] === undefined ? undefined : asText(values[key]));
  const script = text('script')!;
  const cwd = path.resolve(directory, text('cwd') ?? '.');
  const { command, interpreter, remark } = commandOf({
    script, cwd, interpreter: text('interpreter'), interpreterArgs: wordsOf(values['interpreter_args']), args: wordsOf(values['args']),
  });
  const suffix = env !== undefined && isTrue(values['append_env_to_name']) ? `-${env}` : '';
  const given = `${text('name') ?? path.basename(script).replace(/\.[^.]*$/, '')}${suffix}`;
  const python = interpreter?.includes('python') === true ? { PYTHONUNBUFFERED: '1' } : {};
  const port = text('port') === undefined ? {} : { PORT: text('port')! };
  const variables: Record<string, string> = { ...environment, ...port, ...python };
  const { count, lost } = instancesOf(values, interpreter);
  const restart = restartOf(values);
  const watch = watchOf(values, cwd);
  const own = [...remarks, ...lost, ...restart.remarks];
  return Array.from({ length: count }, (_, index) => {
    const name = directoryName(given);
    const counted = count === 1 ? {} : {
      ...(text('increment_var') === undefined ? {} : { [text('increment_var')!]: String((Number(variables[text('increment_var')!]) || 0) + index) }),
      [text('instance_var') ?? 'NODE_APP_INSTANCE']: String(index),
    };
    const all = environmentOf({ ...variables, ...counted });
    return {
      name: count === 1 ? name : `${name}-${index}`,
      remarks: [...(name === given ? [] : [renamed(given)]), ...own, ...all.remarks],
      fields: [
        field('command', command, remark), field('cwd', cwd, text('cwd') === undefined ? CWD : undefined),
        ...all.fields, ...accountOf(values), ...restart.fields, stopOf(values), ...outputOf(values), ...watch,
      ],
      files: isFalse(values['autostart']) ? [FLAG_DOWN] : [],
    };
  });
}

const CWD = 'pm2: wherever it was called; here the directory of its file';
const isTrue = (value: unknown): boolean => asText(value) === 'true';
const isFalse = (value: unknown): boolean => asText(value) === 'false';

/** pm2 takes cluster mode when instances are named and Node runs them (lib/Common.js, determineExecMode). */
function instancesOf(values: App['values'], interpreter: string | undefined): { count: number; lost: string[] } {
  const { instances } = values;
  const mode = values['exec_mode'];
  const isCluster = mode === undefined ? instances !== undefined && /(node|bun)$/.test(interpreter ?? '') : asText(mode).startsWith('cluster');
  const number = Number(instances ?? 1);
  if (isCluster && number !== 1) {
    return { count: 1, lost: [notImportedKey('instances', instances, CLUSTER)] };
  }
  if (number >= 1 && number <= MOST) return { count: number, lost: [] };
  return { count: 1, lost: [notImportedKey('instances', instances, `how many that is depends on the machine; one is imported: copy it, up to ${MOST}`)] };
}

const MOST = 100;
const CLUSTER = 'in cluster mode they share a port, which n6 cannot give them; '
  + 'one is imported: copy it with a PORT of its own for each, and put a balancer before them';

function accountOf(values: App['values']): Field[] {
  const number = (value: unknown): unknown => (/^\d+$/.test(asText(value)) ? Number(value) : value);
  return ([['uid', 'user'], ['gid', 'group']] as const).flatMap(([key, name]) => (values[key] === undefined ? [] : [field(name, number(values[key]))]));
}

/**
 * An app that ends before min_uptime, 16 times, is given up; but pm2 counts only for min_uptime times max_restarts after the
 * first start (lib/God.js, handleExit), so that with a delay it goes on for ever unless max_restarts is small.
 */
function restartOf(values: App['values']): { fields: Field[]; remarks: string[] } {
  if (isFalse(values['autorestart'])) return { fields: [field('restart', 'never')], remarks: [] };
  const most = Number(values['max_restarts'] ?? 16);
  if (most < 1) {
    return { fields: [field('restart', 'never')], remarks: ['max_restarts: 0: pm2 gives an app up when it has ended once, as restart: never does'] };
  }
  const codes = values['stop_exit_codes'] === undefined ? [] : [values['stop_exit_codes']].flat().map(Number);
  const delay = Number(values['restart_delay'] ?? 0);
  const growing = Number(values['exp_backoff_restart_delay'] ?? 0);
  const stable = milliseconds(values['min_uptime'] ?? 1000);
  const backoff = growing > 0 ? { 'initial': time(growing), 'factor': 1.5, 'max': time(Math.max(15_000, growing)), 'jitter': 0, 'reset-after': '30s' }
    : { 'initial': time(delay > 0 ? delay : 1000), 'factor': 1, 'max': time(delay > 0 ? delay : 1000), 'jitter': 0, 'reset-after': time(stable) };
  const givesUp = values['max_restarts'] !== undefined || (delay === 0 && growing === 0);
  return {
    fields: [
      ...(codes.length === 0 ? [field('restart', 'always')] : [field('restart', 'on-failure'), field('success-codes', codes)]),
      field('backoff', backoff), ...(givesUp ? [field('give-up', { after: Math.floor(most), then: 'fail' })] : []),
    ],
    remarks: [],
  };
}

function stopOf(values: App['values']): Field {
  const wait = Math.round(Number(values['kill_timeout'] ?? 1600));
  return field('stop', { signals: [...(wait > 0 ? [`INT ${time(wait)}`] : []), 'KILL'], group: !isFalse(values['treekill']) });
}

function outputOf(values: App['values']): Field[] {
  const nowhere = (key: string): boolean => ['/dev/null', 'NULL'].includes(asText(values[key]));
  return nowhere('out_file') && nowhere('error_file') ? [field('logs', 'discard')] : [];
}

function watchOf(values: App['values'], cwd: string): Field[] {
  const { watch } = values;
  if (watch === undefined || watch === null || isFalse(watch)) return [];
  const listed = isTrue(watch) ? [] : wordsOf(watch);
  const paths = (listed.length === 0 ? ['.'] : listed).map((place) => path.resolve(cwd, place));
  const quiet = Number(values['watch_delay'] ?? 0);
  return [field('watch', quiet > 0 ? { paths, quiet: time(quiet) } : paths)];
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
function milliseconds(value: unknown): number {
  const [, number, unit = 'ms'] = /^(\d+)(\w*)$/.exec(asText(value)) ?? [];
  return Number(number) * (UNITS[unit === '' ? 'ms' : unit] ?? 1);
}

const time = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
