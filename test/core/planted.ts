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
  'the death tally grows for ever': instead('running', 'exited', (right, service) =>
    ({ ...right, service: { ...right.service, deaths: [...service.deaths, { at: 0, exit: { code: 0 } }] } })),
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
