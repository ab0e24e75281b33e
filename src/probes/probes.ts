/**
 * Asks services how they are, and hears what they say: readiness, health, sd_notify(3), lines of their output. What comes of
 * it are events for the supervisor. Loaded when the first service has something of the kind in its service.yaml.
 */
import type { Definition } from '../core/definition.ts';
import type { Report } from '../core/messages.ts';
import type { Service } from '../core/service.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { LineSink } from './capture.ts';
import type { Commands } from './exec.ts';
import { beginLife, isRunning, type Life } from './life.ts';
import { createPrinting, type Printing } from './printing.ts';
import { wantsProbes, type Hearing, type Ties } from './ties.ts';

export type ProbesOptions = Commands & Readonly<{
  supervisor: Supervisor;
  ties: Ties;
  /** n6's own standard output and error. */
  sinks: Readonly<{ stdout: LineSink; stderr: LineSink }>;
  /** READY=1 after RELOADING=1: the reload has come to its end. */
  reloaded(name: string): void;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** Begins at once, also for services that run already. `close` ends every probe; what services write is still handed on. */
export function createProbes(options: ProbesOptions): { close(): void } {
  const { supervisor, ties, report } = options;
  const lives = new Map<string, Life & { hearing: Hearing | undefined }>();
  const printings = new Map<string, Printing>();

  function printingOf(definition: Definition): Printing | undefined {
    const { name } = definition;
    const captured = ties.captured(name);
    const known = printings.get(name);
    if (captured === undefined || known?.captured === captured) return known;
    const made = createPrinting({
      captured, sinks: options.sinks,
      matched: () => lives.get(name)?.matched(),
      failed: (error) => options.failed(`the output of ${name}`, error),
    });
    made.expect(definition);
    printings.set(name, made);
    return made;
  }

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
    if (printingOf(service.definition)?.hasMatched() === true) life.matched();
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
      // Its last words may have no newline. Where the next one is being started that has been done before its descriptors were given.
      if (life !== undefined && service?.state.name !== 'spawning') printings.get(name)?.drain();
    }
    if (service === undefined) {
      printings.delete(name);
      return ties.forget(name);
    }
    if (!isRunning(service)) return life?.stopAsking();
    if (goesOn) life.update(service);
    else begin(name, service);
  }

  ties.whenStarting((definition, program) => {
    const printing = printingOf(definition);
    printing?.drain();
    if (program === 'run') printing?.expect(definition);
  });
  const unwatch = supervisor.watch(changed);
  for (const service of supervisor.roster.all()) {
    printingOf(service.definition);
    changed(service.definition.name, service);
  }

  return {
    close() {
      unwatch();
      for (const name of [...lives.keys()]) end(name);
      for (const printing of printings.values()) printing.drain();
    },
  };
}
