import { describe, expect, test } from 'vitest';
import { orderStep, type OrderEvent, type Standing } from '../../src/core/order.ts';
import { roll } from './order-dice.ts';
import type { OrderFunction } from './order-world.ts';

/** The long form: N6_COMMANDS=1000000 npx vitest run --project fast test/core/order-random.test.ts */
const COMMANDS = Number(process.env.N6_COMMANDS ?? 50_000);

test(`${COMMANDS} random commands and deaths leave nothing stuck, doubled or out of its order`, () => {
  const { failure, commands, events, games } = roll(COMMANDS);
  expect(failure).toBeUndefined();
  expect(commands).toBeGreaterThanOrEqual(COMMANDS);
  if (process.env.N6_COMMANDS !== undefined) console.log(`${games} graphs, ${commands} commands and deaths, ${events} events: no law broken`);
}, 3_600_000);

const NONE: ReadonlySet<string> = new Set();
const blind = (field: 'needsOf' | 'neededBy' | 'softOf' | 'softBy' | 'restartedWith'): OrderFunction =>
  (view, event) => orderStep({ graph: { ...view.graph, [field]: () => NONE }, at: (name) => view.at(name) }, event);

/** Of one kind of event, what it means for others, or for the name itself, is forgotten. */
const forgetful = (type: OrderEvent['type'], keeps: (own: boolean, standing: Standing) => boolean): OrderFunction => (view, event) => {
  const step = orderStep(view, event);
  if (event.type !== type || !('name' in event)) return step;
  return { ...step, standings: new Map([...step.standings].filter(([name, standing]) => keeps(name === event.name, standing))) };
};

const PLANTED: Readonly<Record<string, OrderFunction>> = {
  'a start does not wait for what it needs': blind('needsOf'),
  'a stop does not wait for who needs it': blind('neededBy'),
  'a start does not wait for what it wants': blind('softOf'),
  'who only wants it is not told that nobody comes': blind('softBy'),
  'the end of a need ends nobody': blind('restartedWith'),
  'a failure is told to nobody': forgetful('failed', (own) => own),
  'a death is told to nobody': forgetful('fell', (own) => own),
  'what has gone down is taken for what is on its way': forgetful('moved', (own, { place }) => !own || place !== 'down'),
  'what is ready wakes nobody': (view, event) => {
    const step = orderStep(view, event);
    return event.type === 'moved' ? { ...step, effects: step.effects.filter(({ type }) => type !== 'move') } : step;
  },
  'a failure of a need ends a lasting wish': (view, event) => orderStep(view, event.type === 'asked' ? { ...event, lasting: false } : event),
  'what is asked for once stays for ever': (view, event) => orderStep(view, event.type === 'asked' ? { ...event, lasting: true } : event),
  'a stop does not end a wait': (view, event) => {
    if (event.type !== 'asked' || event.direction === 'up') return orderStep(view, event);
    return orderStep(view, { ...event, names: [...event.names].filter((name) => view.at(name).place !== 'down') });
  },
};

describe('a planted bug is caught', () => {
  for (const [bug, wrong] of Object.entries(PLANTED)) {
    test(bug, () => {
      expect(roll(200_000, wrong, { shrink: false }).failure).toMatch(/law broken/);
    });
  }
});
