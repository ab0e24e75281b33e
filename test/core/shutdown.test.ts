import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEAVE_BEHIND_AFTER, shutdownStep, type Limits, type Phase, type ShutdownEffect, type ShutdownEvent } from '../../src/core/shutdown.ts';

const limits = (changes: Partial<Limits> = {}): Limits => ({ grace: 8000, services: undefined, rest: undefined, longestKillAfter: 0, ...changes });

const effectText = (effect: ShutdownEffect): string =>
  effect.type === 'signalRest' ? effect.signals.join('+') : effect.type === 'setDeadline' ? `deadline ${effect.at}` : effect.type;

/** Each line: when, what happened, what it led to. */
function play(given: Limits, story: readonly (readonly [at: number, type: ShutdownEvent['type'], outcome: string])[]): void {
  let phase: Phase = { name: 'serving' };
  const outcomes = story.map(([at, type]) => {
    const next = shutdownStep(phase, { type, at }, given);
    phase = next.phase;
    return `${at} ${type} -> ${[phase.name, ...next.effects.map(effectText)].join(', ')}`;
  });
  expect(outcomes).toEqual(story.map(([at, type, outcome]) => `${at} ${type} -> ${outcome}`));
}

const PLEASE = 'SIGTERM+SIGHUP+SIGCONT';

describe('plays', () => {
  test('services, then the rest, then the end; no limit is waited out', () => play(limits(), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
    [40, 'servicesDown', `ending, ${PLEASE}, deadline 8000`],
    [50, 'nothingLeft', 'over, end'],
  ]));

  test('services that do not stop are killed with the rest when the grace is over', () => play(limits(), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
    [8000, 'deadlinePassed', 'killing, SIGKILL, deadline 10000'],
    [8001, 'servicesDown', 'killing'],
    [8002, 'nothingLeft', 'over, end'],
  ]));

  test('what is left after the services is killed when the grace is over', () => play(limits(), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
    [3000, 'servicesDown', `ending, ${PLEASE}, deadline 8000`],
    [8000, 'deadlinePassed', 'killing, SIGKILL, deadline 10000'],
    [8001, 'nothingLeft', 'over, end'],
  ]));

  test('what outlives SIGKILL is left behind', () => play(limits(), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
    [8000, 'deadlinePassed', 'killing, SIGKILL, deadline 10000'],
    [10_000, 'deadlinePassed', 'over, SIGKILL, end'],
  ]));

  test('S6_SERVICES_GRACETIME ends the part of the services, not the whole', () => play(limits({ services: 3000 }), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 3000'],
    [3000, 'deadlinePassed', `ending, ${PLEASE}, deadline 8000`],
    [3100, 'servicesDown', 'ending'],
    [3200, 'nothingLeft', 'over, end'],
  ]));

  test('S6_KILL_GRACETIME limits the time between TERM and KILL', () => play(limits({ rest: 500 }), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
    [1000, 'servicesDown', `ending, ${PLEASE}, deadline 1500`],
    [1500, 'deadlinePassed', 'killing, SIGKILL, deadline 3500'],
    [1501, 'nothingLeft', 'over, end'],
  ]));

  test('neither part is longer than the whole', () => play(limits({ services: 60_000, rest: 60_000 }), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
    [7000, 'servicesDown', `ending, ${PLEASE}, deadline 8000`],
  ]));

  test('a service with a longer timeout-kill extends the grace, and is killed by its own rule first', () => play(limits({ longestKillAfter: 20_000 }), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 22000'],
    [20_010, 'servicesDown', `ending, ${PLEASE}, deadline 22000`],
    [20_020, 'nothingLeft', 'over, end'],
  ]));

  test('a second request kills what is left at once', () => {
    play(limits(), [
      [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
      [100, 'shutdownWanted', 'killing, SIGKILL, deadline 2100'],
      [101, 'nothingLeft', 'over, end'],
    ]);
    play(limits(), [
      [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
      [100, 'servicesDown', `ending, ${PLEASE}, deadline 8000`],
      [200, 'shutdownWanted', 'killing, SIGKILL, deadline 2200'],
      [201, 'shutdownWanted', 'killing'],
      [202, 'nothingLeft', 'over, end'],
    ]);
  });

  test('the same request, heard twice in a tenth of a second, is one', () => play(limits(), [
    [0, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8000'],
    [1, 'shutdownWanted', 'stoppingServices'],
    [2, 'servicesDown', `ending, ${PLEASE}, deadline 8000`],
    [99, 'shutdownWanted', 'ending'],
    [100, 'shutdownWanted', 'killing, SIGKILL, deadline 2100'],
  ]));

  test('before it begins and after it is over nothing leads to anything', () => play(limits(), [
    [0, 'servicesDown', 'serving'],
    [1, 'nothingLeft', 'serving'],
    [2, 'deadlinePassed', 'serving'],
    [3, 'shutdownWanted', 'stoppingServices, stopServices, deadline 8003'],
    [4, 'nothingLeft', 'stoppingServices'],
    [5, 'servicesDown', `ending, ${PLEASE}, deadline 8003`],
    [6, 'nothingLeft', 'over, end'],
    [7, 'shutdownWanted', 'over'],
    [8, 'servicesDown', 'over'],
    [9, 'deadlinePassed', 'over'],
    [10, 'nothingLeft', 'over'],
  ]));
});

const duration = fc.oneof(fc.constantFrom(0, 1, 3000, 8000), fc.integer({ min: 0, max: 20_000 }));
const optional = fc.option(duration, { nil: undefined });
const game = fc.record({
  given: fc.record({ grace: duration, services: optional, rest: optional, longestKillAfter: duration }),
  moves: fc.array(fc.record({
    wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4000 })),
    type: fc.constantFrom<ShutdownEvent['type'][]>('servicesDown', 'nothingLeft', 'nothingLeft', 'shutdownWanted', 'deadlinePassed', 'deadlinePassed'),
  }), { maxLength: 12 }),
});

type Trace = { at: number; event: ShutdownEvent['type']; effect: ShutdownEffect }[];

/** Asked to end at 0, then the moves; deadlines ring when due, maybe late; left alone at last, they ring in time. */
function run({ given, moves }: { given: Limits; moves: readonly { wait: number; type: ShutdownEvent['type'] }[] }): Trace {
  const trace: Trace = [];
  let phase = { name: 'serving' } as Phase;
  let deadline = Infinity;
  let now = 0;
  const give = (type: ShutdownEvent['type']): void => {
    const next = shutdownStep(phase, { type, at: now }, given);
    phase = next.phase;
    for (const effect of next.effects) {
      if (effect.type === 'setDeadline') deadline = effect.at;
      trace.push({ at: now, event: type, effect });
    }
  };
  const ring = (): void => {
    deadline = Infinity;
    give('deadlinePassed');
  };
  give('shutdownWanted');
  for (const { wait, type } of moves) {
    now += wait;
    if (type !== 'deadlinePassed') give(type);
    else if (deadline <= now) ring();
  }
  for (let rings = 0; rings < 4 && deadline !== Infinity && phase.name !== 'over'; rings++) {
    now = Math.max(now, deadline);
    ring();
  }
  if (phase.name !== 'over') throw new Error(`law broken: it always ends, not in ${phase.name}`);
  return trace;
}

describe('random plays', () => {
  const runs = { numRuns: 3000 };

  test('it always ends, once, and does nothing after', () => {
    fc.assert(fc.property(game, (given) => {
      const trace = run(given);
      expect(trace.filter(({ effect }) => effect.type === 'end')).toHaveLength(1);
      expect(trace.at(-1)!.effect.type).toBe('end');
      expect(trace.filter(({ effect }) => effect.type === 'stopServices')).toHaveLength(1);
    }), runs);
  });

  test('nobody is killed before the limit, unless hurried', () => {
    fc.assert(fc.property(game, ({ given, moves }) => {
      const trace = run({ given, moves });
      const kill = trace.find(({ effect }) => effect.type === 'signalRest' && effect.signals.includes('SIGKILL'));
      if (kill === undefined || kill.event === 'shutdownWanted') return;
      const asked = trace.find(({ effect }) => effect.type === 'signalRest' && effect.signals.includes('SIGTERM'));
      const whole = Math.max(given.grace, given.longestKillAfter + LEAVE_BEHIND_AFTER);
      const limit = asked === undefined ? whole : Math.min(whole, asked.at + (given.rest ?? Infinity));
      expect(kill.at).toBeGreaterThanOrEqual(limit);
    }), runs);
  });

  test('every deadline lies within the whole, and what follows the last SIGKILL', () => {
    fc.assert(fc.property(game, ({ given, moves }) => {
      const whole = Math.max(given.grace, given.longestKillAfter + LEAVE_BEHIND_AFTER);
      for (const { at, effect } of run({ given, moves })) {
        if (effect.type === 'setDeadline') expect(effect.at).toBeLessThanOrEqual(Math.max(whole, at + LEAVE_BEHIND_AFTER));
      }
    }), runs);
  });
});
