/** Random plays: the dice, and a check of a step function against all laws. */
import fc from 'fast-check';
import { PLAIN, RESTART_POLICIES, type GiveUp, type Health, type Policy, type ReloadPlan, type StopPlan } from '../../src/core/policy.ts';
import { step } from '../../src/core/service.ts';
import { definition } from '../help/definition.ts';
import { leaveAlone } from './quiet.ts';
import { make, newWorld, type Move, type StepFunction } from './world.ts';

const milliseconds = fc.oneof(fc.constantFrom(0, 1, 999, 1000, 1001, 3000, 5000, 10_000), fc.integer({ min: 0, max: 12_000 }));
const limit = fc.option(fc.constantFrom(0, 500, 3000), { nil: undefined });

const orNothing = <T>(...values: T[]): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, ...values);
const policies = fc.record({
  kind: fc.constantFrom('longrun' as const, 'oneshot' as const),
  restart: fc.constantFrom(...RESTART_POLICIES),
  successes: fc.constantFrom<Policy['successes']>([0], [0], [0, 143, 'SIGTERM']),
  backoff: orNothing({ initial: 1000, factor: 2, max: 3000, jitter: 0.1, resetAfter: 5000 }, { initial: 0, factor: 1, max: 0, jitter: 1, resetAfter: 0 }),
  giveUp: orNothing<GiveUp>(
    { after: 1, within: undefined, then: 'fail' }, { after: 3, within: undefined, then: 'shutdown' }, { after: 2, within: 4000, then: 'fail' },
  ),
  critical: fc.boolean(),
  stop: orNothing<StopPlan>(
    { steps: [{ signal: 'SIGUSR1', within: 1000 }, { signal: 'SIGTERM', within: 3000 }], command: undefined, commandWithin: 0, group: true },
    { steps: [{ signal: 'SIGUSR1', within: 0 }, { signal: 'SIGKILL', within: undefined }], command: ['stop'], commandWithin: 1000, group: false },
    { steps: [{ signal: 'SIGTERM', within: undefined }], command: ['stop'], commandWithin: 1000, group: true },
  ),
  reload: orNothing<ReloadPlan>({ signal: undefined, command: undefined, check: ['check'], verify: undefined, within: 1000 }),
  ready: fc.constantFrom<Policy['ready']>(undefined, { by: 'notify' }),
  readyWithin: orNothing(0, 3000),
  health: orNothing<Health>(...(['restart', 'none'] as const).map((onFailure) =>
    ({ probe: undefined, watchdog: 1000, retries: 1, startPeriod: 0, interval: 1000, timeout: 1000, onFailure }))),
  down: orNothing(['undo']),
  faults: fc.constantFrom<Policy['faults']>([], [], [], ['a mistake']),
}).map((changes): Policy => ({ ...PLAIN, ...changes }));

const definitions = fc.record({
  startsDown: fc.boolean(),
  notificationDescriptor: fc.constantFrom(undefined, 3),
  hasFinish: fc.boolean(),
  killAfter: limit,
  finishWithin: limit,
  tallySize: fc.constantFrom(0, 1, 3, 100),
  policy: fc.oneof(fc.constant(PLAIN), policies),
}).map((changes) => definition({ ...changes, fingerprint: JSON.stringify(changes) }));

const exit = fc.oneof(
  fc.constantFrom(0, 0, 1, 125, 125).map((code) => ({ code })),
  fc.constant({ signal: 'SIGSEGV', number: 11, dumped: true }),
);
const wishes = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...(['upWanted', 'downWanted', 'downInsisted', 'onceWanted', 'restartWanted'] as const)).map((type) => ({ type })) },
  { weight: 2, arbitrary: fc.constantFrom(...(['reloadWanted', 'pauseWanted', 'continueWanted'] as const)).map((type) => ({ type })) },
  { weight: 1, arbitrary: fc.constant({ type: 'leaveWanted' as const }) },
  { weight: 1, arbitrary: fc.constantFrom('SIGTERM', 'SIGKILL', 'SIGUSR1').map((signal) => ({ type: 'signalWanted' as const, signal })) },
);

const tellers = fc.constantFrom('the process', 'the process', 'a former one');

const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: wishes.map((event): Move => ({ do: 'ask', event })) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      outcome: fc.constantFrom('process', 'process', 'process', 'process', 'temporary', 'hopeless'),
      nature: fc.constantFrom('obedient', 'obedient', 'deaf', 'stuck'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds, ring: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), exit }) },
  { weight: 5, arbitrary: fc.constant<Move>({ do: 'reap' }) },
  { weight: 2, arbitrary: tellers.map((by): Move => ({ do: 'write newline', by })) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), definition: definitions }) },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'tell a foreign exit' }) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.boolean(), tellers, fc.constantFrom('tell health', 'tell health', 'tell a status', 'change its main process'))
      .map(([healthy, by, act]): Move => ({ do: act, by, healthy })),
  },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'end the stop command' }) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, { step: 'check', detail: 'no' } as const).map((failure): Move => ({ do: 'end the reload', failure })) },
);

const games = fc.record({
  definition: definitions,
  rule: fc.constantFrom('n6', 's6'),
  moves: fc.array(moves, { maxLength: 120, size: 'max' }),
});

type Outcome = { events: number; plays: number; failure: string | undefined };

/** Plays `plays` games with a step function; `events` is how many the core was given, `failure` the shortest game that breaks a law. */
export function check(plays: number, stepFunction: StepFunction = step, { shrink = true }: { shrink?: boolean } = {}): Outcome {
  let events = 0;
  const property = fc.property(games, (game) => {
    const world = newWorld(stepFunction, game.definition, game.rule);
    try {
      for (const move of game.moves) make(world, move);
      leaveAlone(world);
    } finally {
      events += world.events;
    }
  });
  const { failed, numRuns, errorInstance, seed, counterexamplePath, counterexample } = fc.check(property, { numRuns: plays, endOnFailure: !shrink });
  if (!failed) return { events, plays: numRuns, failure: undefined };
  const game = counterexample?.[0];
  const moves = (game?.moves ?? []).map((move) => JSON.stringify(move));
  const replay = `seed ${seed}, path ${counterexamplePath}`;
  return { events, plays: numRuns, failure: [String(errorInstance), replay, JSON.stringify({ ...game, moves: undefined }), ...moves].join('\n') };
}
