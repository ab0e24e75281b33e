/** Answers members that leave, as long as a service of this machine is a HAProxy that is reloaded through its master. */
import type { Report } from '../core/messages.ts';
import type { Balancer } from '../haproxy/balancer.ts';
import type { Master } from '../haproxy/master.ts';
import type { Membership } from '../membership/interface.ts';
import { followPolicies, picked } from '../supervisor/follow-policies.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export type BalancerDoor = Readonly<{
  supervisor: Supervisor;
  members: Pick<Membership, 'list' | 'changed' | 'answer'>;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** Milliseconds for one answer of HAProxy's: who leaves does not wait long. */
const WITHIN = 2000;

/** Costs nothing until there is such a service. */
export function followBalancers({ supervisor, members, report, failed }: BalancerDoor): void {
  const places = new Map<string, string>();
  let loading: Promise<Balancer> | undefined;

  async function load(): Promise<Balancer> {
    const [{ createBalancer }, { createMaster }] = await Promise.all([import('../haproxy/balancer.ts'), import('../haproxy/master.ts')]);
    const isUp = (name: string): boolean => supervisor.roster.get(name)?.state.name === 'running';
    return createBalancer({
      members, failed,
      masters: () => [...places].filter(([name]) => isUp(name)).map(([, place]): Master => createMaster(place, { within: WITHIN })),
      report: (text) => report({ type: 'note', level: 'warn', text }),
    });
  }

  const owned = (work: Promise<unknown>): void => void work.catch((error: unknown) => failed('draining at the balancer', error));

  followPolicies(supervisor, ({ reload }) => reload?.haproxy?.master, (name, place) => {
    if (place === undefined) places.delete(name);
    else places.set(name, place);
    if (places.size > 0) owned(loading ??= load());
    if (places.size > 0 || loading === undefined) return;
    owned(loading.then((balancer) => balancer.stop()));
    loading = undefined;
  });
  supervisor.journal.subscribe(({ event, service }) => {
    if (event !== 'service-reloaded' && event !== 'service-ready' && event !== 'service-up') return;
    if (service === undefined || loading === undefined || picked(supervisor.roster.get(service), ({ reload }) => reload?.haproxy) === undefined) return;
    owned(loading.then((balancer) => balancer.forgotten()));
  });
}
