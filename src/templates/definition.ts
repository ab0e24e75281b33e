/** What a file of `templates.d` means, once it is read and checked. */
import path from 'node:path';
import type { Argv } from '../core/policy.ts';
import type { Wait } from '../core/template.ts';
import type { Tell } from '../servicedir/yaml/rules.ts';
import type { Data } from './helpers.ts';
import { DEFAULT, type TemplateYaml } from './keys.ts';

export type MemberFilter = Readonly<{
  /** undefined: any. */
  roles: readonly string[] | undefined;
  statuses: readonly string[];
  tags: ReadonlyMap<string, string>;
  /** Names of other signs are let through, too. */
  anyName: boolean;
}>;

export type Reload = Readonly<{ service: string } | { command: Argv }>;

export type TemplateDefinition = Readonly<{
  /** Of its file, without `.yaml`. */
  name: string;
  /** Where it was written; absolute, as all of these. */
  file: string;
  source: string;
  destination: string;
  members: MemberFilter;
  files: ReadonlyMap<string, string>;
  values: Readonly<Record<string, Data>>;
  owner: Readonly<{ user: string | undefined; group: string | undefined }>;
  mode: number | undefined;
  check: Argv | undefined;
  reload: Reload | undefined;
  /** Milliseconds. */
  timeout: number;
  wait: Wait;
  minimumMembers: number;
}>;

/** The word that stands for the new file in a check. */
export const FILE_WORD = '{file}';

/** undefined: something that it cannot be without is missing, and has been told. */
export function toDefinition(yaml: TemplateYaml, name: string, file: string, tell: Tell): TemplateDefinition | undefined {
  const { source, destination, data = {}, owner, mode, check, reload, timeout = DEFAULT.timeout, wait = {} } = yaml;
  if (source === undefined || destination === undefined) return undefined;
  const directory = path.dirname(file);
  const at = (place: string): string => path.resolve(directory, place);
  if (check !== undefined && !check.some((word) => word.includes(FILE_WORD))) {
    tell('check', check.join(' '), `check to have ${FILE_WORD} in it, the new file`, `write it like this: [haproxy, -c, -f, "${FILE_WORD}"]`);
    return undefined;
  }
  const { min = Math.min(DEFAULT.min, wait.max ?? DEFAULT.min), max = Math.max(DEFAULT.max, wait.min ?? 0) } = wait;
  if (max < min) tell('wait.max', undefined, 'wait.max to be at least wait.min', 'lengthen it');
  if (at(source) === at(destination)) {
    tell('destination', destination, 'destination to be another file than source', 'give it another name');
    return undefined;
  }
  const [user, group] = (owner ?? '').split(':');
  const { members = {}, files = new Map<string, string>(), values = new Map<string, Data>() } = data;
  return {
    name, file, source: at(source), destination: at(destination),
    members: { roles: members.role, statuses: members.status ?? ['alive'], tags: members.tags ?? new Map(), anyName: members.names === 'any' },
    files: new Map([...files].map(([key, place]) => [key, at(place)])),
    values: Object.fromEntries(values),
    owner: { user: user === '' ? undefined : user, group: group === '' ? undefined : group },
    mode, check, timeout,
    reload: reload === undefined ? undefined : typeof reload === 'string' ? { service: reload }
      : 'command' in reload ? { command: reload.command } : { command: reload as Argv },
    wait: { min, max: Math.max(min, max) },
    minimumMembers: yaml['minimum-members'] ?? DEFAULT.minimumMembers,
  };
}

/** `{file}` as the path: in words of a list as it is, in text for a shell as one word of it. */
export function checkArgv(check: Argv, file: string): Argv {
  const isShell = check[0] === '/bin/sh' && check[1] === '-c' && check.length === 3;
  const shown = isShell && !/^[\w@%+=:,./-]+$/.test(file) ? `'${file.replaceAll("'", "'\\''")}'` : file;
  return check.map((word) => word.replaceAll(FILE_WORD, () => shown));
}
