/** Reloads of services that are a HAProxy (`reload.haproxy` in service.yaml). */
import type { Definition } from '../core/definition.ts';
import type { ReloadFailure } from '../core/events.ts';
import type { Argv, HaproxyReload } from '../core/policy.ts';

export type ReloadResult = Readonly<{ failure: ReloadFailure | undefined; how?: 'nothing' | 'runtime' | 'reload' }>;

export type HaproxyReloads = Readonly<{
  /** Gives the way to break it off, after which `done` is not called. */
  begin(definition: Definition, plan: HaproxyReload, pid: number, done: (result: ReloadResult) => void): () => void;
  /** Its process has ended: what the next one reads is not known. */
  forget(name: string): void;
}>;

/** `check`: runs a command of this service; `told` gets what it said, or undefined when it succeeded. */
export type HaproxyReloadsOptions = Readonly<{
  check(definition: Definition, argv: Argv, pid: number, told: (failure: string | undefined) => void): void;
}>;

export function createHaproxyReloads({ check }: HaproxyReloadsOptions): HaproxyReloads {
  /** By name: what each process is known to have of its configuration. */
  const applied = new Map<string, Readonly<{ pid: number; text: string }>>();

  async function carryOut(definition: Definition, plan: HaproxyReload, pid: number, abort: AbortSignal): Promise<ReloadResult> {
    const { reloadHaproxy, checkOf } = await import('../haproxy/index.ts');
    const { name, policy: { reload } } = definition;
    const known = applied.get(name);
    const outcome = await reloadHaproxy({ plan, within: reload!.within, applied: known?.pid === pid ? known.text : undefined, abort });
    if (abort.aborted) return { failure: undefined };
    if (outcome.applied === undefined) applied.delete(name);
    else applied.set(name, { pid, text: outcome.applied });
    const { failure, how } = outcome;
    if (failure === undefined) return { failure, how };
    const { step, detail } = failure;
    if (failure.explained) return { failure: { step, detail } };
    // Up to 2.6 the reason is on its standard error alone: a check of what it was to read says it again, unless it is none of the configuration.
    const argv = reload!.check === undefined ? await checkOf(pid) : undefined;
    const words = argv === undefined ? undefined : await new Promise<string | undefined>((told) => check(definition, argv, pid, told));
    return { failure: { step, detail: words ?? `${detail}; it has written why to its output` } };
  }

  return {
    begin(definition, plan, pid, done) {
      const abort = new AbortController();
      const unexpected = (error: unknown): ReloadResult =>
        ({ failure: { step: 'reload', detail: error instanceof Error ? error.message : String(error) } });
      void carryOut(definition, plan, pid, abort.signal).catch(unexpected).then((result) => {
        if (!abort.signal.aborted) done(result);
      });
      return () => abort.abort();
    },
    forget: (name) => void applied.delete(name),
  };
}
