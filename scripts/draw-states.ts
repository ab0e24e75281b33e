/**
 * Draws the life of a service as a Mermaid diagram, found by asking the core's table about every state and event, and
 * puts it into src/core/README.md between the two markers. `npm run draw` writes; test/core/drawing.test.ts compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULTS, type Definition } from '../src/core/definition.ts';
import type { Event, EventOf, EventType, SpawnFailure } from '../src/core/events.ts';
import { PERMANENT_FAILURE } from '../src/core/exit.ts';
import { PLAIN, type Policy } from '../src/core/policy.ts';
import { newService, step, type Service, type State, type StateName } from '../src/core/service.ts';

export const README = path.resolve(import.meta.dirname, '../src/core/README.md');
const BEGIN = '<!-- drawn by npm run draw: begin -->';
const END = '<!-- drawn by npm run draw: end -->';

/** The text of a README with the diagram as the table has it now. Throws when a marker is missing. */
export function withDrawing(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`cannot draw into ${README}: expected the lines "${BEGIN}" and "${END}"; put them back`);
  return `${text.slice(0, begin)}${BEGIN}\n\`\`\`mermaid\n${draw()}\n\`\`\`\n${text.slice(end)}`;
}

const AT = 100_000;
const PID = 2;
const failure: SpawnFailure = { code: 'ENOENT', step: 'file', subject: './run', hopeless: true };
const definition: Definition = { ...DEFAULTS, name: 'any', directory: '/any', fingerprint: '1', killAfter: 1000 };

const STATES: { [N in StateName]: Extract<State, { name: N }>[] } = {
  down: [{ name: 'down' }],
  backingOff: [{ name: 'backingOff', until: AT, failure: undefined }, { name: 'backingOff', until: AT, failure }],
  spawning: [{ name: 'spawning', program: 'run' }, { name: 'spawning', program: 'finish' }, { name: 'spawning', program: 'down' }],
  running: [{ name: 'running', pid: PID, ready: false, paused: false, health: undefined }],
  stopping: [{ name: 'stopping', pid: PID, kills: 0, step: 0 }],
  finishing: [{ name: 'finishing', program: 'finish', pid: PID, kills: 0 }, { name: 'finishing', program: 'down', pid: PID, kills: 0 }],
  failed: [{ name: 'failed', why: 'finish asked for it' }, { name: 'failed', why: 'wrong definition' }],
  done: [{ name: 'done' }],
};

const EVENTS: { [T in EventType]: EventOf<T> } = {
  upWanted: { type: 'upWanted', at: AT },
  downWanted: { type: 'downWanted', at: AT },
  downInsisted: { type: 'downInsisted', at: AT },
  leaveWanted: { type: 'leaveWanted', at: AT },
  onceWanted: { type: 'onceWanted', at: AT },
  restartWanted: { type: 'restartWanted', at: AT },
  reloadWanted: { type: 'reloadWanted', at: AT },
  pauseWanted: { type: 'pauseWanted', at: AT },
  continueWanted: { type: 'continueWanted', at: AT },
  signalWanted: { type: 'signalWanted', at: AT, signal: 'SIGTERM' },
  redefined: { type: 'redefined', at: AT, definition },
  spawned: { type: 'spawned', at: AT, pid: PID },
  spawnFailed: { type: 'spawnFailed', at: AT, failure },
  becameReady: { type: 'becameReady', at: AT, pid: PID },
  healthChanged: { type: 'healthChanged', at: AT, pid: PID, healthy: false, detail: 'no answer' },
  mainPidTold: { type: 'mainPidTold', at: AT, pid: PID, mainPid: PID + 1 },
  statusTold: { type: 'statusTold', at: AT, pid: PID, text: 'at work' },
  stopCommandEnded: { type: 'stopCommandEnded', at: AT, pid: PID },
  reloadEnded: { type: 'reloadEnded', at: AT, pid: PID, failure: undefined },
  exited: { type: 'exited', at: AT, pid: PID, exit: { code: 0 } },
  deadlinePassed: { type: 'deadlinePassed', at: AT },
};
/** An exit code that means more than that it has ended gets an arrow of its own, where it leads elsewhere. */
const PERMANENT: Event = { ...EVENTS.exited, exit: { code: PERMANENT_FAILURE } };
const EVENTS_BY_LABEL: readonly (readonly [label: string, event: Event])[] = [...Object.entries(EVENTS), [`exited ${PERMANENT_FAILURE}`, PERMANENT]];

/** Everything besides state and event on which a cell may depend. */
type Circumstances = Readonly<{
  wanted: Service['wanted']; hasFinish: boolean; shortLife: boolean; asked: boolean; success: boolean; says: keyof typeof POLICIES;
}>;
const BOTH = [true, false];
const health: Policy['health'] = { probe: undefined, watchdog: 1, retries: 1, startPeriod: 0, interval: 1, timeout: 1, onFailure: 'restart' };
/** What service.yaml says, as far as it leads elsewhere. */
const POLICIES = {
  'nothing': { ...PLAIN, health },
  'restart never': { ...PLAIN, health, restart: 'never' },
  'a oneshot': { ...PLAIN, kind: 'oneshot', restart: 'never' },
  'a oneshot with down': { ...PLAIN, kind: 'oneshot', restart: 'never', down: ['undo'] },
  'a mistake': { ...PLAIN, health, faults: ['a mistake'] },
} as const satisfies Record<string, Policy>;
const CIRCUMSTANCES: readonly Circumstances[] = (Object.keys(POLICIES) as (keyof typeof POLICIES)[]).flatMap((says) =>
  (['up', 'once', 'down'] as const).flatMap((wanted) => BOTH.flatMap((hasFinish) => BOTH.flatMap((shortLife) => BOTH.flatMap((asked) =>
    BOTH.map((success) => ({ wanted, hasFinish, shortLife, asked, success, says })))))));

export function draw(): string {
  const arrows = new Map<string, string[]>();
  for (const state of Object.values(STATES).flat()) {
    for (const [label, event] of EVENTS_BY_LABEL) {
      for (const [target, when] of targets(state, event)) {
        const arrow = `  ${nodeOf(state)} --> ${target}`;
        const text = [label, ...conditions(when)].join(' ');
        const texts = arrows.get(arrow) ?? [];
        const told = texts.includes(label) || texts.includes(text) || (event === PERMANENT && nodeOf(state) !== 'finishing');
        if (target !== nodeOf(state) && !told) arrows.set(arrow, [...texts, text]);
      }
    }
  }
  return [
    'stateDiagram-v2',
    '  state "spawning run" as spawningRun',
    '  state "spawning finish" as spawningFinish',
    '  state "spawning down" as spawningDown',
    '  state "undoing" as undoing',
    '  [*] --> down',
    ...[...arrows].map(([arrow, texts]) => `${arrow}: ${texts.join(', ')}`),
  ].join('\n');
}

/** Where the event leads, and under which circumstances. */
function targets(state: State, event: Event): Map<string, Circumstances[]> {
  const found = new Map<string, Circumstances[]>();
  for (const when of CIRCUMSTANCES) {
    const startedAt = when.shortLife ? AT - 10 : 0;
    const service: Service = {
      ...newService({ ...definition, hasFinish: when.hasFinish, policy: POLICIES[when.says] }, 'n6', 0),
      wanted: when.wanted, asked: when.asked, state, startedAt, diedAt: AT, endedAt: AT, lastExit: { code: when.success ? 0 : 1 },
    };
    if (!canBe(service)) continue;
    const happens: Event = event === EVENTS.exited ? { ...EVENTS.exited, exit: { code: when.success ? 0 : 1 } } : event;
    const target = nodeOf(step(service, happens).service.state);
    found.set(target, [...(found.get(target) ?? []), when]);
  }
  return found;
}

/** What is not understood does not run; only what can be undone is; nothing is judged that has been asked for; what is done is wanted. */
function canBe({ state, definition: { policy }, wanted }: Service): boolean {
  if (policy.kind === 'oneshot' && wanted === 'once') return false;
  const lives = state.name !== 'down' && state.name !== 'failed';
  if (lives && policy.faults.length > 0) return false;
  if (state.name === 'failed' && (state.why === 'wrong definition') !== policy.faults.length > 0) return false;
  if (state.name === 'done') return policy.kind === 'oneshot' && wanted === 'up';
  return !('program' in state) || state.program !== 'down' || policy.down !== undefined;
}

/** What all the cases have in common: what must be so for the arrow to be taken. */
function conditions(cases: readonly Circumstances[]): string[] {
  const always = (is: (when: Circumstances) => boolean): boolean => cases.every(is);
  const found = [
    always(({ wanted }) => wanted === 'down') ? 'not wanted' : always(({ wanted }) => wanted !== 'down') ? 'wanted' : '',
    always(({ hasFinish }) => hasFinish) ? 'with finish' : always(({ hasFinish }) => !hasFinish) ? 'no finish' : '',
    always(({ shortLife }) => shortLife) ? 'short life' : '',
    always(({ says }) => says === 'a mistake') ? 'a mistake in service.yaml' : '',
    always(({ says }) => says === 'a oneshot with down') ? 'with down' : always(({ says }) => says === 'a oneshot') ? 'without down'
      : always(({ says }) => says.startsWith('a oneshot')) ? 'oneshot' : always(({ says }) => says === 'restart never') ? 'restart never' : '',
    always(({ success }) => success) ? 'success' : always(({ success }) => !success) ? 'failure' : '',
    always(({ asked }) => asked) ? 'asked for' : always(({ asked }) => !asked) ? 'not asked for' : '',
  ].filter((word) => word !== '');
  return found.length === 0 ? [] : [`[${found.join(', ')}]`];
}

function nodeOf(state: State): string {
  if (state.name === 'finishing' && state.program === 'down') return 'undoing';
  return state.name === 'spawning' ? `spawning${state.program[0]!.toUpperCase()}${state.program.slice(1)}` : state.name;
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === import.meta.filename) writeFileSync(README, withDrawing(readFileSync(README, 'utf8')));
