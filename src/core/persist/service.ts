/** A service as it is at any moment of its life, and where it stands in the order of all. */
import type { ReloadFailure, SpawnFailure } from '../events.ts';
import type { Exit } from '../exit.ts';
import type { Node } from '../graph.ts';
import type { ChangeFailure, Standing } from '../order-events.ts';
import { RESTART_RULES } from '../restart.ts';
import type { Death, Service, State } from '../state.ts';
import { either, flag, list, moment, natural, number, object, oneOf, optional, pid, tagged, text, type Codec } from './codec.ts';
import { definitionCodec } from './policy.ts';

export const exitCodec: Codec<Exit> = either(
  object<Extract<Exit, { code: number }>>({ code: natural }),
  object<Extract<Exit, { signal: string }>>({ signal: text, number: natural, dumped: flag }),
);

export const spawnFailureCodec: Codec<SpawnFailure> = object<SpawnFailure>({
  code: text,
  step: oneOf(
    'lock', 'namespace', 'directory', 'file', 'mode', 'hashbang', 'interpreter', 'descriptor', 'process', 'account', 'tool', 'environment', 'secret', 'rights',
  ),
  subject: text,
  hopeless: flag,
  again: optional(flag),
}, ['again']);

const reloadFailure: Codec<ReloadFailure> = object<ReloadFailure>({ step: oneOf('check', 'reload', 'verify'), detail: text });

const program = oneOf('run', 'finish', 'down');

const stateCodec: Codec<State> = tagged<'name', State>('name', {
  down: object({}),
  backingOff: object({ until: number, failure: optional(spawnFailureCodec) }),
  spawning: object({ program }),
  running: object({ pid, ready: flag, paused: flag, health: optional(oneOf('healthy', 'unhealthy')) }),
  stopping: object({ pid, kills: natural, step: number }),
  finishing: object({ program: oneOf('finish', 'down'), pid, kills: natural }),
  done: object({}),
  failed: object<Omit<Extract<State, { name: 'failed' }>, 'name'>>({
    why: oneOf('finish asked for it', 'gave up', 'not restarted', 'wrong definition'), failure: spawnFailureCodec,
  }, ['failure']),
});

const death: Codec<Death> = object<Death>({ startedAt: moment, at: number, exit: exitCodec });

export const serviceCodec: Codec<Service> = object<Service>({
  definition: definitionCodec,
  nextDefinition: optional(definitionCodec),
  rejected: optional(definitionCodec),
  rule: oneOf(...RESTART_RULES),
  wanted: oneOf('up', 'once', 'down'),
  since: moment,
  startedAt: moment,
  readyAt: optional(moment),
  diedAt: moment,
  endedAt: moment,
  lastExit: optional(exitCodec),
  group: natural,
  condemned: optional(text),
  ailment: optional(text),
  said: text,
  reloading: optional(object({ pid, again: flag })),
  reload: optional(object({ at: number, failure: optional(reloadFailure) })),
  tries: natural,
  failures: list(number),
  asked: flag,
  leaving: flag,
  restarts: natural,
  deaths: list(death),
  state: stateCodec,
});

const changeFailure: Codec<ChangeFailure> = tagged<'type', ChangeFailure>('type', {
  exited: object({ code: number }),
  crashed: object({ signal: number }),
  timedOut: object({}),
  cannotStart: object({ why: text }),
});

export const directionCodec = oneOf('up', 'down');

export const standingCodec: Codec<Standing> = object<Standing>({
  place: oneOf('down', 'rising', 'ready', 'fallen', 'falling'),
  goal: optional(directionCodec),
  lasting: flag,
  stumbled: flag,
  failure: optional(changeFailure),
});

export const nodeCodec: Codec<Node> = object<Node>({
  name: text, kind: oneOf('oneshot', 'longrun', 'bundle'), needs: list(text), restarts: list(text), wants: list(text), after: list(text),
  contents: list(text), essential: flag, timeoutUp: optional(number), timeoutDown: optional(number),
});
