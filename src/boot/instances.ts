/** How many instances of each service there are, which of them are known, and their directories. */
import path from 'node:path';
import { countOf, splitInstance, type InstancesPlan, type Scaled } from '../core/instances.ts';
import type { Definition } from '../core/definition.ts';
import { isLogger } from '../core/scan.ts';
import { instancesIn, linkInstance, makeInstance, removeInstance } from '../servicedir/instances.ts';
import type { InstanceHome } from '../servicedir/scan.ts';

export type Scales = Readonly<{
  /** What its file says; undefined: it has none, as far as anybody has looked. */
  plan(name: string): InstancesPlan | undefined;
  count(name: string, plan: InstancesPlan): number;
  set(name: string, count: number, plan: InstancesPlan): void;
  save(): readonly (Scaled & { name: string })[];
}>;

/** `saved`: of an earlier life of this process. */
export function createScales(saved: readonly (Scaled & { name: string })[] = []): Scales {
  const plans = new Map<string, InstancesPlan>();
  const scaled = new Map(saved.map(({ name, count, written }): [string, Scaled] => [name, { count, written }]));
  return {
    plan: (name) => plans.get(name),
    count(name, plan) {
      plans.set(name, plan);
      return countOf(plan, scaled.get(name));
    },
    set: (name, count, plan) => void scaled.set(name, { count, written: plan.count }),
    save: () => [...scaled].map(([name, { count, written }]) => ({ name, count, written })),
  };
}

export type Instances = InstanceHome & Readonly<{
  /** Gives the directory in which it runs. `base`: that of all. `scanDirectory`: where it is linked; undefined: nowhere. Throws an errno. */
  install(definition: Definition, base: string, scanDirectory: string | undefined): string;
  /** What an earlier process has left, which ended before it could take it away. */
  clear(scanDirectory: string): void;
  adopt(definitions: readonly Definition[]): void;
  /** True: it was an instance, and nothing of it is left but what others use. */
  remove(name: string, scanDirectory: string | undefined): boolean;
}>;

/** `place`: absolute path of the directory that holds theirs. */
export function createInstances(place: string, scales: Pick<Scales, 'count'>): Instances {
  const installed = new Set<string>();
  const ofInstance = (name: string): string => name.replace(/\/log$/, '');
  return {
    place,
    count: scales.count,
    known: (name) => [...installed].filter((each) => splitInstance(each)?.of === name),
    install({ name }, base, scanDirectory) {
      installed.add(name);
      const one = ofInstance(name);
      const directory = path.join(place, one);
      if (!isLogger(name)) makeInstance(base, directory);
      if (scanDirectory !== undefined) linkInstance(directory, path.join(scanDirectory, one));
      return path.join(place, name);
    },
    clear(scanDirectory) {
      for (const name of instancesIn(place)) removeInstance(path.join(place, name), path.join(scanDirectory, name));
    },
    adopt(definitions) {
      for (const { name, directory } of definitions) if (directory === path.join(place, name) && splitInstance(name) !== undefined) installed.add(name);
    },
    remove(name, scanDirectory) {
      if (!installed.delete(name)) return false;
      const one = ofInstance(name);
      // A service and its logger live in one directory: who ends last takes it away.
      if (installed.has(one) || installed.has(`${one}/log`)) return true;
      removeInstance(path.join(place, one), scanDirectory === undefined ? '' : path.join(scanDirectory, one));
      return true;
    },
  };
}
