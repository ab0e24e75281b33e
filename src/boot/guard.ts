/** Who looks on from outside while n6 replaces itself, and cannot see its own signals (companions/lib/reexec-guard.sh). */
import { closeSync, existsSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { SavedLife } from '../core/persist/life.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';

export type GuardOptions = Readonly<{
  kernel: LinuxKernel;
  /** Directory of the n6 installation, which holds the guard; undefined: there is none. */
  home: string | undefined;
  stateFile: string;
  /** Milliseconds that services have to end, if it comes to that. */
  grace: number;
}>;

/**
 * Starts it, which takes signals to be blocked already. Gives n6's end of its pipe, which has to go on in the next life; undefined: there is no
 * guard, and a signal that comes too early is what it is without one.
 */
export function beginGuard({ kernel, home, stateFile, grace }: GuardOptions): Promise<number | undefined> {
  const script = home === undefined ? undefined : path.join(home, 'lib/reexec-guard.sh');
  if (script === undefined || !existsSync(script)) return Promise.resolve(undefined);
  const { read, write } = kernel.pipe();
  return new Promise((resolve) => {
    kernel.spawn({
      directory: '/', program: '/bin/sh', arguments: ['sh', script, String(kernel.pid), stateFile, String(Math.ceil(grace / 1000))],
      environment: [Buffer.from('PATH=/usr/sbin:/usr/bin:/sbin:/bin')], session: true, stdio: [read, 'null', 'inherit'],
    }, (result) => {
      kernel.close(read);
      if ('pid' in result) return resolve(write);
      kernel.close(write);
      resolve(undefined);
    });
  });
}

/** Whom it ends if n6 does not come back: the process groups of services. */
export function tellGroups(stateFile: string, { services }: SavedLife): void {
  const groups = services.flatMap(({ service: { state, group } }) =>
    ('pid' in state ? [...new Set([state.pid, ...(state.name === 'finishing' ? [] : [group])])] : []));
  writeFileSync(`${stateFile}.groups`, groups.map((group) => `${group}\n`).join(''), { mode: 0o600 });
}

/** n6 hears its signals again: the guard goes. Gives those that it has seen. */
export function endGuard(stateFile: string, descriptor: number | undefined): string[] {
  const signals = `${stateFile}.signals`;
  const seen = existsSync(signals) ? readFileSync(signals, 'latin1').split('\n').filter((line) => line !== '') : [];
  for (const file of [signals, `${stateFile}.groups`]) rmSync(file, { force: true });
  if (descriptor === undefined) return seen;
  try {
    writeSync(descriptor, 'fine\n');
  } catch {
    // It has gone before.
  }
  closeSync(descriptor);
  return seen;
}
