/**
 * A balancer's part in the leaving of a member: whose tag `state` is `draining` gets no new client at once, and its question whether it is
 * drained is answered, with yes, when no worker has a session for it any more.
 */
import type { Master } from './master.ts';
import { isDrained, setServers, type ServerState } from './drain.ts';

/** Asked with the name of a member; answered with `yes`, or not at all. */
export const DRAINED = 'n6-drained';

/** As much of a member of the cluster as is needed (core/members.ts). */
export type Leaver = Readonly<{ name: string; address: string; status: string; tags: Readonly<Record<string, string>> }>;

export type BalancerOptions = Readonly<{
  members: Readonly<{
    list(): Readonly<{ members: readonly Leaver[] }>;
    changed(listener: () => void): () => void;
    answer(query: string, handler: (payload: string) => Promise<string | undefined>): () => void;
  }>;
  /** Of each HAProxy that runs here. */
  masters(): readonly Master[];
  /** A sentence, the same one once in a row. */
  report(text: string): void;
  failed(where: string, error: unknown): void;
}>;

export type Balancer = Readonly<{
  /** A HAProxy has begun, or has read its configuration again: it knows nothing of what it was told. */
  forgotten(): void;
  stop(): void;
}>;

/** Milliseconds for an answer: who asks waits half a second for it, and then asks again. */
const PATIENCE = 350;
/** Milliseconds between two looks at sessions that are about to end. */
const PAUSE = 25;

const isDraining = ({ status, tags }: Leaver): boolean => (status === 'alive' || status === 'leaving') && tags['state'] === 'draining';

export function createBalancer({ members, masters, report, failed }: BalancerOptions): Balancer {
  /** By name: who was told to go, with the address by which they are known. */
  let draining = new Map<string, Leaver>();
  let stopped = false;
  let said = '';
  /** One after the other: what is told last is the truth. */
  let work: Promise<void> = Promise.resolve();

  function tell(text: string): void {
    if (text !== said) report(text);
    said = text;
  }

  function put(member: Leaver, state: ServerState): void {
    work = work.then(async () => {
      for (const master of stopped ? [] : masters()) {
        try {
          await setServers(master, member, state);
        } catch (error) {
          tell(`cannot set the servers of ${JSON.stringify(member.name)} to ${state}: ${(error as Error).message}`);
        }
      }
    }).catch((error: unknown) => failed('draining', error));
  }

  function look(): void {
    const all = members.list().members;
    const now = new Map(all.filter(isDraining).map((member) => [member.name, member]));
    for (const [name, member] of now) if (!draining.has(name)) put(member, 'drain');
    for (const [name, member] of draining) {
      const back = now.has(name) ? undefined : all.find((one) => one.name === name && one.status === 'alive');
      if (back !== undefined) put({ ...back, address: member.address }, 'ready');
    }
    draining = now;
  }

  /** Only who says of itself that it goes: anybody can ask, and nobody is taken out of use by somebody else's question. */
  async function answer(name: string): Promise<string | undefined> {
    const asked = masters();
    for (const end = performance.now() + PATIENCE; asked.length > 0 && !stopped;) {
      const member = members.list().members.find((one) => one.name === name);
      if (member !== undefined && isDraining(member) && await everywhere(asked, member)) return 'yes';
      if (performance.now() + PAUSE > end) return undefined;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    return undefined;
  }

  async function everywhere(asked: readonly Master[], member: Leaver): Promise<boolean> {
    try {
      const drained = await Promise.all(asked.map((master) => isDrained(master, member)));
      return drained.every((yes) => yes);
    } catch (error) {
      tell(`cannot drain ${JSON.stringify(member.name)}: ${(error as Error).message}`);
      return false;
    }
  }

  const unfollow = members.changed(look);
  const silence = members.answer(DRAINED, answer);
  look();
  return {
    forgotten() {
      for (const member of draining.values()) put(member, 'drain');
    },
    stop() {
      stopped = true;
      unfollow();
      silence();
    },
  };
}
