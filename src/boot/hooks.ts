/** Hooks of events: what runs them is loaded when there is one to run, or somebody asks. */
import type { HooksBackend } from '../control/backend.ts';
import type { Exit } from '../core/exit.ts';
import { HOOK_WAIT_FORM, hookPrintedText, parseHookWaits, USUAL_HOOK_WAITS, type HookWaits } from '../core/hooks.ts';
import type { Report } from '../core/messages.ts';
import type { SavedHook } from '../core/persist/life.ts';
import { createHookPlaces } from '../hooks/places.ts';
import type { HookRunner } from '../hooks/runner.ts';
import type { HookEvent } from '../hooks/variables.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { loadEnvironment } from './environment.ts';
import type { Plan } from './plan.ts';

export type HooksOptions = Readonly<{
  plan: Plan;
  supervisor: Supervisor;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  /** Of a hook that an earlier life has started. */
  endOfHook(hook: SavedHook): Promise<Exit> | undefined;
}>;

export type Hooks = HooksBackend & Pick<HookRunner, 'stop' | 'save' | 'saveMemory' | 'thaw'> & Readonly<{
  /** As the runner's, and what is being loaded is waited for. */
  freeze(): Promise<void>;
}>;

export function openHooks(options: HooksOptions): Hooks {
  const { plan, supervisor, report, failed } = options;
  const { saved } = plan;
  const places = createHookPlaces([plan.hookDirectory], (name) => supervisor.roster.get(name)?.definition.directory);
  const waits = waitsOf(plan.settings.N6_HOOK_WAIT, report);
  let loading: Promise<HookRunner> | undefined;
  let runner: HookRunner | undefined;

  async function load(): Promise<HookRunner> {
    const { createHookRunner } = await import('../hooks/run.ts');
    runner = createHookRunner({
      places, waits, report,
      environment: () => textVariables(loadEnvironment(plan.layout.containerEnvironment)),
      timeout: plan.settings.N6_HOOK_TIMEOUT,
      kernel: plan.kernel,
      wall: () => Date.now(),
      printed: ({ hook, service }, text) =>
        report({ type: 'note', level: 'info', text: hookPrintedText(hook, text), ...(service === null ? {} : { service }) }),
      hookFailed: (failure) => supervisor.announce({ event: 'hook-failed', ...failure }),
    });
    runner.adopt(saved?.hooks ?? [], options.endOfHook, saved?.hookMemory);
    return runner;
  }
  const loaded = (): Promise<HookRunner> => (loading ??= load());
  const own = (promise: Promise<unknown>): void => void promise.catch((error: unknown) => failed('running hooks', error));

  function give(event: HookEvent): void {
    if (runner !== undefined) runner.give(event);
    else if (loading !== undefined || places.has(event)) own(loaded().then((ready) => ready.give(event)));
  }

  if ((saved?.hooks.length ?? 0) > 0 || saved?.hookMemory !== undefined) own(loaded());
  // Services started before anybody could listen: their hooks run now, in the same order.
  const heard = saved?.journal.seq ?? 0;
  for (const event of supervisor.journal.recent()) if (event.seq > heard) give(event);
  supervisor.journal.subscribe(give);

  const madeUp = (event: HookEvent['event'], service: string | null): HookEvent =>
    ({ seq: 0, at: new Date().toISOString(), event, ...(service === null ? {} : { service }), asked: true });

  return {
    list() {
      const running = runner?.running() ?? [];
      return {
        directories: [plan.hookDirectory],
        waits: [...waits].map(([event, wait]) => ({ event, ...wait })),
        hooks: places.all(supervisor.roster.names()).map(({ event, service, hook, ignored }) => ({
          event, service: service ?? null, hook, ignored: ignored ?? null, running: running.includes(hook), last: runner?.results.last(hook) ?? null,
        })),
      };
    },
    failureOf: (service) => runner?.results.failureOf(service),
    run: async (event, service) => (await loaded()).ask(madeUp(event, service)),
    async wouldRun(event, service) {
      const given = madeUp(event, service);
      const { hookEnvironment } = await import('../hooks/variables.ts');
      return { given, environment: hookEnvironment(given, {}), hooks: places.find(given).hooks };
    },
    stop: async () => runner?.stop(),
    async freeze() {
      await loading;
      runner?.freeze();
    },
    thaw: () => runner?.thaw(),
    save: (saving) => runner?.save(saving) ?? [],
    saveMemory: (saving) => runner?.saveMemory(saving),
  };
}

function waitsOf(words: readonly string[], report: (report: Report) => void): HookWaits {
  const waits = parseHookWaits(words.join(' '));
  if (waits !== undefined) return waits;
  const usual = USUAL_HOOK_WAITS.join(' ');
  report({ type: 'setting', problem: { name: 'N6_HOOK_WAIT', value: words.join(' '), expected: HOOK_WAIT_FORM }, fallback: usual });
  return parseHookWaits(usual)!;
}

/** libuv passes an environment as text: what is not UTF-8 cannot be given to a hook unharmed, so it is left out. */
export function textVariables(environment: readonly Buffer[]): Record<string, string> {
  const variables: Record<string, string> = {};
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const bytes of environment) {
    try {
      const text = decoder.decode(bytes);
      const at = text.indexOf('=', 1);
      if (at > 0) variables[text.slice(0, at)] = text.slice(at + 1);
    } catch {
      // Said above.
    }
  }
  return variables;
}
