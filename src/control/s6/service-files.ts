import {
  chmodSync, chownSync, closeSync, constants, mkdirSync, openSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, truncateSync, writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Exit } from '../../core/exit.ts';
import { withDeath } from './death-tally.ts';
import { SUPERVISED, UNSUPERVISED } from './event-bytes.ts';
import { notify } from './notify.ts';

/** `supervise/` and `event/` of one service directory (spec/s6-compat 2.1). Every function may throw an errno. */
export type ServiceFiles = Readonly<{
  /** The reading end of `supervise/control`, for the kernel to read. */
  control: number;
  /** Replaces `supervise/status`. */
  status(bytes: Buffer): void;
  /** To every subscriber in `event/`. */
  tell(bytes: string): void;
  /** One more in `supervise/death_tally`, which `s6-svdt-clear` may have emptied. */
  death(stamp: Buffer, exit: Exit, size: number): void;
  makeDown(): void;
  removeDown(): void;
  /** Tells subscribers and gives the lock back; `control` is the caller's to close. */
  close(): void;
}>;

/** What only the kernel can do. */
export type Means = Readonly<{
  lock(file: string): boolean;
  unlock(file: string): void;
  fifo(file: string, mode: number): number;
}>;

/** Somebody else, an s6-supervise or another n6, has the lock. */
export class Supervised extends Error {}

/**
 * Makes what is missing, in s6-supervise's order, and takes the lock. `status`: what it says first. `known`: the reading end of the control FIFO,
 * from an earlier life of this process that goes on: nobody is told anything, and nothing is written. Throws the errno, or {@link Supervised};
 * nothing is open or locked then.
 */
export function openServiceFiles(place: string, means: Means, status: Buffer, known?: number): ServiceFiles {
  // s6-supervise's working directory is the service directory, so that it goes where that goes. This is the same.
  const held = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return openHeld(held, means, status, known);
  } catch (error) {
    closeSync(held);
    throw Object.assign(error as Error, { path: (error as NodeJS.ErrnoException).path?.replace(HELD, place) });
  }
}

function openHeld(held: number, means: Means, status: Buffer, known: number | undefined): ServiceFiles {
  const directory = `/proc/self/fd/${held}`;
  const at = (name: string): string => `${directory}/supervise/${name}`;
  const replace = (name: string, bytes: Buffer): void => {
    writeFileSync(at(`${name}.new`), bytes);
    renameSync(at(`${name}.new`), at(name));
  };
  const event = `${directory}/event`;
  const isNew = makeFifodir(event);
  makeSupervise(`${directory}/supervise`);
  if (!means.lock(at('lock'))) throw new Supervised('supervise/lock');
  try {
    if (known === undefined) {
      // The kernel makes its locks 0600; who asks with s6-svok need not be who supervises.
      chmodSync(at('lock'), 0o644);
      forgetDeaths(at('death_tally'));
      replace('status', status);
      if (!isNew) notify(event, SUPERVISED);
    }
    // Last, because it is the only thing besides the lock that would have to be closed.
    const control = known ?? means.fifo(at('control'), 0o600);
    return {
      control,
      status: (bytes) => replace('status', bytes),
      tell: (bytes) => notify(event, bytes),
      death(stamp, exit, size) {
        if (size > 0) replace('death_tally', withDeath(readOrNothing(at('death_tally')), stamp, exit, size));
      },
      makeDown: () => writeFileSync(`${directory}/down`, '', { flag: 'a' }),
      removeDown: () => rmSync(`${directory}/down`, { force: true }),
      close() {
        try {
          notify(event, UNSUPERVISED);
        } finally {
          means.unlock(at('lock'));
          closeSync(held);
        }
      },
    };
  } catch (error) {
    means.unlock(at('lock'));
    throw error;
  }
}

const HELD = /^\/proc\/self\/fd\/\d+/;

/** The same for two names of one directory. */
export function identityOf(directory: string): string {
  const { dev, ino } = statSync(directory);
  return `${dev}:${ino}`;
}

/** True when it was not there. Set-group-ID and sticky, so that subscribers' FIFOs belong to the group and to them alone. */
function makeFifodir(directory: string): boolean {
  if (!makeDirectory(directory, 0o700)) return false;
  chownSync(directory, -1, process.getegid?.() ?? -1);
  chmodSync(directory, 0o3730);
  return true;
}

/** A link to a directory that is not there yet, such as one on a tmpfs, is a wish for that directory (spec 1.1.14). */
function makeSupervise(directory: string): void {
  if (makeDirectory(directory, 0o700) || statSync(directory, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(path.resolve(path.dirname(directory), readlinkSync(directory)), { mode: 0o700 });
}

/** True when it was not there. */
function makeDirectory(directory: string, mode: number): boolean {
  try {
    mkdirSync(directory, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** s6 makes an empty file; its clients take none for the same, and making one is the dearest thing here. */
function forgetDeaths(file: string): void {
  try {
    truncateSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function readOrNothing(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
