/** Loads the probes when the first service wants one. */
import type { Report } from '../core/messages.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import { wantsProbes, type Ties } from '../probes/ties.ts';
import type { Runs } from '../supervisor/runs.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { ownDescription } from './line-output.ts';

export { createTies } from '../probes/ties.ts';

export type ProbingOptions = Readonly<{
  kernel: LinuxKernel;
  supervisor: Supervisor;
  ties: Ties;
  runs: Runs;
  launcher: Launcher;
  reloaded(name: string): void;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** Milliseconds that services wait for a reader of n6's output who has stopped, before their lines are thrown away. */
const PATIENCE = 1000;

/** Gives the way to end all probes. */
export function beginProbing(options: ProbingOptions): () => void {
  const { supervisor, failed } = options;
  let close = (): void => undefined;
  let over = false;

  async function load(): Promise<void> {
    const [{ createProbes }, { createSink }] = await Promise.all([import('../probes/probes.ts'), import('../probes/sink.ts')]);
    if (over) return;
    const sink = (standard: 1 | 2): ReturnType<typeof createSink> => createSink({ open: () => ownDescription(standard), patience: PATIENCE });
    const probes = createProbes({ ...options, sinks: { stdout: sink(1), stderr: sink(2) } });
    close = () => probes.close();
  }

  const unwatch = supervisor.watch((_name, service) => {
    if (service === undefined || !wantsProbes(service.definition)) return;
    unwatch();
    load().catch((error: unknown) => failed('loading the probes', error));
  });
  return () => {
    over = true;
    unwatch();
    close();
  };
}
