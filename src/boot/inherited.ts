/** Descriptors of an earlier life of this process whose numbers nobody has told: what each is, the kernel knows (proc(5), /proc/PID/fd). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { FIRST_HELD } from '../kernel/holding.ts';

export type Inherited = Readonly<{
  /** n6's ends of the pipe that a process has under this number; undefined: it is no pipe, or n6 has no reading end of it. */
  pipeOf(pid: number, descriptor: number): Readonly<{ read: number; write: number | undefined }> | undefined;
  /** n6's end of a pipe from which a process reads. */
  writerTo(pid: number, descriptor: number): number | undefined;
  /** A socket of sd_notify(3) with this address. */
  datagramSocket(address: string): number | undefined;
  /** Listening sockets. */
  listening: Readonly<{ unix: number | undefined; tcp: number | undefined }>;
}>;

type Held = Readonly<{ descriptor: number; target: string; mode: 'read' | 'write' | 'both' }>;

/** To be called before this life has opened anything that the next is to have. Never throws: what cannot be looked at is not there. */
export function readInherited(): Inherited {
  const held = list('/proc/self/fd').map(Number).filter((descriptor) => descriptor >= FIRST_HELD).flatMap(look);
  const sockets = unixSockets();
  const inodeOf = ({ target }: Held): string | undefined => /^socket:\[(\d+)\]$/.exec(target)?.[1];
  const socket = (fits: (inode: string) => boolean): number | undefined =>
    held.find((each) => {
      const inode = inodeOf(each);
      return inode !== undefined && fits(inode);
    })?.descriptor;
  const end = (target: string, mode: Held['mode']): number | undefined =>
    held.find((each) => each.target === target && each.mode === mode)?.descriptor;
  const pipe = (pid: number, descriptor: number): string | undefined => {
    const target = link(`/proc/${pid}/fd/${descriptor}`);
    return target?.startsWith('pipe:') === true ? target : undefined;
  };
  const listeningTcp = new Set(['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap((file) => rows(file)
    .flatMap((fields) => (fields[3] === TCP_LISTEN && fields[9] !== undefined ? [fields[9]] : []))));
  return {
    pipeOf(pid, descriptor) {
      const target = pipe(pid, descriptor);
      const read = target === undefined ? undefined : end(target, 'read');
      return read === undefined ? undefined : { read, write: end(target!, 'write') };
    },
    writerTo(pid, descriptor) {
      const target = pipe(pid, descriptor);
      return target === undefined ? undefined : end(target, 'write');
    },
    datagramSocket: (address) => socket((inode) => sockets.get(inode)?.path === address),
    listening: {
      unix: socket((inode) => sockets.get(inode)?.isListening === true),
      tcp: socket((inode) => listeningTcp.has(inode)),
    },
  };
}

const TCP_LISTEN = '0A';
/** __SO_ACCEPTCON of the kernel's net.h, as /proc/net/unix shows it. */
const ACCEPTS = 0x10000;

function look(descriptor: number): Held[] {
  const target = link(`/proc/self/fd/${descriptor}`);
  const flags = /^flags:\s*([0-7]+)$/m.exec(text(`/proc/self/fdinfo/${descriptor}`))?.[1];
  if (target === undefined || flags === undefined) return [];
  return [{ descriptor, target, mode: (['read', 'write', 'both'] as const)[Number.parseInt(flags, 8) & 3] ?? 'both' }];
}

function unixSockets(): ReadonlyMap<string, Readonly<{ isListening: boolean; path: string }>> {
  // Num RefCount Protocol Flags Type St Inode Path
  return new Map(rows('/proc/self/net/unix').map((fields) =>
    [fields[6] ?? '', { isListening: (Number.parseInt(fields[3] ?? '', 16) & ACCEPTS) !== 0, path: fields.slice(7).join(' ') }]));
}

const rows = (file: string): string[][] => text(file).split('\n').slice(1).map((line) => line.trim().split(/\s+/));

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function link(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
