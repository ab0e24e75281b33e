import { closeSync } from 'node:fs';
import { memory, type Libc } from './libc.ts';
import { systemError } from './errno.ts';

/** The soft limit of open files (getrlimit(2), RLIMIT_NOFILE), which is copied into a child when it is made. */
export interface DescriptorLimit {
  /** Children are given another limit than n6 has. */
  readonly differs: boolean;
  /** While a start is in flight the limit is the one n6 was given; calls nest. */
  lower(): void;
  /** Back to n6's own once no start is in flight any more. */
  raise(): void;
  /** n6 has nearly as many files open as its children may: while the limit is low it could hardly open another one. */
  crowded(): boolean;
}

/**
 * Node raises its own soft limit to the hard one, and a child would inherit that: programs that close every possible
 * descriptor at their start then take seconds, and select(2) breaks above 1024. `given` undefined: nothing is changed.
 */
export function createDescriptorLimit(libc: Libc, given: number | undefined): DescriptorLimit {
  const own = getLimit(libc);
  const children = given === undefined ? own.soft : BigInt(given) < own.hard ? BigInt(given) : own.hard;
  if (children === own.soft) return { differs: false, lower: () => {}, raise: () => {}, crowded: () => false };
  let depth = 0;
  return {
    differs: true,
    lower: () => {
      if (depth++ === 0) setLimit(libc, { ...own, soft: children });
    },
    raise: () => {
      if (--depth === 0) setLimit(libc, own);
    },
    crowded: () => BigInt(lowestFree(libc) + MARGIN) > children,
  };
}

/** How many files one turn of the event loop, and the thread pool during it, may want to open. */
const MARGIN = 64;
const RLIMIT_NOFILE = 7;
const F_DUPFD_CLOEXEC = 1030;

type Limit = { soft: bigint; hard: bigint };

function getLimit(libc: Libc): Limit {
  const buffer = memory(16);
  if (libc.getrlimit(RLIMIT_NOFILE, buffer) !== 0) throw systemError('getrlimit', libc.errno(), 'RLIMIT_NOFILE');
  return { soft: buffer.readBigUInt64LE(0), hard: buffer.readBigUInt64LE(8) };
}

function setLimit(libc: Libc, { soft, hard }: Limit): void {
  const buffer = memory(16);
  buffer.writeBigUInt64LE(soft, 0);
  buffer.writeBigUInt64LE(hard, 8);
  if (libc.setrlimit(RLIMIT_NOFILE, buffer) !== 0) throw systemError('setrlimit', libc.errno(), 'RLIMIT_NOFILE');
}

/** open(2) always takes the lowest free number, so that this one tells how near to the limit the next one comes. */
function lowestFree(libc: Libc): number {
  const number = libc.fcntl(0, F_DUPFD_CLOEXEC, 0);
  if (number < 0) return Infinity;
  closeSync(number);
  return number;
}
