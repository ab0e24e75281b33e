/** The beginning of a second life in the same process: what the life before has left is taken from its state file. */
import { readFileSync, rmSync } from 'node:fs';
import type { SavedLife, SavedProcess } from '../core/persist/life.ts';
import { readLife, type LifeRead } from '../core/persist/read.ts';
import { foreignState, lostState, unreadableState } from '../core/persist/messages.ts';
import type { Report } from '../core/messages.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import { endGuard } from './guard.ts';
import type { Handover } from './handover.ts';
import type { Layout } from './layout.ts';
import { beginRescue, keepState, type Finder } from './rescue.ts';

export type Takeover = Readonly<{
  life: SavedLife;
  /** Nothing of the state could be read: the life is made of what was found. */
  lost: boolean;
  layout: Layout | undefined;
  /** Those that came while nobody could hear them, as far as they have been seen from outside. */
  signals: readonly string[];
  /** Finds what runs of a service of which the state says nothing; undefined: it says all. */
  find: Finder | undefined;
}>;

/**
 * Reads the file, takes the locks over, and enters all children in the kernel's register, before the loop has had a turn. A file that another
 * process has left is nothing (undefined): whoever set the variable, it is not about this one. Of one that cannot be read the children of this process tell
 * whether it was its own; then what runs is found otherwise, so that nothing is started a second time.
 */
export function takeOver(
  kernel: LinuxKernel, { commandPid }: Pick<Handover, 'commandPid'>, file: string, report: (report: Report) => void,
): Takeover | undefined {
  const warn = (text: string): void => report({ type: 'note', level: 'error', text });
  const { life, faults } = readState(file);
  if (faults.length > 0) warn(unreadableState(file, faults));
  if (life === undefined) {
    const rescue = beginRescue(kernel);
    if (rescue === undefined) return undefined;
    warn(lostState(keepState(file)));
    return { life: rescue.life(commandPid), lost: true, layout: undefined, signals: endGuard(file, rescue.guard), find: rescue.find };
  }
  if (life.process.pid !== kernel.pid || kernel.startTime(kernel.pid) !== life.process.startTime) {
    warn(foreignState(file));
    return undefined;
  }
  kernel.adoptLocks(life.locks);
  for (const { pid } of processesOf(life).filter(sameProcess(kernel))) kernel.adopt(pid);
  // One that is left out has been told.
  const find = faults.length > 0 ? beginRescue(kernel)?.find : undefined;
  return { life, lost: false, layout: layoutOf(life.layout), signals: endGuard(file, life.guard), find };
}

function readState(file: string): LifeRead {
  try {
    return readLife(readFileSync(file, 'utf8'));
  } catch (error) {
    return { life: undefined, faults: [(error as NodeJS.ErrnoException).code ?? String(error)] };
  }
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
