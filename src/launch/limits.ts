/** Resource limits by the names of prlimit(1). */
import type { Launch, Limit } from '../core/policy.ts';
import type { Own, OwnLimit } from './own.ts';

/** `label` in /proc/PID/limits; `letters` of ulimit in dash, busybox or bash, which count in `unit` bytes; none: they do not know it. */
type Resource = Readonly<{ label: string; letters: string; unit: number }>;

const resource = (label: string, letters = '', unit = 1): Resource => ({ label, letters, unit });

export const RESOURCES: Readonly<Record<string, Resource>> = {
  as: resource('Max address space', 'v', 1024),
  core: resource('Max core file size', 'c', 512),
  cpu: resource('Max cpu time', 't'),
  data: resource('Max data size', 'd', 1024),
  fsize: resource('Max file size', 'f', 512),
  locks: resource('Max file locks', 'x w'),
  memlock: resource('Max locked memory', 'l', 1024),
  msgqueue: resource('Max msgqueue size'),
  nice: resource('Max nice priority'),
  nofile: resource('Max open files', 'n'),
  nproc: resource('Max processes', 'u p'),
  rss: resource('Max resident set', 'm', 1024),
  rtprio: resource('Max realtime priority', 'r'),
  rttime: resource('Max realtime timeout'),
  sigpending: resource('Max pending signals'),
  stack: resource('Max stack size', 's', 1024),
};

const asNumber = (value: number | 'unlimited'): number => (value === 'unlimited' ? Infinity : value);

/** Those whose hard limit would go up. */
export const raised = ({ limits }: Launch, own: ReadonlyMap<string, OwnLimit>): string[] =>
  Object.entries(limits).filter(([name, { hard }]) => asNumber(hard) > (own.get(RESOURCES[name]?.label ?? '')?.hard ?? Infinity)).map(([name]) => name);

/** The words of prlimit(1). */
export const prlimitWords = (limits: Launch['limits']): string[] =>
  Object.entries(limits).map(([name, { soft, hard }]) => `--${name}=${soft}:${hard}`);

export const knownToShells = (name: string): boolean => (RESOURCES[name]?.letters ?? '') !== '';

/**
 * A command of a shell. The soft limit first, where it fits below the hard one that is there; then the hard one; then the
 * soft one again, where it had to go up together with it. The shell's own complaint is of the last try.
 */
export function ulimitCommand(name: string, { soft, hard }: Limit): string {
  const { letters, unit } = RESOURCES[name]!;
  const inUnits = (value: number | 'unlimited'): string => (value === 'unlimited' ? value : String(Math.floor(value / unit)));
  const [s, h] = [inUnits(soft), inUnits(hard)];
  const set = (letter: string): string => `{ ulimit -S -${letter} ${s} 2>/dev/null; ulimit -H -${letter} ${h} && ulimit -S -${letter} ${s}; }`;
  const [first = '', second] = letters.split(' ');
  return second === undefined ? set(first) : `{ ${set(first)} 2>/dev/null || ${set(second)}; }`;
}

/** What a child has of open files, softly, once `limits` hold. */
export function softFiles({ limits }: Launch, own: Own): number | undefined {
  const soft = asNumber(limits['nofile']?.soft ?? own.limits().get(RESOURCES['nofile']!.label)?.soft ?? Infinity);
  return Number.isFinite(soft) ? soft : undefined;
}
