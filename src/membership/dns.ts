/** Members that the DNS knows: `tasks.web` of Docker Swarm, a headless service of Kubernetes. */
import { Resolver } from 'node:dns/promises';
import { addressText } from '../core/address.ts';
import type { DnsPlan } from '../core/membership-plan.ts';
import type { Member } from '../core/members.ts';
import { addressOf, isNobody } from './names.ts';
import type { Listener, Provider } from './provider.ts';

/** Milliseconds for one question, and how often it is put. */
const TIMEOUT = 2000;
const TRIES = 2;

/** Who says that there is no such name says that nobody is there; who says nothing leaves the last list. */
export function followDns(plan: DnsPlan, listener: Listener): Provider {
  const resolver = new Resolver({ timeout: TIMEOUT, tries: TRIES });
  if (plan.server !== undefined) resolver.setServers([addressText(plan.server)]);
  let stopped = false;
  let looking = false;
  let told = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    if (looking || stopped) return;
    looking = true;
    clearTimeout(timer);
    try {
      const members = plan.kind === 'srv' ? await services() : await addresses();
      if (stopped) return;
      if (told) listener.report('info', `the DNS answers again for ${plan.name}`);
      told = false;
      listener.list(members);
    } catch (error) {
      if (!stopped) lost(error as Error);
    } finally {
      looking = false;
      if (!stopped) timer = setTimeout(() => void look(), plan.interval);
    }
  }

  function lost({ message }: Error): void {
    listener.lost(message);
    if (!told) listener.report('warn', `cannot look up ${plan.name}: ${message}; the last list of members stays, and it is tried again`);
    told = true;
  }

  const memberOf = (name: string, address: string, port = plan.common.port): Member => ({ name, address, ...plan.common, port, status: 'alive' });

  async function addresses(): Promise<Member[]> {
    const found = await Promise.all([orNobody(resolver.resolve4(plan.name)), orNobody(resolver.resolve6(plan.name))]);
    return found.flat().map((address) => memberOf(address, address));
  }

  async function services(): Promise<Member[]> {
    const records = await orNobody(resolver.resolveSrv(plan.name));
    // Several ports of one host are several members.
    const hosts = records.map(({ name }) => name);
    const members = await Promise.all(records.map(async ({ name, port }): Promise<Member[]> => {
      const [address] = [...await orNobody(resolver.resolve4(name)), ...await orNobody(resolver.resolve6(name))];
      const fallback = address ?? await addressOf(name);
      const isOne = hosts.indexOf(name) === hosts.lastIndexOf(name);
      return fallback === undefined ? [] : [memberOf(isOne ? name : `${name}:${port}`, fallback, port)];
    }));
    return members.flat();
  }

  void look();
  return {
    look: () => void look(),
    stop() {
      stopped = true;
      clearTimeout(timer);
      resolver.cancel();
    },
    agent: undefined,
  };
}

async function orNobody<T>(asked: Promise<T[]>): Promise<T[]> {
  try {
    return await asked;
  } catch (error) {
    if (isNobody(error)) return [];
    throw error;
  }
}
