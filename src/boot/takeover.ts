/** The beginning of a second life in the same process: what the life before has left is taken from its state file. */
import { readFileSync, rmSync } from 'node:fs';
import type { SavedLife, SavedProcess } from '../core/persist/life.ts';
import { readLife } from '../core/persist/life.ts';
import { foreignState, unreadableState } from '../core/persist/messages.ts';
import type { Report } from '../core/messages.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import { endGuard } from './guard.ts';
import type { Layout } from './layout.ts';

export type Takeover = Readonly<{
  /** undefined: nothing that can be used; it has been told. */
  life: SavedLife | undefined;
  layout: Layout | undefined;
  /** Those that came while nobody could hear them, as far as they have been seen from outside. */
  signals: readonly string[];
}>;

/**
 * Reads the file, takes the locks over, and enters all children in the kernel's register, before the loop has had a turn. A file that another
 * process has left is nothing: whoever set the variable, it is not about this one.
 */
export function takeOver(kernel: LinuxKernel, file: string, report: (report: Report) => void): Takeover {
  const nothing = { life: undefined, layout: undefined, signals: [] };
  const warn = (text: string): void => report({ type: 'note', level: 'error', text });
  let written: string;
  try {
    written = readFileSync(file, 'utf8');
  } catch (error) {
    warn(unreadableState(file, [(error as NodeJS.ErrnoException).code ?? String(error)]));
    return nothing;
  }
  const { life, faults } = readLife(written);
  if (faults.length > 0) warn(unreadableState(file, faults));
  if (life === undefined) return nothing;
  if (life.process.pid !== kernel.pid || kernel.startTime(kernel.pid) !== life.process.startTime) {
    warn(foreignState(file));
    return nothing;
  }
  kernel.adoptLocks(life.locks);
  for (const { pid } of processesOf(life).filter(sameProcess(kernel))) kernel.adopt(pid);
  return { life, layout: layoutOf(life.layout), signals: endGuard(file, life.guard) };
}

/** Still there, or dead and not yet reaped, which nobody but n6 can do. */
export const sameProcess = (kernel: LinuxKernel) => ({ pid, startTime }: SavedProcess): boolean => kernel.startTime(pid) === startTime;

function processesOf({ services, runs, hooks, command }: SavedLife): SavedProcess[] {
  return [
    ...services.flatMap(({ service: { state }, startTime }) => ('pid' in state && startTime !== undefined ? [{ pid: state.pid, startTime }] : [])),
    ...runs,
    ...hooks.flatMap(({ running }) => (running === undefined ? [] : [running])),
    ...(command.process === undefined ? [] : [command.process]),
  ];
}

/** The next life but one writes its own. */
export function forgetState(file: string): void {
  rmSync(file, { force: true });
}

function layoutOf({ scanDirectory, copies, containerEnvironment, runtime, exitcode, stage3 }: Readonly<Record<string, string>>): Layout | undefined {
  if (scanDirectory === undefined || containerEnvironment === undefined || runtime === undefined) return undefined;
  return { scanDirectory, copies, containerEnvironment, runtime, exitcode, stage3 };
}
