/** What n6 itself is and may do: the measure of what it can give to a service. */
import { closeSync, openSync, readFileSync } from 'node:fs';

/** By their numbers in capabilities(7). */
const CAPABILITIES = { SETGID: 6, SETUID: 7, SYS_CHROOT: 18, SYS_ADMIN: 21, SYS_NICE: 23, SYS_RESOURCE: 24 } as const;
export type Capability = keyof typeof CAPABILITIES;

export type OwnLimit = Readonly<{ soft: number; hard: number }>;

export type Own = Readonly<{
  /** Effective ones. */
  user: number;
  group: number;
  groups: readonly number[];
  can(capability: Capability): boolean;
  /** By the names that /proc/PID/limits has for them (proc(5)), as a child would inherit them; unlimited is Infinity. */
  limits(): ReadonlyMap<string, OwnLimit>;
  nice(): number;
  oomScoreAdj(): number;
}>;

/** `withGivenLimit`: calls while the soft limit of open files is that of the children, which Node has raised for n6. */
export function readOwn(withGivenLimit: <T>(act: () => T) => T = (act) => act()): Own {
  let capabilities: bigint | undefined;
  return {
    user: process.geteuid!(),
    group: process.getegid!(),
    groups: process.getgroups!(),
    can(capability) {
      capabilities ??= effective();
      return (capabilities >> BigInt(CAPABILITIES[capability]) & 1n) === 1n;
    },
    limits() {
      // Opened before: with the low limit there may be no descriptor left for it. What it says is made when it is read.
      const file = openSync('/proc/self/limits', 'r');
      try {
        return parseLimits(withGivenLimit(() => readFileSync(file, 'latin1')));
      } finally {
        closeSync(file);
      }
    },
    nice: () => Number(afterName(readFileSync('/proc/self/stat', 'latin1'))[NICE]),
    oomScoreAdj: () => Number(readFileSync('/proc/self/oom_score_adj', 'latin1')),
  };
}

/** In a user namespace (rootless containers) limits and priorities belong to the machine, whatever the capabilities say (user_namespaces(7)). */
function effective(): bigint {
  const [, hexadecimal = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  const all = BigInt(`0x${hexadecimal}`);
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap()) ? all : all & ~MACHINE;
}

const MACHINE = [CAPABILITIES.SYS_NICE, CAPABILITIES.SYS_RESOURCE, CAPABILITIES.SYS_ADMIN].reduce((mask, bit) => mask | 1n << BigInt(bit), 0n);

function uidMap(): string {
  try {
    return readFileSync('/proc/self/uid_map', 'latin1');
  } catch {
    // A system without user namespaces.
    return '0 0 4294967295';
  }
}

function parseLimits(text: string): ReadonlyMap<string, OwnLimit> {
  const number = (word: string): number => (word === 'unlimited' ? Infinity : Number(word));
  return new Map(text.split('\n').flatMap((line): [string, OwnLimit][] => {
    const [, name, soft, hard] = /^(Max [a-z ]+?)\s+(\d+|unlimited)\s+(\d+|unlimited)/.exec(line) ?? [];
    return name === undefined ? [] : [[name, { soft: number(soft!), hard: number(hard!) }]];
  }));
}

/** Fields of /proc/PID/stat after the name, which may have blanks and brackets in it: the state is the first (proc(5)). */
const afterName = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
const NICE = 16;
