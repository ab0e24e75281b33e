/**
 * Joins the seeds again whenever one of them is missing among the members that are alive. An agent joins once, at its start,
 * when the others may not be there yet, and its snapshot may be lost (spec/scenario, "what hurts" 3).
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { addressText, type Address } from '../../core/address.ts';
import type { Member } from '../../core/members.ts';
import type { Level } from '../../core/messages.ts';

export type Seeding = Readonly<{
  /** The list is this now. */
  look(members: readonly Member[]): void;
  /** Until the next list. */
  stop(): void;
}>;

export type SeedingOptions = Readonly<{
  /** Rejects when none of them could be joined. */
  join(hosts: readonly string[]): Promise<unknown>;
  /** A list is wanted, because it is time to look again. */
  look(): void;
  report(level: Level, text: string): void;
  failed(where: string, error: unknown): void;
}>;

/** Milliseconds from one try to the next while seeds are missing: the first, and the longest. */
const FIRST = 500;
const LONGEST = 30_000;

export function createSeeding(seeds: readonly Address[], { join, look, report, failed }: SeedingOptions): Seeding {
  let timer: NodeJS.Timeout | undefined;
  let delay = FIRST;
  let wasAbsent = '';
  let busy = false;
  /** Of one look: what belongs to an earlier one has no effect any more. */
  let turn = 0;

  async function check(members: readonly Member[]): Promise<void> {
    const mine = ++turn;
    const there = members.filter(({ status }) => status === 'alive');
    const found = await Promise.all(seeds.map((seed) => isThere(seed, there)));
    if (mine !== turn) return;
    const absent = seeds.filter((_seed, index) => found[index] !== true).map(addressText).join(', ');
    if (absent !== wasAbsent) delay = FIRST;
    wasAbsent = absent;
    if (absent === '') return;
    // What has no address now may have one later.
    const hosts = seeds.filter((_seed, index) => found[index] === false).map(addressText);
    if (hosts.length > 0) {
      report('debug', `${there.length <= 1 ? 'is alone' : 'has not all of its seeds'}: joining ${hosts.join(', ')}`);
      await join(hosts).catch((error: unknown) => report('debug', `cannot join ${hosts.join(', ')}: ${(error as Error).message}`));
    }
    if (mine !== turn) return;
    timer = setTimeout(look, delay);
    delay = Math.min(LONGEST, 2 * delay);
  }

  return {
    look(members) {
      if (seeds.length === 0 || busy) return;
      clearTimeout(timer);
      busy = true;
      check(members).catch((error: unknown) => failed('joining the seeds', error)).finally(() => (busy = false));
    },
    stop() {
      turn++;
      clearTimeout(timer);
    },
  };
}

/** undefined: it has no address now, so that it can neither be found nor joined. */
async function isThere({ host, port }: Address, alive: readonly Member[]): Promise<boolean | undefined> {
  if (alive.some(({ name }) => name === host)) return true;
  const addresses = isIP(host) === 0 ? await addressesOf(host) : [host];
  return addresses.length === 0 ? undefined : alive.some((member) => addresses.includes(member.address) && member.port === port);
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
