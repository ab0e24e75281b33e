/** A provider's listener that remembers. */
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/core/address.ts';
import type { SerfPlan } from '../../src/core/membership-plan.ts';
import { sortMembers, type Member } from '../../src/core/members.ts';
import type { Agent, Listener, Provider } from '../../src/membership/provider.ts';
import { followSerf } from '../../src/membership/rpc/follow.ts';

export type Heard = Listener & {
  lists: (readonly Member[])[];
  losses: string[];
  reports: string[];
  failures: unknown[];
  /** `name status`, of the last list. */
  now(): string[];
  answers: Record<string, (payload: string) => Promise<string | undefined> | undefined>;
};

export function remember(): Heard {
  const heard: Heard = {
    lists: [], losses: [], reports: [], failures: [], answers: {},
    list: (members) => void heard.lists.push(sortMembers(members)),
    lost: (reason) => void heard.losses.push(reason),
    report: (level, text) => void heard.reports.push(`${level}: ${text}`),
    failed: (where, error) => void heard.failures.push([where, error]),
    asked: (query, payload) => heard.answers[query]?.(payload),
    now: () => (heard.lists.at(-1) ?? []).map(({ name, status }) => `${name} ${status}`),
  };
  return heard;
}

/** Ends with the test. */
export function follow(port: number, plan: Partial<SerfPlan> = {}, patience?: number): Heard & { provider: Provider & { agent: Agent } } {
  const heard = remember();
  const rpc: Address = { host: '127.0.0.1', port };
  const provider = followSerf({
    provider: 'serf', rpc, authKey: undefined, authKeyFile: undefined, seeds: [], service: 'serf', interval: 30_000, ...plan,
  }, heard, patience);
  onTestFinished(() => provider.stop());
  return Object.assign(heard, { provider });
}
