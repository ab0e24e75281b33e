/** Who knows the members of the cluster, opened after the services; and how this machine leaves it before they stop. */
import type { SerfPlan } from '../core/membership-plan.ts';
import type { Level, Report } from '../core/messages.ts';
import type { Settings } from '../core/settings.ts';
import type { Agent, MembersReader, Provider } from '../membership/provider.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { followBalancers } from './balancer.ts';
import { leaveCluster } from './leaving.ts';
import type { Plan } from './plan.ts';

export type OpenMembership = Readonly<{
  /** Until the next start: this life is about to end. */
  stop(): void;
  start(): Promise<void>;
  /** Leaves the cluster, and then calls back, in time: services may be stopped. At once where there is none to leave. */
  leaving: (act: () => void) => void;
}>;

export type MembershipOptions = Readonly<{
  plan: Plan;
  supervisor: Supervisor;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** Milliseconds: an agent that ends by itself so soon, and calls it a success, was refused by the cluster. */
const REFUSED_WITHIN = 10_000;

export async function openMembership(options: MembershipOptions & { membership: NonNullable<Plan['membership']> }): Promise<OpenMembership> {
  const { plan, supervisor, report, failed, membership } = options;
  const { members } = supervisor;
  const { createProvider } = await import('../membership/provider.ts');
  let provider: Provider | undefined;
  const listener = {
    ...members.follow(membership.provider, () => provider),
    report: (level: Level, text: string) => report({ type: 'note', level, text }),
    failed,
  };
  const readMembers: MembersReader = async () => {
    if (membership.provider !== 'static' || membership.file === undefined) return undefined;
    const { readMembersFile } = await import('../servicedir/yaml/n6-file.ts');
    const { members: read, problems } = readMembersFile({ file: membership.file, common: membership.common });
    for (const problem of problems) report({ type: 'problem', problem });
    return read;
  };
  if (membership.provider === 'serf') {
    watchAgent(membership, options);
    followBalancers({ supervisor, members, report, failed });
  }
  const start = async (): Promise<void> => {
    provider = await createProvider(membership, listener, readMembers);
  };
  await start();
  return {
    start,
    stop() {
      provider?.stop();
      provider = undefined;
    },
    leaving(act) {
      const agent = membership.provider === 'serf' ? supervisedAgent(membership, supervisor) : undefined;
      if (agent === undefined || membership.provider !== 'serf') return act();
      leaveCluster({ agent, supervisor, service: membership.service, limit: drainLimit(plan.settings, plan.grace), report })
        .catch((error: unknown) => failed('leaving the cluster', error))
        .then(act).catch((error: unknown) => failed('taking services down', error));
    },
  };
}

/** Services must have some of the grace, too. */
export const drainLimit = ({ N6_DRAIN }: Pick<Settings, 'N6_DRAIN'>, grace: number): number => Math.min(N6_DRAIN, Math.floor((grace * 2) / 3));

/** An agent that somebody else runs stays in the cluster for somebody else. */
function supervisedAgent({ service }: SerfPlan, { roster, members }: Supervisor): Agent | undefined {
  return roster.get(service)?.state.name === 'running' ? members.agent() : undefined;
}

/** Its service says when it is worth asking, and when it was refused: of two members with one name the later one ends with 0 (spec/peers section 7). */
function watchAgent({ service }: SerfPlan, { supervisor, report }: MembershipOptions): void {
  let upAt: number | undefined;
  supervisor.journal.subscribe((event) => {
    if (event.service !== service) return;
    if (event.event === 'service-up') {
      upAt = Date.parse(event.at);
      supervisor.members.look();
    } else if (event.event === 'service-stopping') {
      upAt = undefined;
    } else if (event.event === 'service-exited' && upAt !== undefined) {
      const lived = Date.parse(event.at) - upAt;
      upAt = undefined;
      if (event['exitCode'] !== 0 || lived > REFUSED_WITHIN) return;
      const text = `the agent ended with 0 after ${lived} ms, and nobody had asked it to: another member may have its name; `
        + 'give each a name of its own (-node), such as the host name of its container';
      report({ type: 'note', level: 'warn', service, text });
    }
  });
}
