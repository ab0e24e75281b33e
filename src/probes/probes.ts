/**
 * Asks services how they are, and hears what they say: readiness, health, sd_notify(3). What comes of
 * it are events for the supervisor. Loaded when the first service has something of the kind in its service.yaml.
 */
import type { Report } from '../core/messages.ts';
import type { Service } from '../core/service.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Commands } from './exec.ts';
import { beginLife, isRunning, type Life } from './life.ts';
import { wantsProbes, type Hearing, type Ties } from './ties.ts';

export type ProbesOptions = Commands & Readonly<{
  supervisor: Supervisor;
  ties: Ties;
  /** Who reads the lines of services. */
  logs: Readonly<{ hasMatched(name: string): boolean; whenMatched(listener: (name: string) => void): void }>;
  /** READY=1 after RELOADING=1: the reload has come to its end. */
  reloaded(name: string): void;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** Begins at once, also for services that run already. `close` ends every probe. */
export function createProbes(options: ProbesOptions): { close(): void } {
  const { supervisor, ties, report } = options;
  const lives = new Map<string, Life & { hearing: Hearing | undefined }>();

  function begin(name: string, service: Service): void {
    if (!isRunning(service) || !wantsProbes(service.definition)) return;
    const hearing = ties.hearingOf(name);
    const life = beginLife(service, {
      ...options,
      give: (event) => void supervisor.give(name, event),
      reloaded: () => options.reloaded(name),
      complain: (text) => report({ type: 'note', level: 'warn', service: name, text }),
      nameOf: (pid) => supervisor.roster.nameOf(pid),
    });
    lives.set(name, { ...life, hearing });
    hearing?.listen(life.heard);
    if (options.logs.hasMatched(name)) life.matched();
  }

  function end(name: string): void {
    const life = lives.get(name);
    if (life === undefined) return;
    lives.delete(name);
    life.end();
    life.hearing?.close();
  }

  function changed(name: string, service: Service | undefined): void {
    const life = lives.get(name);
    const goesOn = service !== undefined && life?.startedAt === service.startedAt && (isRunning(service) || service.state.name === 'stopping');
    if (!goesOn) {
      end(name);
    }
    if (service === undefined) return ties.forget(name);
    if (!isRunning(service)) return life?.stopAsking();
    if (goesOn) life.update(service);
    else begin(name, service);
  }

  options.logs.whenMatched((name) => lives.get(name)?.matched());
  const unwatch = supervisor.watch(changed);
  for (const service of supervisor.roster.all()) changed(service.definition.name, service);

  return {
    close() {
      unwatch();
      for (const name of [...lives.keys()]) end(name);
    },
  };
}
