/** What a service finds in its environment beside what the container has, as bytes. */
import type { Launch } from '../core/policy.ts';
import { codeOf } from '../kernel/errno.ts';
import type { Account } from './accounts.ts';
import { readEnvFile } from './env-file.ts';
import { readSmall } from './reading.ts';
import { refuse } from './refusal.ts';
import { noSecretFile, secretFile } from './sentences.ts';

/** Names as latin1 text, so that any byte can be in one. */
export type Variables = ReadonlyMap<string, Buffer>;

/** What it gets, and of the container's what it does not get. */
export type Additions = Readonly<{
  variables: Variables;
  without: readonly string[];
  /** Names of those that were read from files of secrets. */
  secrets: readonly string[];
}>;

export type VariableOptions = Readonly<{
  launch: Launch;
  /** Of `user`; undefined: the service stays who n6 is. */
  account: Account | undefined;
  /** Absolute; where a NAME_FILE that is relative begins. */
  directory: string;
  /** A variable of the container. */
  container(name: string): Buffer | undefined;
  extra: Readonly<Record<string, string>>;
}>;

/**
 * Over the container's environment, the later ones winning: the account's HOME and its like, the env-files in their order,
 * `env`, secrets, `extra`.
 *
 * NAME_FILE in an env-file or in `env` gives NAME where its value is an absolute path, unless NAME is set there, too: so
 * `PID: ""` beside PID_FILE keeps a file from being read that is no secret. NAME_FILE of the container counts only for
 * `secrets`: images such as postgres read theirs themselves, complain when both are set, and variables such as SSL_CERT_FILE
 * mean something else. `secrets` wants NAME_FILE, wherever it is set, `env` before env-files before the container.
 */
export function additionsFor({ launch, account, directory, container, extra }: VariableOptions): Additions {
  const own = new Map<string, Buffer>();
  for (const file of launch.envFiles) for (const [name, value] of readEnvFile(file)) own.set(name, value);
  for (const [name, value] of Object.entries(launch.env)) own.set(latin1(name), Buffer.from(value));
  const secrets = new Map<string, Buffer>();
  for (const name of launch.secrets) {
    const file = own.get(`${name}_FILE`) ?? container(`${name}_FILE`);
    if (file === undefined) refuse('secret', noSecretFile(name), 'ENOENT');
    secrets.set(name, secret(name, file.toString(), directory));
  }
  for (const [variable, file] of own) {
    const name = /^(.+)_FILE$/s.exec(variable)?.[1];
    if (name !== undefined && file[0] === SLASH && !own.has(name) && !secrets.has(name)) secrets.set(name, secret(name, file.toString(), directory));
  }
  const added = Object.entries(extra).map(([name, value]): [string, Buffer] => [latin1(name), Buffer.from(value)]);
  const who = account === undefined ? { variables: [], without: [] } : identityVariables(account);
  const variables = new Map([...who.variables, ...own, ...secrets, ...added]);
  return { variables, without: who.without, secrets: [...secrets.keys()] };
}

/**
 * As systemd does for User= (systemd.exec(5)): HOME, USER, LOGNAME and SHELL are the account's, not the container's, which
 * are those of root. SHELL is left out where nobody may log in. A number without an entry has the HOME that docker gives it,
 * `/`, and no name.
 */
function identityVariables({ name, home, shell }: Account): { variables: [string, Buffer][]; without: readonly string[] } {
  const given: [string, string | undefined][] = [
    ['HOME', home === '' ? '/' : home], ['USER', name], ['LOGNAME', name], ['SHELL', /(^|\/)(nologin|false)$|^$/.test(shell) ? undefined : shell],
  ];
  return {
    variables: given.flatMap(([key, value]): [string, Buffer][] => (value === undefined ? [] : [[key, Buffer.from(value)]])),
    without: given.flatMap(([key, value]) => (value === undefined ? [key] : [])),
  };
}

/** Secrets of docker, of Kubernetes and of people are smaller. */
const LARGEST_SECRET = 64 * 1024;
const NEWLINE = 10;

/** The content without one final newline, which editors add. It goes nowhere but into the environment. */
function secret(name: string, file: string, directory: string): Buffer {
  const place = file.startsWith('/') ? file : `${directory}/${file}`;
  let content: Buffer;
  try {
    content = readSmall(place, LARGEST_SECRET);
  } catch (error) {
    const code = codeOf(error);
    return refuse('secret', secretFile(name, place, code === 'EFBIG' ? 'more than 64 KiB' : code === 'EINVAL' ? 'no regular file' : undefined), code);
  }
  if (content.includes(0)) refuse('secret', secretFile(name, place, 'a NUL byte is in it'), 'EINVAL');
  return content.at(-1) === NEWLINE ? content.subarray(0, -1) : content;
}

/** The very same array where nothing is added: the kernel builds its table once for each array. */
export function merge(environment: readonly Buffer[], { variables, without }: Omit<Additions, 'secrets'>): readonly Buffer[] {
  if (variables.size === 0 && without.length === 0) return environment;
  const rest = environment.filter((entry) => {
    const name = nameOf(entry);
    return !variables.has(name) && !without.includes(name);
  });
  return [...rest, ...entriesOf(variables)];
}

export const entriesOf = (variables: Variables): Buffer[] =>
  [...variables].map(([name, value]) => Buffer.concat([Buffer.from(`${name}=`, 'latin1'), value]));

/** As latin1 text; the whole of what has no `=`. */
export function nameOf(entry: Buffer): string {
  const equals = entry.indexOf(EQUALS);
  return entry.toString('latin1', 0, equals < 0 ? entry.length : equals);
}

export function valueIn(environment: readonly Buffer[], name: string): Buffer | undefined {
  const start = Buffer.from(`${name}=`, 'latin1');
  return environment.find((entry) => entry.subarray(0, start.length).equals(start))?.subarray(start.length);
}

const EQUALS = 61;
const SLASH = 47;
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
