/** `svc import pm2 FILE`. */
import path from 'node:path';
import type { Problem } from '../../core/messages.ts';
import type { Imported, Service } from '../model.ts';
import { notImportedKey, shown, unknownKey } from '../sentences.ts';
import { servicesOf } from './app.ts';
import { APP_KEYS, NAMES, TYPES } from './keys.ts';
import { load, type Loaded } from './load.ts';

type Complain = (problem: Problem) => void;
type Where = readonly (string | number)[];

/** `env`: which `env_NAME` counts over `env`. */
export function importPm2(file: string, env: string | undefined): Imported {
  const loaded = load(file);
  const problems: Problem[] = [...loaded.problems];
  const complain: Complain = (problem) => void problems.push(problem);
  const { apps, rest } = appsOf(loaded, file, complain);
  const taken = new Set<string>();
  const services = apps.flatMap(({ value, where }) => appOf({ value, where, loaded, env, directory: path.dirname(file), complain }));
  const why = (key: string): string => (key === 'deploy' ? 'n6 does not deploy' : 'pm2 has no such key beside apps');
  const remarks = Object.entries(rest).map(([key, value]) => notImportedKey(key, value, why(key)));
  if (env !== undefined && apps.length > 0 && !apps.some(({ value }) => isObject(value) && Object.hasOwn(value, `env_${env}`))) {
    complain({ service: '', file, value: env, expected: 'the NAME of an env_NAME that some app has', remedy: `name another, or add env_${env}` });
  }
  return { services: services.map((service) => unique(service, taken)), remarks, problems };
}

/** Two apps of one name, which pm2 takes for one with two processes. */
function unique(service: Service, taken: Set<string>): Service {
  let { name } = service;
  for (let number = 2; taken.has(name); number++) name = `${service.name}-${number}`;
  taken.add(name);
  return { ...service, name };
}

type Found = Readonly<{ apps: readonly Readonly<{ value: unknown; where: Where }>[]; rest: Readonly<Record<string, unknown>> }>;

/** A file has `apps`, one or a list; or it is the list; or it is an app itself. */
function appsOf({ value, problems }: Loaded, file: string, complain: Complain): Found {
  const listed = (all: readonly unknown[], before: Where): Found['apps'] => all.map((one, index) => ({ value: one, where: [...before, index] }));
  if (Array.isArray(value)) return { apps: listed(value, []), rest: {} };
  if (isObject(value)) {
    const { apps, ...rest } = value;
    if (Array.isArray(apps)) return { apps: listed(apps, ['apps']), rest };
    if (isObject(apps)) return { apps: [{ value: apps, where: ['apps'] }], rest };
    if (['script', 'exec', 'cmd', 'command'].some((key) => Object.hasOwn(value, key))) return { apps: [{ value, where: [] }], rest: {} };
  }
  if (problems.length === 0) complain({ service: '', file, value: shown(value), expected: '{ "apps": [...] }', remedy: 'is it an ecosystem file?' });
  return { apps: [], rest: {} };
}

type Asked = Readonly<{ value: unknown; where: Where; loaded: Loaded; env: string | undefined; directory: string; complain: Complain }>;

function appOf({ value, where, loaded: { place }, env, directory, complain }: Asked): Service[] {
  if (!isObject(value)) {
    const remedy = 'write it like this: { "script": "app.js" }';
    complain({ service: '', file: place(where), value: shown(value), expected: 'an app: names with values', remedy });
    return [];
  }
  const name = typeof value['name'] === 'string' ? value['name'] : '';
  const values: Record<string, unknown> = {};
  const remarks: string[] = [];
  for (const [written, given] of Object.entries(value)) {
    const key = NAMES.get(written);
    if (/^env_\S/.test(written) || given === null) continue;
    if (key === undefined) {
      remarks.push(unknownKey(written, given, [...NAMES.keys()], 'pm2'));
      continue;
    }
    const { type, lost, example } = APP_KEYS[key]!;
    if (!TYPES[type].is(given)) {
      const remedy = `write it like this: ${JSON.stringify({ [written]: example })} (until then: as if it were not there)`;
      complain({ service: name, file: place([...where, written]), value: shown(given), expected: `${TYPES[type].expected} for ${written}`, remedy });
      continue;
    }
    values[key] = given;
    const why = lost?.(given);
    if (why !== undefined) remarks.push(notImportedKey(written, given, why));
  }
  if (values['script'] === undefined) {
    const expected = `a script in the app ${name}`.trimEnd();
    complain({ service: name, file: place(where), value: undefined, expected, remedy: 'add one: { "script": "app.js" }' });
    return [];
  }
  const environment = { ...variables(values['env']), ...(env === undefined ? {} : variables(value[`env_${env}`])) };
  return servicesOf({ values, environment, env, directory, remarks });
}

/** Other than text is written as JSON, as pm2 does. */
const variables = (value: unknown): Record<string, string> => (!isObject(value) ? {} : Object.fromEntries(Object.entries(value)
  .flatMap(([name, given]) => (given === null || given === undefined ? [] : [[name, typeof given === 'string' ? given : JSON.stringify(given)]]))));

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
