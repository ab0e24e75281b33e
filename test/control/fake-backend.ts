/** A supervisor without services, for the doors: the test says what becomes of each command. */
import type { Backend, GraphNode, KnownMember, PublicEvent, RescanOutcome, RunEnvironment, WaitOutcome, Why } from '../../src/control/backend.ts';
import type { CommandName, Goal } from '../../src/core/commands.ts';
import type { Status } from '../../src/core/status.ts';
import { noUsage, type Usage } from '../../src/core/usage.ts';

export type FakeBackend = Backend & {
  /** What was asked, in order, such as `kill web SIGUSR1`. */
  readonly asked: string[];
  /** Changes or adds a service, and wakes those who wait for it. */
  set(name: string, change?: Partial<Status>): void;
  remove(name: string): void;
  announce(event: PublicEvent['event'], fields?: Record<string, unknown>): PublicEvent;
  /** What a command does; at first nothing. */
  onCommand: (name: string, command: CommandName) => void;
  rescanOutcome: RescanOutcome;
  shuttingDown: boolean;
  version: string;
  /** What there is beside its name and state. */
  whys: Map<string, Partial<Why>>;
  environments: Map<string, RunEnvironment>;
  nodes: GraphNode[] | undefined;
  readonly known: KnownMember[];
  /** What services use; undefined: it cannot be known. */
  usage: Map<string, Partial<Usage>> | undefined;
  /** Services that are being reloaded. */
  reloads: Set<string>;
  changing: boolean;
  pokes: { source: string; environment: Readonly<Record<string, string>>; input: string }[];
  readonly waiting: () => number;
  readonly listening: () => number;
};

export const status = (name: string, change: Partial<Status> = {}): Status => ({
  name, state: 'down', wanted: 'down', pid: null, paused: false, since: '2026-11-22T10:00:00.000Z', uptime: null,
  restarts: 0, lastExit: null, stale: false, why: 'not started', description: '', health: null, tries: null, nextTry: null, reload: null,
  nextRun: null, skipped: 0, degraded: '', ...change,
});
export const up = (pid: number): Partial<Status> => ({ state: 'up', wanted: 'up', pid, uptime: 2, why: '' });
export const down: Partial<Status> = { state: 'down', wanted: 'down', pid: null, uptime: null, why: 'exit 0 after 2.0 s' };

export function fakeBackend(names: readonly string[] = []): FakeBackend {
  const services = new Map(names.map((name) => [name, status(name)]));
  const listeners = new Set<(event: PublicEvent) => void>();
  const waiters = new Set<() => void>();
  const recent: PublicEvent[] = [];
  let seq = 0;
  const wake = (): void => {
    for (const waiter of [...waiters]) waiter();
  };
  const backend: FakeBackend = {
    asked: [],
    logs: () => Promise.resolve({
      began: '2026-11-22T10:00:00.000Z', captures: () => false, newest: () => 0, lines: () => ({ lines: [], lost: 0 }), subscribe: () => () => undefined,
    }),
    templates: () => undefined,
    graph: () => (backend.nodes === undefined ? undefined : {
      nodes: () => backend.nodes!,
      busy: () => backend.changing,
      change: () => Promise.reject(new Error('nothing can be changed here')),
    }),
    whys: new Map(),
    environments: new Map(),
    nodes: undefined,
    usage: new Map(),
    reloads: new Set(),
    changing: false,
    onCommand: () => undefined,
    rescanOutcome: { added: [], changed: [], removed: [], problems: [] },
    shuttingDown: false,
    version: '0.1.0',
    pokes: [],
    waiting: () => waiters.size,
    listening: () => listeners.size,
    set(name, change = {}) {
      services.set(name, { ...(services.get(name) ?? status(name)), ...change });
      wake();
    },
    remove(name) {
      services.delete(name);
      wake();
    },
    announce(event, fields = {}) {
      const full: PublicEvent = { seq: ++seq, at: new Date(0).toISOString(), event, ...fields };
      recent.push(full);
      if (recent.length > 100) recent.shift();
      for (const listener of listeners) listener(full);
      return full;
    },
    info: () => ({
      version: backend.version, pid: 1, startedAt: '2026-11-22T10:00:00.000Z', directory: '/etc/services.d', shuttingDown: backend.shuttingDown,
      reexecutions: 0, seq,
    }),
    statuses: () => [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    status: (name) => services.get(name),
    why(name) {
      const service = services.get(name);
      if (service === undefined) return undefined;
      const { state, why } = service;
      const rest = { paragraph: `${name} is ${state}: ${why}.`, deaths: [], waitsFor: [], nextTry: null, tries: null, reload: null, faults: [] };
      return { name, state, ...rest, ...backend.whys.get(name) };
    },
    usages: (names) => Promise.resolve(backend.usage && names.map((name) => ({ ...noUsage(name), ...backend.usage!.get(name) }))),
    environment: (name) => (services.has(name) ? backend.environments.get(name) ?? { failure: `${name} has none` } : undefined),
    reloading: (name) => backend.reloads.has(name),
    command(name, command, signal) {
      if (!services.has(name)) return false;
      backend.asked.push([command, name, ...(signal === undefined ? [] : [signal])].join(' '));
      backend.onCommand(name, command);
      return true;
    },
    waitFor: (name, goal, timeout, abort) => new Promise<WaitOutcome>((resolve) => {
      const end = (outcome: WaitOutcome): void => {
        clearTimeout(timer);
        waiters.delete(look);
        resolve(outcome);
      };
      const look = (): void => {
        const service = services.get(name);
        if (service === undefined) end('removed');
        else if (fulfils(service, goal)) end('reached');
        else if (service.state === 'failed') end('failed');
      };
      const timer = timeout === undefined ? undefined : setTimeout(() => end('timed out'), timeout);
      waiters.add(look);
      abort.addEventListener('abort', () => end('timed out'));
      look();
    }),
    known: [],
    members: () => ({ source: backend.known.length === 0 ? 'none' : 'handlers', fresh: true, since: null, members: backend.known }),
    metrics: () => Promise.resolve('# EOF\n'),
    rescan() {
      backend.asked.push('rescan');
      return Promise.resolve(backend.rescanOutcome);
    },
    shutdown(reason) {
      backend.asked.push(`shutdown: ${reason}`);
      backend.shuttingDown = true;
    },
    reexecute() {
      backend.asked.push('reexec');
      return Promise.resolve(backend.shuttingDown ? 'the supervisor is shutting down' : undefined);
    },
    poke(source, { environment, input }) {
      if (source !== 'serf') throw new TypeError(`nobody understands the source "${source}"; there is serf`);
      backend.pokes.push({ source, environment, input });
      return [backend.announce('members-changed')];
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recent: () => [...recent],
  };
  return backend;
}

function fulfils({ state }: Status, goal: Goal): boolean {
  if (goal === 'down') return state === 'down' || state === 'failed';
  return state === 'ready' || (state === 'up' && goal === 'up');
}
