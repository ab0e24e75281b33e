/** Who lives on this machine, from /proc: read when somebody asks, and never otherwise. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { usagesOf, type Owner, type ProcessFacts, type Usage } from '../core/usage.ts';
import { parseAuxiliary } from './auxiliary.ts';
import { parseStat, type Units } from './stat.ts';

export type UsageReader = Readonly<{
  /** undefined: /proc is missing, or belongs to another PID namespace, so that its numbers are somebody else's. */
  usages(owners: readonly Owner[]): Promise<Usage[] | undefined>;
}>;

/**
 * However many ask at once, /proc is walked once for all: those who ask during a walk share the next one, which sees what
 * was started before they asked.
 */
export function createUsageReader(walk: () => Promise<readonly ProcessFacts[] | undefined> = createWalk()): UsageReader {
  let current: Promise<readonly ProcessFacts[] | undefined> | undefined;
  let next: Promise<readonly ProcessFacts[] | undefined> | undefined;

  function begin(): Promise<readonly ProcessFacts[] | undefined> {
    current = walk().finally(() => (current = undefined));
    return current;
  }

  function processes(): Promise<readonly ProcessFacts[] | undefined> {
    if (current === undefined) return begin();
    next ??= current.catch(() => undefined).then(() => {
      next = undefined;
      return begin();
    });
    return next;
  }

  return {
    async usages(owners) {
      const found = await processes();
      return found === undefined ? undefined : usagesOf(found, owners);
    },
  };
}

/** Milliseconds of reading after which everybody else has a turn: a machine can have tens of thousands of processes. */
const SLICE = 2;

function createWalk(): () => Promise<readonly ProcessFacts[] | undefined> {
  let units: Units | undefined;
  return async () => {
    if (!isOurNamespace()) return undefined;
    units ??= readUnits();
    const found: ProcessFacts[] = [];
    let until = performance.now() + SLICE;
    for (const name of readdirSync('/proc')) {
      const first = name.charCodeAt(0);
      if (first < DIGIT_0 || first > DIGIT_9) continue;
      const facts = read(name, units);
      if (facts !== undefined) found.push(facts);
      if (performance.now() < until) continue;
      await new Promise((resolve) => setImmediate(resolve));
      until = performance.now() + SLICE;
    }
    return found;
  };
}

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** undefined: it has gone since /proc was listed, or is hidden from us (hidepid). */
function read(pid: string, units: Units): ProcessFacts | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'), units);
  } catch {
    return undefined;
  }
}

function readUnits(): Units {
  try {
    return parseAuxiliary(readFileSync('/proc/self/auxv'), process.arch === 'arm' || process.arch === 'ia32' ? 4 : 8);
  } catch {
    return parseAuxiliary(Buffer.alloc(0), 8);
  }
}

function isOurNamespace(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}
