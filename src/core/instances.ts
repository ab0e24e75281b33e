/** Several of one service: each is a service of its own, `NAME@1`, `NAME@2` …; NAME alone means all of them. */
import { isLogger, loggedBy, loggerOf } from './scan.ts';
import type { Definition } from './definition.ts';
import { ALONE, type Node } from './graph.ts';

/** What `instances` of service.yaml says. */
export type InstancesPlan = Readonly<{
  /** As long as nobody has scaled it. */
  count: number;
  min: number;
  max: number;
  /** The first instance has the first, and so on; undefined: they have none. */
  ports: Readonly<{ first: number; last: number }> | undefined;
}>;

/** Which of them a service is. */
export type Instance = Readonly<{ of: string; number: number; port: number | undefined }>;

/** Of one service. */
export const MOST_INSTANCES = 1000;

/** What somebody has scaled it to; `written`: what the file said then. A file that says something else since has the word. */
export type Scaled = Readonly<{ count: number; written: number }>;

export const instanceName = (of: string, number: number): string => `${of}@${number}`;

export const instance = (of: string, number: number, { ports }: InstancesPlan): Instance =>
  ({ of, number, port: ports === undefined ? undefined : ports.first + number - 1 });

export function countOf({ count, min, max }: InstancesPlan, scaled: Scaled | undefined): number {
  return scaled === undefined || scaled.written !== count ? count : Math.min(max, Math.max(min, scaled.count));
}

/** Of the definition of all: that of one, and of its logger. It says what it will be, but for what its own directory makes of it. */
export function instanceOf(definition: Definition, of: string, number: number, plan: InstancesPlan): Definition {
  const one = instanceName(of, number);
  if (isLogger(definition.name)) return { ...definition, name: loggerOf(one)!, stdinPipe: loggerOf(one) };
  const stdoutPipe = definition.stdoutPipe === undefined ? undefined : loggerOf(one);
  return { ...definition, name: one, stdoutPipe, policy: { ...definition.policy, instances: plan, instance: instance(of, number, plan) } };
}

/** `NAME` and number of what may be an instance, or the logger of one, by its name alone; undefined: it is none. */
export function splitInstance(name: string): Readonly<{ of: string; number: number }> | undefined {
  const [, of, digits] = /^(.+)@([1-9]\d{0,3})$/.exec(isLogger(name) ? loggedBy(name) : name) ?? [];
  return of === undefined ? undefined : { of, number: Number(digits) };
}

/** What stands for all instances in the graph: each name with its instances, in their order. */
export function groupsOf(definitions: Iterable<Pick<Definition, 'name' | 'policy'>>): Map<string, string[]> {
  const groups = new Map<string, { name: string; number: number }[]>();
  for (const { name, policy: { instance: one } } of definitions) {
    if (one === undefined) continue;
    const group = groups.get(one.of) ?? [];
    group.push({ name, number: one.number });
    groups.set(one.of, group);
  }
  return new Map([...groups].map(([of, group]) => [of, group.sort((a, b) => a.number - b.number).map(({ name }) => name)]));
}

/** The name of all stands for its instances, as a bundle does: who needs it needs each of them. A name that something else has is that. */
export function groupNodes(definitions: Iterable<Pick<Definition, 'name' | 'policy'>>, others: readonly Pick<Node, 'name'>[]): Node[] {
  const taken = new Set(others.map(({ name }) => name));
  return [...groupsOf(definitions)].filter(([name]) => !taken.has(name)).map(([name, contents]) => ({ ...ALONE, name, kind: 'bundle', contents }));
}

/** A service as templates see it; `port` undefined: it has none. */
export type ServiceGroup<S extends string> = Readonly<{
  name: string;
  /** Of several: that of the first which cannot be used, else that of the first. */
  state: S;
  /** In the order of their numbers; none where it is one. */
  instances: readonly Readonly<{ name: string; number: number; port: number | undefined; state: S }>[];
}>;

type Shown<S extends string> = Readonly<{ name: string; state: S; instance: Readonly<{ of: string; number: number; port: number | null }> | null }>;

const USABLE: readonly string[] = ['up', 'ready', 'done'];

/** Instances under their common name, in order of names; a name that another service has is that one's. */
export function groupServices<S extends string>(services: readonly Shown<S>[]): ServiceGroup<S>[] {
  const groups = new Map<string, ServiceGroup<S>['instances'][number][]>();
  const alone = services.filter(({ instance: one }) => one === null);
  const taken = new Set(alone.map(({ name }) => name));
  for (const { name, state, instance: one } of services) {
    if (one === null || taken.has(one.of)) continue;
    groups.set(one.of, [...groups.get(one.of) ?? [], { name, number: one.number, port: one.port ?? undefined, state }]);
  }
  const several = [...groups].map(([name, found]): ServiceGroup<S> => {
    const instances = found.sort((a, b) => a.number - b.number);
    return { name, state: (instances.find(({ state }) => !USABLE.includes(state)) ?? instances[0]!).state, instances };
  });
  return [...alone.map(({ name, state }) => ({ name, state, instances: [] })), ...several].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
