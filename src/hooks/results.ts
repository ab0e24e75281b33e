/** What became of hooks: the last run of each, and what has failed last of each service. */
import type { HookRun } from '../core/hooks.ts';

export type HookResults = Readonly<{
  add(run: HookRun): void;
  /** The last run of a hook, of whatever service. */
  last(hook: string): HookRun | undefined;
  /** The last failure of a hook of events about a service, or about none (null), that has not succeeded since. */
  failureOf(service: string | null): HookRun | undefined;
  forget(service: string): void;
  save(): readonly HookRun[];
  adopt(saved: unknown): void;
}>;

export function createHookResults(): HookResults {
  const runs = new Map<string, HookRun>();
  const failures = new Map<string | null, Map<string, HookRun>>();
  return {
    add(run) {
      const { hook, service, ok } = run;
      runs.set(hook, run);
      const own = failures.get(service) ?? new Map<string, HookRun>();
      own.delete(hook);
      if (!ok) own.set(hook, run);
      if (own.size === 0) failures.delete(service);
      else failures.set(service, own);
    },
    last: (hook) => runs.get(hook),
    failureOf: (service) => [...failures.get(service)?.values() ?? []].at(-1),
    forget: (service) => void failures.delete(service),
    save: () => [...new Set([...runs.values(), ...[...failures.values()].flatMap((own) => [...own.values()])])],
    adopt(saved) {
      for (const run of Array.isArray(saved) ? saved as readonly HookRun[] : []) this.add(run);
    },
  };
}
