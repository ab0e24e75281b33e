/** Services by name and by pid: the only mutable map of them, changed in `keep` and `forget` alone. */
import type { Service } from '../core/service.ts';

export type Roster = Readonly<{
  get(name: string): Service | undefined;
  /** The service whose `run` or `finish` has this pid. */
  nameOf(pid: number): string | undefined;
  keep(service: Service): void;
  forget(name: string): void;
  /** In order of name. */
  all(): Service[];
  names(): string[];
  /** How many could still start or have a process: zero means that every service is at rest. */
  restless(): number;
  /** How many starts, of run or finish, have not been answered yet. */
  spawning(): number;
  size(): number;
}>;

export function createRoster(): Roster {
  const byName = new Map<string, Service>();
  const byPid = new Map<number, string>();
  let restless = 0;
  let spawning = 0;

  const remove = (service: Service | undefined): void => {
    if (service === undefined) return;
    if ('pid' in service.state) byPid.delete(service.state.pid);
    count(service, -1);
  };
  const count = (service: Service, by: 1 | -1): void => {
    if (!atRest(service)) restless += by;
    if (service.state.name === 'spawning') spawning += by;
  };

  return {
    get: (name) => byName.get(name),
    nameOf: (pid) => byPid.get(pid),
    keep(service) {
      const { name } = service.definition;
      remove(byName.get(name));
      byName.set(name, service);
      if ('pid' in service.state) byPid.set(service.state.pid, name);
      count(service, 1);
    },
    forget(name) {
      remove(byName.get(name));
      byName.delete(name);
    },
    all: () => [...byName.keys()].sort(bytewise).map((name) => byName.get(name)!),
    names: () => [...byName.keys()].sort(bytewise),
    restless: () => restless,
    spawning: () => spawning,
    size: () => byName.size,
  };
}

/** No process, and none will be started unless somebody asks. */
export const atRest = ({ state: { name } }: Service): boolean => name === 'down' || name === 'failed' || name === 'done';

const bytewise = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
