import type { Exit } from '../../core/exit.ts';
import { marksNeverStarted, type S6Version } from '../../core/s6-version.ts';
import type { Service } from '../../core/service.ts';

/** What `supervise/status` says (spec/s6-compat 2.3). */
export type StatusRecord = Readonly<{
  /** TAI64N of the last start or death of `run`, and of the last readiness or end of `finish`; before any, of the first look. */
  changed: Buffer;
  ready: Buffer;
  /** 0 when nothing runs. */
  pid: number;
  /** As wait(2) gives it, 0 before any death. */
  waitStatus: number;
  flags: Readonly<{ paused: boolean; finishing: boolean; wantedUp: boolean; ready: boolean }>;
}>;

/** The 35 bytes that s6's clients read. */
export function encodeStatus({ changed, ready, pid, waitStatus, flags }: StatusRecord): Buffer {
  const bytes = Buffer.alloc(STATUS_LENGTH);
  changed.copy(bytes, 0);
  ready.copy(bytes, 12);
  bytes.writeBigUInt64BE(BigInt(pid), 24);
  bytes.writeUInt16BE(waitStatus, 32);
  bytes[34] = (flags.paused ? 1 : 0) | (flags.finishing ? 2 : 0) | (flags.wantedUp ? 4 : 0) | (flags.ready ? 8 : 0);
  return bytes;
}

/** The same back; undefined: these are not 35 bytes. */
export function decodeStatus(bytes: Buffer): StatusRecord | undefined {
  if (bytes.length !== STATUS_LENGTH) return undefined;
  const flags = bytes[34]!;
  return {
    changed: bytes.subarray(0, 12), ready: bytes.subarray(12, 24),
    pid: Number(bytes.readBigUInt64BE(24)), waitStatus: bytes.readUInt16BE(32),
    flags: { paused: (flags & 1) !== 0, finishing: (flags & 2) !== 0, wantedUp: (flags & 4) !== 0, ready: (flags & 8) !== 0 },
  };
}

export const STATUS_LENGTH = 35;

/** `stampOf` turns a monotonic moment into TAI64N; it is asked -Infinity for what has never been. */
export function statusRecord(service: Service, stampOf: (at: number) => Buffer, version: S6Version = '2.11'): StatusRecord {
  const { state, readyAt, startedAt, diedAt, endedAt, lastExit } = service;
  const alive = state.name === 'running' || state.name === 'stopping';
  const resting = state.name === 'down' || state.name === 'failed' || state.name === 'done' || state.name === 'backingOff'
    || (state.name === 'spawning' && state.program === 'run');
  return {
    changed: stampOf(alive ? startedAt : diedAt),
    ready: stampOf(resting || readyAt === undefined ? endedAt : readyAt),
    pid: 'pid' in state ? state.pid : 0,
    waitStatus: lastExit === undefined ? 0 : waitStatus(lastExit),
    flags: {
      // Without a process the bit says "not started yet" to s6-svstat 2.13.2 and later (spec 2.3.4).
      paused: state.name === 'running' ? state.paused : marksNeverStarted(version) && startedAt === -Infinity && resting,
      finishing: state.name === 'finishing',
      wantedUp: service.wanted === 'up',
      // Without a process: `finish` has ended, too (spec 2.3.2).
      ready: alive ? readyAt !== undefined : resting,
    },
  };
}

/** wait(2): the code in the upper byte, or the signal with 0x80 for a core dump. */
const waitStatus = (exit: Exit): number => ('code' in exit ? exit.code << 8 : exit.number | (exit.dumped ? 0x80 : 0));
