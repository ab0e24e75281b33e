/** Loads the probes when the first service wants one. */
import type { Report } from '../core/messages.ts';
import type { SavedLife } from '../core/persist/life.ts';
import type { Settings } from '../core/settings.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import { createLogPipes, type LogPipes } from '../logs/pipes.ts';
import { createTies, wantsProbes, type Ties } from '../probes/ties.ts';
import type { Runs } from '../supervisor/runs.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { beginLogging, type Logging } from './logging.ts';

/** `saved`: pipes and sockets of services that an earlier life of this process has made. */
export function tie(kernel: LinuxKernel, settings: Settings, saved?: Pick<SavedLife, 'outputs' | 'sockets'>): { ties: Ties; pipes: LogPipes } {
  const pipes = createLogPipes(kernel, settings.N6_LOGS, saved?.outputs);
  return { ties: createTies(kernel, pipes, saved?.sockets), pipes };
}

export type ProbingOptions = Readonly<{
  kernel: LinuxKernel;
  supervisor: Supervisor;
  ties: Ties;
  pipes: LogPipes;
  settings: Settings;
  runs: Runs;
  launcher: Launcher;
  /** What `logging.freeze` gave in an earlier life. */
  restored?: unknown;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

export type Probing = Readonly<{
  logging: Logging;
  /** Ends all probes, and what reads lines: resolves when these are written. Never rejects. */
  end(): Promise<void>;
}>;

export function beginProbing(options: ProbingOptions): Probing {
  const { supervisor, failed } = options;
  const logging = beginLogging(options);
  let close = (): void => undefined;
  let over = false;

  async function load(): Promise<void> {
    const [{ createProbes }, logs] = await Promise.all([import('../probes/probes.ts'), logging.logs()]);
    if (over) return;
    const probes = createProbes({ ...options, logs, reloaded: (name) => supervisor.reloads.ready(name) });
    close = () => probes.close();
  }

  const unwatch = supervisor.watch((_name, service) => {
    if (service === undefined || !wantsProbes(service.definition)) return;
    unwatch();
    load().catch((error: unknown) => failed('loading the probes', error));
  });
  return {
    logging,
    end() {
      over = true;
      unwatch();
      close();
      return logging.close();
    },
  };
}
