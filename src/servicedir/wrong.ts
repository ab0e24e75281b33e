/** What is wrong with a file, before anybody says whose file it is. */
import type { BigIntStats } from 'node:fs';
import type { Problem } from '../core/messages.ts';

export type Wrong = Pick<Problem, 'value' | 'expected' | 'remedy'>;

/** What is in a file's place when it is no regular file, as a value to quote; undefined for a regular file. */
export function otherKind(stats: BigIntStats | undefined): string | undefined {
  if (stats === undefined) return 'a link that leads nowhere';
  if (stats.isFile()) return undefined;
  return stats.isDirectory() ? 'a directory' : 'no regular file';
}
