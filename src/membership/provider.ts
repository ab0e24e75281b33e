/** Who knows the members: what each of the providers is to n6, and what it needs. */
import type { MembershipPlan, StaticMember } from '../core/membership-plan.ts';
import type { Member } from '../core/members.ts';
import type { Level } from '../core/messages.ts';
import type { Answer } from './interface.ts';

export type Listener = Readonly<{
  /** The whole list, as it is now. */
  list(members: readonly Member[]): void;
  /** It cannot be asked at present. `reason`: a sentence, without its end. */
  lost(reason: string): void;
  report(level: Level, text: string): void;
  failed(where: string, error: unknown): void;
  /** A query has come; undefined, or what that resolves to: nobody here answers it. */
  asked(query: string, payload: string): Promise<string | undefined> | undefined;
}>;

export type Provider = Readonly<{
  /** Something may have changed: reads again, now. */
  look(): void;
  /** For good. */
  stop(): void;
  /** Only with an agent of this machine. Each rejects while it cannot be reached. */
  agent: Agent | undefined;
}>;

export type Agent = Readonly<{
  /** Its own name in the cluster; undefined: it has not been reached yet. */
  self(): string | undefined;
  setTags(tags: Readonly<Record<string, string | undefined>>): Promise<void>;
  query(name: string, payload: string, timeout: number, enough?: (answers: readonly Answer[]) => boolean): Promise<readonly Answer[]>;
  /** Resolves when the cluster has been told, and the agent ends. */
  leave(timeout: number): Promise<void>;
}>;

/** Of a plan with `file`: undefined: it could not be read, which has been told. */
export type MembersReader = () => Promise<readonly StaticMember[] | undefined>;

export async function createProvider(plan: MembershipPlan, listener: Listener, readMembers: MembersReader): Promise<Provider> {
  switch (plan.provider) {
    case 'serf': return (await import('./rpc/follow.ts')).followSerf(plan, listener);
    case 'static': return (await import('./static.ts')).followStatic(plan, listener, readMembers);
    case 'dns': return (await import('./dns.ts')).followDns(plan, listener);
  }
}
