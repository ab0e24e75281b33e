/** Random plays: the dice, and a check of a step function against all laws. */
import fc from 'fast-check';
import { step } from '../../src/core/service.ts';
import { definition } from '../help/definition.ts';
import { leaveAlone } from './quiet.ts';
import { make, newWorld, type Move, type StepFunction } from './world.ts';

const milliseconds = fc.oneof(fc.constantFrom(0, 1, 999, 1000, 1001, 3000, 5000, 10_000), fc.integer({ min: 0, max: 12_000 }));
const limit = fc.option(fc.constantFrom(0, 500, 3000), { nil: undefined });

const definitions = fc.record({
  startsDown: fc.boolean(),
  notificationDescriptor: fc.constantFrom(undefined, 3),
  hasFinish: fc.boolean(),
  killAfter: limit,
  finishWithin: limit,
  tallySize: fc.constantFrom(0, 1, 3, 100),
}).map((changes) => definition({ ...changes, fingerprint: JSON.stringify(changes) }));

const exit = fc.oneof(
  fc.constantFrom(0, 1, 125, 125).map((code) => ({ code })),
  fc.constant({ signal: 'SIGSEGV', number: 11, dumped: true }),
);
const wishes = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...(['upWanted', 'downWanted', 'downInsisted', 'onceWanted', 'restartWanted'] as const)).map((type) => ({ type })) },
  { weight: 2, arbitrary: fc.constantFrom(...(['reloadWanted', 'pauseWanted', 'continueWanted'] as const)).map((type) => ({ type })) },
  { weight: 1, arbitrary: fc.constant({ type: 'leaveWanted' as const }) },
  { weight: 1, arbitrary: fc.constantFrom('SIGTERM', 'SIGKILL', 'SIGUSR1').map((signal) => ({ type: 'signalWanted' as const, signal })) },
);

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
  { weight: 2, arbitrary: fc.constantFrom('the process', 'the process', 'a former one').map((by): Move => ({ do: 'write newline', by })) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), definition: definitions }) },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'tell a foreign exit' }) },
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
