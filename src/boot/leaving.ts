/**
 * Drain before leave: the member says that it is draining (tag `state=draining`), asks the cluster until somebody confirms
 * that nothing is sent to it any more (query `n6-drained`, with its name), and leaves. Then its services may stop.
 */
import type { Report } from '../core/messages.ts';
import type { Answer } from '../membership/interface.ts';
import type { Agent } from '../membership/provider.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** Asked with a member's name; answered with `yes` by who sends nothing to it any more. */
export const DRAINED = 'n6-drained';
/** A handler of an agent that is a script ends its answer with a newline. */
const isYes = ({ payload }: Answer): boolean => payload.trim() === 'yes';
/** Milliseconds that one query has, and that the agent has to leave: by default it takes 1.3 s. */
const ROUND = 500;
const LEAVE = 3000;

export type LeavingOptions = Readonly<{
  agent: Agent;
  supervisor: Supervisor;
  /** The agent. */
  service: string;
  /** Milliseconds for the draining; 0: it leaves at once. */
  limit: number;
  report(report: Report): void;
}>;

export async function leaveCluster({ agent, supervisor, service, limit, report }: LeavingOptions): Promise<void> {
  const { members, now } = supervisor;
  const begunAt = now();
  const say = (level: 'info' | 'warn', text: string): void => report({ type: 'note', level, text });
  const self = agent.self();
  const others = members.list().members.filter(({ name, status }) => status === 'alive' && name !== self);
  // It ends by itself when it has left, and is not to be started again then.
  supervisor.give(service, { type: 'onceWanted' });
  try {
    // Who confirms for others has nobody who confirms for it.
    if (self !== undefined && limit > 0 && others.length > 0 && !members.answers(DRAINED)) {
      await agent.setTags({ state: 'draining' });
      const by = await confirmed(agent, self, () => limit - (now() - begunAt));
      const took = Math.round(now() - begunAt);
      if (by === undefined) say('warn', `nobody confirmed in ${took} ms (N6_DRAIN) that ${self} is drained; leaving the cluster`);
      else say('info', `${by} confirmed after ${took} ms that ${self} is drained; leaving the cluster`);
    }
    await agent.leave(LEAVE);
  } catch (error) {
    say('warn', `cannot leave the cluster in order: ${(error as Error).message}; services stop all the same`);
  }
}

/** Who said so; undefined: nobody in time. */
async function confirmed(agent: Agent, self: string, left: () => number): Promise<string | undefined> {
  while (left() > 0) {
    const answers = await agent.query(DRAINED, self, Math.ceil(Math.min(ROUND, left())), (heard) => heard.some(isYes));
    const yes = answers.find(isYes);
    if (yes !== undefined) return yes.from;
  }
  return undefined;
}
