/** Wrong step functions: each is the right one with one cell spoilt, as a slip of the pen would spoil it. */
import type { Effect } from '../../src/core/effects.ts';
import type { Event } from '../../src/core/events.ts';
import { step, type Service, type StateName, type Step } from '../../src/core/service.ts';
import type { StepFunction } from './world.ts';

export const PLANTED: Readonly<Record<string, StepFunction>> = {
  'stop does not wait for the process to end':
    instead('running', 'downWanted', (right) => ({ ...right, service: { ...right.service, state: { name: 'down' } } })),
  'stop is forgotten while a start is in flight': instead('spawning', 'downWanted', (_right, service) => ({ service, effects: [] })),
  'start is forgotten while it stops': instead('stopping', 'upWanted', (_right, service) => ({ service, effects: [] })),
  'start is forgotten while finish runs': instead('finishing', 'upWanted', (_right, service) => ({ service, effects: [] })),
  'started again while it runs':
    instead('running', 'upWanted', (right, service) => ({ ...right, effects: [{ type: 'spawnRun', definition: service.definition }] })),
  'the exit of any process is taken for its own':
    (service, event) => step(service, event.type === 'exited' && 'pid' in service.state ? { ...event, pid: service.state.pid } : event),
  'no kill deadline': dropping('stopping', 'setDeadline'),
  'no limit for finish': dropping('finishing', 'setDeadline'),
  'a deadline outlives what it was for': after(({ service, effects }) => ({ service, effects: effects.filter(({ type }) => type !== 'clearDeadline') })),
  'the stop signal finds a stopped process':
    after(({ service, effects }) => ({ service, effects: effects.filter((e) => e.type !== 'sendSignal' || e.signal !== 'SIGCONT') })),
  'the stop signal is not sent': instead('running', 'downWanted', ({ service: next, effects }) =>
    ({ service: next, effects: effects.filter((e) => e.type !== 'sendSignal' || e.signal === 'SIGCONT') })),
  'a signal is sent while finish runs, to what is dead':
    instead('spawning', 'signalWanted', (_right, service) => ({ service, effects: [{ type: 'sendSignal', pid: 102, signal: 'SIGTERM' }] })),
  'the newline of a former life makes it ready':
    instead('running', 'becameReady', (_right, service) => ({ service: { ...service, state: { ...service.state, ready: true } as never }, effects: [] })),
  'the restart delay is skipped':
    after((right) => (right.service.state.name === 'backingOff' && right.service.state.failure === undefined ? launched(right) : right)),
  'finish exiting 125 is taken for any other exit': (service, event) =>
    step(service, event.type === 'exited' && 'code' in event.exit && event.exit.code === 125 ? { ...event, exit: { code: 1 } } : event),
  'what runs once comes back': (service, event) => {
    const right = step(service, event);
    const keeps = event.type === 'spawned' && service.wanted === 'once' && right.service.state.name === 'running';
    return keeps ? { ...right, service: { ...right.service, wanted: 'up' } } : right;
  },
  'a second restart makes a service that runs once one that is kept running':
    instead('stopping', 'restartWanted', (_right, service) => ({ service: { ...service, wanted: 'up', asked: true }, effects: [] })),
  'SIGKILL is sent only once':
    instead('stopping', 'deadlinePassed', (right) => ({ ...right, effects: right.effects.filter(({ type }) => type !== 'setDeadline') })),
  'a back-off does not grow': (service, event) => step({ ...service, tries: 0 }, event),
  'failures are forgotten': (service, event) => step({ ...service, failures: [] }, event),
  'a manual start does not clear the failures': (service, event) => {
    const right = step(service, event);
    return event.type === 'upWanted' ? { ...right, service: { ...right.service, failures: service.failures } } : right;
  },
  'what n6 has ended counts as a success': (service, event) => step({ ...service, condemned: undefined }, event),
  'every end is a failure': (service, event) => step(event.type === 'exited' ? { ...service, condemned: 'unhealthy' } : service, event),
  'a critical service that is stopped ends the container': instead('stopping', 'exited', (right, service) => (
    service.definition.policy.critical ? { ...right, effects: [...right.effects, { type: 'endContainer', service: 'web', code: 0, reason: '' }] } : right)),
  'the container is not ended': after(({ service, effects }) => ({ service, effects: effects.filter(({ type }) => type !== 'endContainer') })),
  'the container is ended twice': after(({ service, effects }) =>
    ({ service, effects: effects.flatMap((effect): Effect[] => (effect.type === 'endContainer' ? [effect, effect] : [effect])) })),
  'the container ends with 0': after(({ service, effects }) =>
    ({ service, effects: effects.map((effect) => (effect.type === 'endContainer' ? { ...effect, code: 0 } : effect)) })),
  'what is done is started again': after((right) => (right.service.state.name === 'done' ? launched(right) : right)),
  'what was done is not undone': instead('done', 'downWanted', (_right, service) => ({ service: { ...service, wanted: 'down' }, effects: [] })),
  'what was not done is undone': instead('failed', 'downWanted', (_right, service) =>
    ({ service: { ...service, state: { name: 'spawning', program: 'down' } }, effects: [{ type: 'spawnDown', definition: service.definition }] })),
  'a step of the stop plan is left out': (service, event) => {
    const skips = service.state.name === 'stopping' && event.type === 'deadlinePassed';
    return step(skips ? { ...service, state: { ...service.state, step: service.state.step + 1 } } : service, event);
  },
  'its signals do not wait for the stop command': (service, event) => {
    const right = step(service, event);
    const early: Effect = { type: 'setDeadline', at: event.at };
    return right.effects.some(({ type }) => type === 'runStopCommand') ? { ...right, effects: [...right.effects, early] } : right;
  },
  'unhealthy is noted, and nothing done': instead('running', 'healthChanged', (right, service) =>
    ({ ...right, service: { ...right.service, state: { ...service.state, health: 'unhealthy' } as never } })),
  'the health of a former process counts': (service, event) =>
    step(service, event.type === 'healthChanged' && 'pid' in service.state ? { ...event, pid: service.state.pid } : event),
  'a former process names the main process': (service, event) =>
    step(service, event.type === 'mainPidTold' && 'pid' in service.state ? { ...event, pid: service.state.pid } : event),
  'readiness is waited for without an end': dropping('running', 'setDeadline'),
  'the deadline of readiness outlives it': instead('running', 'becameReady', ({ service, effects }) =>
    ({ service, effects: effects.filter(({ type }) => type !== 'clearDeadline') })),
  'a reload is forgotten when its process dies': instead('running', 'exited', ({ service, effects }) =>
    ({ service, effects: effects.filter((effect) => effect.type !== 'announce' || effect.announcement.event !== 'service-reloaded') })),
  'two reloads at a time': instead('running', 'reloadWanted', (right, { definition, state }) =>
    (definition.policy.reload === undefined ? right : { ...right, effects: [{ type: 'beginReload', definition, pid: (state as { pid: number }).pid }] })),
  'a definition with a mistake is started': (service, event) =>
    step({ ...service, definition: { ...service.definition, policy: { ...service.definition.policy, faults: [] } } }, event),
  'a mistake in an edited file is taken by what runs': (service, event) => {
    const right = step(service, event);
    const taken = event.type === 'redefined' && service.state.name === 'running';
    return taken ? { ...right, service: { ...right.service, nextDefinition: event.definition } } : right;
  },
  'the death tally grows for ever': instead('running', 'exited', (right, service) =>
    ({ ...right, service: { ...right.service, deaths: [...service.deaths, { startedAt: 0, at: 0, exit: { code: 0 } }] } })),
};

/** Another answer for one cell of the table. */
function instead(state: StateName, event: Event['type'], wrong: (right: Step, service: Service) => Step): StepFunction {
  return (service, given) => {
    const right = step(service, given);
    return service.state.name === state && given.type === event ? wrong(right, service) : right;
  };
}

function after(wrong: (right: Step) => Step): StepFunction {
  return (service, event) => wrong(step(service, event));
}

/** Entering a state without one of its effects. */
function dropping(state: StateName, type: Effect['type']): StepFunction {
  return (service, event) => {
    const { service: next, effects } = step(service, event);
    const entered = next.state.name === state && service.state.name !== state;
    return { service: next, effects: entered ? effects.filter((effect) => effect.type !== type) : effects };
  };
}

function launched({ service, effects }: Step): Step {
  return {
    service: { ...service, state: { name: 'spawning', program: 'run' } },
    effects: [...effects.filter(({ type }) => type !== 'setDeadline'), { type: 'spawnRun', definition: service.definition }],
  };
}
