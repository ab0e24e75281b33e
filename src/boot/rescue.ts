/**
 * A second life to which the first has left nothing that can be read: what runs is found in /proc and in the status files of its services, and
 * goes on. A service is not started as long as a process of it is there.
 */
import { readdirSync, readFileSync, readlinkSync, renameSync } from 'node:fs';
import path from 'node:path';
import { decodeStatus } from '../control/s6/status-record.ts';
import { wallOf } from '../control/s6/tai64n.ts';
import type { Definition } from '../core/definition.ts';
import type { Found } from '../core/found.ts';
import type { SavedCatalogue, SavedLife, SavedNotice, SavedPipe, SavedSocket } from '../core/persist/life.ts';
import { lostLife } from '../core/persist/read.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { Captured, LogPipes } from '../logs/pipes.ts';
import { wantsSocket, type Ties } from '../probes/ties.ts';
import { readInherited, type Inherited } from './inherited.ts';

/** What runs of a service, and n6's ends of what it is tied to n6 by. */
export type FoundLife = Found & Readonly<{
  pipes: readonly SavedPipe[];
  notices: readonly SavedNotice[];
  output: Captured | undefined;
  socket: SavedSocket | undefined;
}>;

/** undefined: nothing is known of it, and it is new. */
export type Finder = (definition: Definition) => FoundLife | undefined;

export type Rescue = Readonly<{
  find: Finder;
  /** For a state file that cannot be used at all. */
  life(commandPid: number | undefined): SavedLife;
  /** n6's end of the pipe to who looks on from outside (guard.ts). */
  guard: number | undefined;
}>;

/** undefined: n6 has no children; so there was no life before. To be called in the first turn. */
export function beginRescue(kernel: LinuxKernel): Rescue | undefined {
  const children = kernel.children();
  if (children.length === 0) return undefined;
  const inherited = readInherited();
  const isChild = (pid: number): boolean => children.some((child) => child.pid === pid && kernel.startTime(pid) === child.startTime);
  const guard = children.find(({ words }) => words.some((word) => word.endsWith(GUARD)));
  return {
    find: (definition) => find(kernel, inherited, definition, isChild, children.map(({ pid }) => pid)),
    guard: guard === undefined ? undefined : inherited.writerTo(guard.pid, 0),
    life(commandPid) {
      const { unix, tcp } = inherited.listening;
      const startTime = commandPid !== undefined && isChild(commandPid) ? kernel.startTime(commandPid) : undefined;
      if (startTime !== undefined) kernel.adopt(commandPid!);
      return lostLife({
        process: { pid: kernel.pid, startTime: kernel.startTime(kernel.pid) ?? '' }, startedAt: new Date().toISOString(), frozenAt: kernel.now(),
        command: { process: startTime === undefined ? undefined : { pid: commandPid!, startTime }, exitCode: undefined },
        listeners: [
          ...(unix === undefined ? [] : [{ path: ANY_SOCKET, descriptor: unix }]), ...(tcp === undefined ? [] : [{ path: ANY_TCP, descriptor: tcp }]),
        ],
      });
    },
  };
}

/** What a service that is found is tied to n6 by goes on, too. */
export const tiedFinder = (finder: Finder | undefined, ties: Pick<Ties, 'adopt'>, pipes: Pick<LogPipes, 'adopt'>): Finder | undefined =>
  finder && ((definition) => {
    const found = finder(definition);
    if (found?.output !== undefined) pipes.adopt(definition.name, found.output);
    if (found?.socket !== undefined) ties.adopt(found.socket);
    return found;
  });

const GUARD = '/reexec-guard.sh';
/** Paths of listeners of which only their kind is known. */
export const ANY_SOCKET = '(socket)';
export const ANY_TCP = '(tcp)';

/** For the report. */
export function keepState(file: string): string {
  const kept = `${file}.unreadable`;
  try {
    renameSync(file, kept);
    return kept;
  } catch {
    return file;
  }
}

/** Links in a live scan directory that lead to longruns of s6-rc are those sources' and nobody else's. */
export function catalogueFound(scanDirectory: string, longruns: string): SavedCatalogue {
  let names: string[] = [];
  try {
    names = readdirSync(scanDirectory);
  } catch {
    // Nothing is there.
  }
  const isLongrun = (name: string): boolean => {
    try {
      return readlinkSync(path.join(scanDirectory, name)).startsWith(`${longruns}/`);
    } catch {
      return false;
    }
  };
  return { installed: [], owners: names.filter(isLongrun).map((name) => [name, 'known']), isOpen: true };
}

function find(
  kernel: LinuxKernel, inherited: Inherited, definition: Definition, isChild: (pid: number) => boolean, children: readonly number[],
): FoundLife | undefined {
  const { directory } = definition;
  const status = decodeStatus(read(`${directory}/supervise/status`));
  // Where n6 cannot write there is no status: whose working directory it is runs for it.
  const pid = status === undefined ? children.find((child) => linkOf(`/proc/${child}/cwd`) === directory) : status.pid === 0 ? undefined : status.pid;
  if (status === undefined && pid === undefined) return undefined;
  const isThere = pid !== undefined && isChild(pid);
  if (isThere) kernel.adopt(pid);
  const { finishing, paused, ready, wantedUp } = status?.flags ?? { finishing: false, paused: false, ready: false, wantedUp: true };
  const isReady = ready && !finishing && (definition.notificationDescriptor !== undefined || definition.policy.ready !== undefined);
  const since = status === undefined ? kernel.now() : Math.min(kernel.now(), kernel.now() - (Date.now() - wallOf(status.changed)));
  return {
    process: isThere ? { pid, finishing, paused: paused && !finishing, ready: isReady } : undefined,
    wantedUp, since,
    succeeded: status?.pid === 0 && status.waitStatus === 0 && read(`${directory}/supervise/death_tally`).length > 0,
    ...(isThere ? tiesOf(inherited, definition, pid, isReady) : { pipes: [], notices: [], output: undefined, socket: undefined }),
  };
}

function tiesOf(inherited: Inherited, definition: Definition, pid: number, isReady: boolean): Pick<FoundLife, 'pipes' | 'notices' | 'output' | 'socket'> {
  const { name, stdinPipe, stdoutPipe, notificationDescriptor } = definition;
  const named = ([[stdinPipe, 0], [stdoutPipe, 1]] as const).flatMap(([key, descriptor]) => {
    const ends = key === undefined ? undefined : inherited.pipeOf(pid, descriptor);
    return ends === undefined ? [] : [{ key: key!, ...ends }];
  });
  const whole = (descriptor: number): { read: number; write: number } | undefined => {
    const ends = inherited.pipeOf(pid, descriptor);
    return ends?.write === undefined ? undefined : { read: ends.read, write: ends.write };
  };
  const stderr = whole(2);
  const notice = notificationDescriptor === undefined || isReady ? undefined : inherited.pipeOf(pid, notificationDescriptor)?.read;
  const address = wantsSocket(definition) ? /(?:^|\0)NOTIFY_SOCKET=([^\0]*)/.exec(read(`/proc/${pid}/environ`).toString('latin1'))?.[1] : undefined;
  const descriptor = address === undefined ? undefined : inherited.datagramSocket(address);
  return {
    pipes: named,
    notices: notice === undefined ? [] : [{ name, pid, descriptor: notice }],
    output: stderr === undefined ? undefined : { stdout: stdoutPipe === undefined ? whole(1) : undefined, stderr },
    socket: descriptor === undefined ? undefined : { name, address: address!, descriptor },
  };
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
