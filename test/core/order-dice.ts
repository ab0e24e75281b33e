/** Random graphs, and random commands and deaths on them. */
import fc from 'fast-check';
import { newOrderWorld, type Member, type OrderFunction, type OrderMove } from './order-world.ts';

const LETTERS = [...'abcdefghijkl'];

/** Each points only at letters before it, so that there is no circle. */
const members = fc.integer({ min: 2, max: LETTERS.length }).chain((size) => fc.tuple(...LETTERS.slice(0, size).map((_, i) => fc.record({
  needs: fc.subarray(LETTERS.slice(0, i), { maxLength: Math.min(i, 2) }),
  bound: fc.boolean(),
  wants: fc.subarray(LETTERS.slice(0, i), { maxLength: Math.min(i, 1) }),
  after: fc.subarray(LETTERS.slice(0, i), { maxLength: Math.min(i, 1) }),
  says: fc.boolean(),
}))).map((all): Record<string, Member> =>
  Object.fromEntries(all.map(({ bound, ...rest }, i) => [LETTERS[i]!, { ...rest, restarts: bound ? rest.needs : [] }]))));

const letter = fc.constantFrom(...LETTERS);
const direction = fc.constantFrom('up' as const, 'down' as const);
const some = fc.subarray(LETTERS, { minLength: 1, maxLength: 3 });
const written = fc.constantFrom(...(['upWanted', 'downWanted', 'restartWanted', 'onceWanted'] as const));
const moves: fc.Arbitrary<OrderMove> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ask' as const), direction, names: some, lasting: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('write' as const), event: written, name: letter }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('answer' as const, 'ready' as const), name: letter }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('ring' as const, 'ring' as const, 'refuse' as const), name: letter }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('die' as const), name: letter, code: fc.constantFrom(0, 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), direction, name: letter }) },
);

const games = fc.record({ members, moves: fc.array(moves, { maxLength: 150, size: 'max' }) });

type Outcome = { commands: number; events: number; games: number; failure: string | undefined };

/** Plays until the dice have thrown `commands` commands and deaths; `failure`: the shortest game that breaks a law. */
export function roll(commands: number, order?: OrderFunction, { shrink = true }: { shrink?: boolean } = {}): Outcome {
  const outcome: Outcome = { commands: 0, events: 0, games: 0, failure: undefined };
  while (outcome.commands < commands && outcome.failure === undefined) {
    const { failed, numRuns, errorInstance, seed, counterexamplePath, counterexample } = fc.check(fc.property(games, (game) => {
      const world = newOrderWorld(game.members, order);
      for (const move of game.moves) {
        // A letter that this graph has not is a throw that counts for nothing.
        const meant = move.do === 'ask' ? { ...move, names: move.names.filter((name) => name in game.members) } : move;
        if ('name' in meant && !(meant.name in game.members)) continue;
        outcome.commands++;
        world.make(meant);
      }
      world.rest();
      outcome.events += world.events();
    }), { numRuns: 500, endOnFailure: !shrink });
    outcome.games += numRuns;
    if (failed) {
      const game = counterexample?.[0];
      const words = [game?.members, ...game?.moves ?? []].map((part) => JSON.stringify(part));
      outcome.failure = [String(errorInstance), `seed ${seed}, path ${counterexamplePath}`, ...words].join('\n');
    }
  }
  return outcome;
}
