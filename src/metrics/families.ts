/** THE list of metrics: what each is called, means, and is made of. The reference is made of it. Pure. */
import { PUBLIC_STATES, type Status } from '../core/status.ts';
import { BUCKETS, type Counts, type Histogram, type Stage } from '../supervisor/tally.ts';
import { boundText, type Family, type Sample } from './openmetrics.ts';

/** What n6 itself is, at the moment of the question. */
export type Facts = Readonly<{
  version: string;
  node: string;
  /** Seconds since 1970. */
  startedAt: number;
  shuttingDown: boolean;
  reexecutions: number;
  /** Bytes. */
  residentMemory: number;
  /** Seconds, of all threads. */
  cpu: number;
  /** Seconds that a whole turn of the event loop has just taken. */
  loopDelay: number;
  /** Seconds since the start in which the loop worked, and waited. */
  loop: Readonly<{ active: number; idle: number }>;
}>;

export type Seen = Readonly<{ statuses: readonly Status[]; counts: Counts; facts: Facts }>;

type Metric = Omit<Family, 'name' | 'samples'> & Readonly<{ labels: readonly string[]; samples(seen: Seen): Sample[] }>;

export const METRICS: Readonly<Record<string, Metric>> = {
  n6_build: {
    type: 'info', labels: ['version', 'node'], help: 'Versions of n6 and of the Node that runs it.',
    samples: ({ facts: { version, node } }) => [{ suffix: '_info', labels: { version, node }, value: 1 }],
  },
  n6_start_time_seconds: gauge('When the supervisor began, in seconds since 1970.', ({ startedAt }) => startedAt, 'seconds'),
  n6_shutting_down: gauge('1 while the ordered shutdown is going on.', ({ shuttingDown }) => Number(shuttingDown)),
  n6_reexecutions: counter('How many times the supervisor has replaced itself.', ({ reexecutions }) => reexecutions),
  n6_services: {
    type: 'gauge', labels: ['state'], help: 'Services in each state.',
    samples: ({ statuses }) => PUBLIC_STATES.map((state) => sample({ state }, statuses.filter((status) => status.state === state).length)),
  },
  n6_service_up: service('1 while run has a process, or a oneshot is done.', ({ uptime, state }) => Number(uptime !== null || state === 'done')),
  n6_service_ready: service('1 while it can be used: up, ready or done.', ({ state }) => Number(['up', 'ready', 'done'].includes(state))),
  n6_service_healthy: service('1 or 0 as its health check says, where that has said something in this life.', ({ health }) =>
    (health === null ? undefined : Number(health === 'healthy'))),
  n6_service_restarts: {
    type: 'counter', labels: ['service'], help: 'Starts of a service by itself, after its process had ended.',
    samples: ({ statuses }) => statuses.map(({ name, restarts }) => sample({ service: name }, restarts, '_total')),
  },
  n6_service_exits: {
    type: 'counter', labels: ['service', 'code'], help: 'Ends of run by exit code, or by the name of the signal.',
    samples: ({ statuses, counts }) => statuses.flatMap(({ name }) =>
      [...counts.services.get(name)?.exits ?? []].map(([code, count]) => sample({ service: name, code }, count, '_total'))),
  },
  n6_service_reloads: {
    type: 'counter', labels: ['service', 'result'], help: 'Reloads that have ended, by how.',
    samples: ({ statuses, counts }) => statuses.flatMap(({ name }) => {
      const reloads = counts.services.get(name)?.reloads;
      if (reloads === undefined || reloads.ok + reloads.failed === 0) return [];
      return (['ok', 'failed'] as const).map((result) => sample({ service: name, result }, reloads[result], '_total'));
    }),
  },
  n6_service_start_seconds: {
    type: 'histogram', unit: 'seconds', labels: ['stage', 'le'],
    help: 'From the decision to start until the process is there (up), and until it has said that it is ready.',
    samples: ({ counts }) => (['up', 'ready'] as const).flatMap((stage) => histogram(stage, counts.starts[stage])),
  },
  n6_hook_failures: {
    type: 'counter', labels: ['event'], help: 'Hooks that could not be run, failed, or took too long, by their event.',
    samples: ({ counts }) => [...counts.hookFailures].map(([event, count]) => sample({ event }, count, '_total')),
  },
  n6_zombies_reaped: {
    type: 'counter', labels: [], help: 'Orphans that have ended and were reaped: processes that n6 has not started.',
    samples: ({ counts }) => [sample({}, counts.orphans, '_total')],
  },
  n6_event_loop_delay_seconds: gauge('How long a whole turn of the event loop has taken, measured for this answer.', ({ loopDelay }) => loopDelay, 'seconds'),
  n6_event_loop_active_seconds: counter('Time in which the event loop worked.', ({ loop }) => loop.active, 'seconds'),
  n6_event_loop_idle_seconds: counter('Time in which the event loop waited.', ({ loop }) => loop.idle, 'seconds'),
  n6_process_cpu_seconds: counter('CPU time of the supervisor itself.', ({ cpu }) => cpu, 'seconds'),
  n6_process_resident_memory_bytes: gauge('Resident memory of the supervisor itself.', ({ residentMemory }) => residentMemory, 'bytes'),
};

export const familiesOf = (seen: Seen): Family[] =>
  Object.entries(METRICS).map(([name, { type, unit, help, samples }]) =>
    ({ name, type, help, samples: samples(seen), ...(unit === undefined ? {} : { unit }) }));

function sample(labels: Sample['labels'], value: number, suffix: Sample['suffix'] = ''): Sample {
  return { suffix, labels, value };
}

function gauge(help: string, value: (facts: Facts) => number, unit?: Family['unit']): Metric {
  return { type: 'gauge', labels: [], help, ...(unit === undefined ? {} : { unit }), samples: ({ facts }) => [sample({}, value(facts))] };
}

function counter(help: string, value: (facts: Facts) => number, unit?: Family['unit']): Metric {
  return { type: 'counter', labels: [], help, ...(unit === undefined ? {} : { unit }), samples: ({ facts }) => [sample({}, value(facts), '_total')] };
}

/** undefined: there is nothing to say of this one. */
function service(help: string, value: (status: Status) => number | undefined): Metric {
  return {
    type: 'gauge', labels: ['service'], help,
    samples: ({ statuses }) => statuses.flatMap((status) => {
      const said = value(status);
      return said === undefined ? [] : [sample({ service: status.name }, said)];
    }),
  };
}

/** Buckets count what is in the smaller ones, too. */
function histogram(stage: Stage, { count, sum, buckets }: Histogram): Sample[] {
  let below = 0;
  return [
    ...BUCKETS.map((bound, index) => sample({ stage, le: boundText(bound) }, below += buckets[index]!, '_bucket')),
    sample({ stage, le: boundText(Infinity) }, count, '_bucket'),
    sample({ stage }, count, '_count'),
    sample({ stage }, sum, '_sum'),
  ];
}
