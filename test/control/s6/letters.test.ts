import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { S6_LETTERS, SCAN_LETTERS } from '../../../src/control/s6/letters.ts';
import { COMMANDS } from '../../../src/core/commands.ts';
import { newService, step, type Service, type State } from '../../../src/core/service.ts';
import { definition } from '../../help/definition.ts';

const inState = (state: State): Service => ({ ...newService(definition({ stopSignal: 'SIGUSR1' }), 's6', 0), wanted: 'up', state });
const STATES: readonly State[] = [
  { name: 'down' }, { name: 'backingOff', until: 9, failure: undefined }, { name: 'spawning', program: 'run' }, { name: 'spawning', program: 'finish' },
  { name: 'running', pid: 7, ready: false, paused: false, health: undefined }, { name: 'stopping', pid: 7, kills: 0, step: 0 },
  { name: 'finishing', program: 'finish', pid: 8, kills: 0 },
  { name: 'failed', why: 'finish asked for it' },
];

/** What the core does with a letter: the service after it, and what is asked of the kernel. */
function given(letter: string, state: State): { wanted: string; state: string; does: string[] } {
  let service = inState(state);
  const does: string[] = [];
  for (const wish of S6_LETTERS[letter]!.wishes(service)) {
    if (wish.type !== 'event') does.push(wish.type);
    else {
      const next = step(service, { ...wish.event, at: 1 });
      service = next.service;
      does.push(...next.effects.flatMap((effect) => (effect.type === 'sendSignal' ? [effect.signal] : effect.type === 'spawnRun' ? ['start'] : [])));
    }
  }
  return { wanted: service.wanted, state: service.state.name, does };
}

test('every letter of spec 1.4 has its meaning, and the core the same for those it names', () => {
  expect(Object.keys(S6_LETTERS).sort().join('')).toBe('12CDKOPQUabcdhiklopqrtuxy');
  const running = inState({ name: 'running', pid: 7, ready: false, paused: false, health: undefined });
  for (const { event, letter } of Object.values(COMMANDS)) {
    if (letter !== undefined && letter !== 'd') expect(S6_LETTERS[letter]!.wishes(running)).toEqual([{ type: 'event', event: { type: event } }]);
  }
});

test('O, Q and o never stop a process, and O and Q never start one', () => {
  for (const state of STATES) {
    for (const letter of ['O', 'Q']) {
      const { wanted, does } = given(letter, state);
      expect(does, `${letter} in ${state.name}`).toEqual(letter === 'Q' ? ['makeDown'] : []);
      expect(['down', 'once'], `${letter} in ${state.name}`).toContain(wanted);
    }
    const starts = ['down', 'backingOff', 'failed'].includes(state.name);
    expect(given('o', state).does, `o in ${state.name}`).toEqual(starts ? ['start'] : []);
  }
});

test('a wish to be down while run is being started is a life that does not come back', () => {
  const { service } = step(inState({ name: 'spawning', program: 'run' }), { type: 'onceWanted', at: 1 });
  expect(step(service, { type: 'spawned', pid: 7, at: 2 }).service).toMatchObject({ wanted: 'down', state: { name: 'running' } });
});

test('r sends the stop signal alone, and nothing where nothing runs', () => {
  for (const state of STATES) expect(given('r', state).does).toEqual(['running', 'stopping'].includes(state.name) ? ['SIGUSR1'] : []);
  expect(given('r', STATES[4]!)).toMatchObject({ wanted: 'up', state: 'running' });
});

test('the reference has every letter with its sentence, and no other', () => {
  const text = readFileSync(path.resolve(import.meta.dirname, '../../../docs/reference/s6-protocol.md'), 'utf8');
  const rows = (head: string): string[][] => {
    const [, after] = text.split(`${head}\n| --- | --- |\n`);
    return after!.split('\n\n')[0]!.trim().split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  };
  expect(rows('| s6-svc | what |')).toEqual(Object.entries(S6_LETTERS).map(([letter, { sentence }]) => [`\`-${letter}\``, sentence]));
  expect(rows('| s6-svscanctl | what |')).toEqual(Object.entries(SCAN_LETTERS).map(([letter, { sentence }]) => [`\`-${letter}\``, sentence]));
});
