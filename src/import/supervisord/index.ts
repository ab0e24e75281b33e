/** `svc import supervisord FILE`. */
import { hostname } from 'node:os';
import type { Problem } from '../../core/messages.ts';
import { field, type Imported, type Service } from '../model.ts';
import { directoryName } from '../names.ts';
import { notImported, notImportedKey, renamed, unknownKey } from '../sentences.ts';
import { withDefaults, type Ini, type Section } from './ini.ts';
import { MAIN_KEYS, OTHER_SECTIONS } from './keys.ts';
import { load } from './load.ts';
import { groupRemark, pairs, programsOf, type Common, type Program } from './program.ts';
import { valuesOf } from './values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `environment`: of the import, for `%(ENV_X)s` where a start cannot read it. */
export function importSupervisord(file: string, environment: Environment): Imported {
  const names = { host_node_name: hostname(), ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [`ENV_${name}`, value ?? ''])) };
  const { ini, here, problems: wrong } = load(file, names);
  const problems = [...wrong];
  const complain = (problem: Problem): void => void problems.push(problem);
  const main = ini.get('supervisord') ?? new Map<string, never>();
  const own = { here, host_node_name: hostname() };
  const common = commonOf(main, own, environment, complain);
  const groups = groupsOf(ini, complain);
  const programs: Program[] = [];
  const remarks = mainRemarks(main);
  for (const [name, section] of sectionsOf(ini)) {
    const [kind = '', ...rest] = name.split(':');
    const program = rest.join(':').trim();
    if (kind === 'program' || kind === 'fcgi-program') {
      const group = groups.get(program) ?? program;
      programs.push(...programsOf({ section, program, group, isFcgi: kind === 'fcgi-program', names: own, environment, service: program, complain, common }));
      continue;
    }
    const known = Object.keys(OTHER_SECTIONS).find((key) => (key.endsWith(':') ? name.startsWith(key) : name === key));
    const why = known === undefined ? 'supervisord knows no such section' : OTHER_SECTIONS[known];
    if (why !== undefined) remarks.push(notImported(`[${name}]`, why));
    if (kind === 'group') remarks.push(groupRemark(program));
  }
  return { services: named(programs), remarks, problems };
}

function commonOf(section: Section, names: Record<string, string>, environment: Environment, complain: (problem: Problem) => void): Common {
  const values = valuesOf({ section, names, environment, service: '', complain });
  const user = values.text('user')?.trim();
  const files = values.number('minfds', 1024);
  return {
    user: user === 'root' || user === '0' ? undefined : user, directory: values.text('directory')?.trim(), umask: values.umask(),
    environment: pairs(values, 'environment'), nofile: files > 1024 ? files : undefined,
  };
}

const mainRemarks = (section: Section): string[] => [...section].flatMap(([key, { text }]) => {
  const entry = Object.hasOwn(MAIN_KEYS, key) ? MAIN_KEYS[key] : undefined;
  if (entry === undefined) return [unknownKey(`[supervisord] ${key}`, text, Object.keys(MAIN_KEYS), 'supervisord')];
  const why = entry.lost?.(text);
  return why === undefined ? [] : [notImportedKey(`[supervisord] ${key}`, text, why)];
});

/** Program to group. */
function groupsOf(ini: Ini, complain: (problem: Problem) => void): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, section] of ini) {
    const members = name.startsWith('group:') ? section.get('programs') : undefined;
    if (members === undefined) continue;
    for (const member of members.text.split(',').map((word) => word.trim())) {
      if (ini.has(`program:${member}`) || ini.has(`fcgi-program:${member}`)) found.set(member, name.slice('group:'.length).trim());
      else {
        const remedy = `add [program:${member}], or take it out`;
        complain({ service: '', file: `${members.file}:${members.line}`, value: member, expected: 'the name of a program', remedy });
      }
    }
  }
  return found;
}

/** What `[DEFAULT]` says is in every section (configparser). */
function sectionsOf(ini: Ini): [string, Section][] {
  const defaults = ini.get('DEFAULT') ?? new Map<string, never>();
  return [...ini].filter(([name]) => name !== 'DEFAULT').map(([name, section]) => [name, withDefaults(section, defaults)]);
}

/** In the order in which supervisord starts them. */
function named(programs: readonly Program[]): Service[] {
  const taken = new Set<string>();
  const sorted = [...programs].sort((a, b) => a.priority - b.priority);
  const all = sorted.map((program) => {
    const plain = directoryName(program.process);
    let name = taken.has(plain) ? directoryName(`${program.group}-${program.process}`) : plain;
    while (taken.has(name)) name += '-2';
    taken.add(name);
    return { program, name };
  });
  return all.map(({ program: { priority, process, remarks, fields, files }, name }) => {
    const lower = Math.max(...all.map(({ program }) => program.priority).filter((other) => other < priority));
    const after = all.filter(({ program }) => program.priority === lower).map((one) => one.name);
    return {
      name, files, remarks: [...(name === process ? [] : [renamed(process)]), ...remarks],
      fields: [...fields, ...(after.length === 0 ? [] : [field('after', after, `supervisord: priority ${priority}`)])],
    };
  });
}
