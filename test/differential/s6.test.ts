/**
 * 13xx: the same random commands and deaths under the real s6-svscan and under n6, seen by s6's own clients. N6_SEED and
 * N6_STEPS (for each service) repeat a run, or make a longer one; N6_VICE tries one service alone.
 */
import { describe, expect, test } from 'vitest';
import { realWorld, worldOf } from '../control/s6/worlds.ts';
import { svc, type World } from '../control/s6/clients.ts';
import { supervise, type Files } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { spelled, stepsOf, VICES, type Vice } from './vices.ts';
import { witness, type Observation, type Witness } from './witness.ts';

const SEED = Number(process.env.N6_SEED ?? 1);
const STEPS = Number(process.env.N6_STEPS ?? 10);
const TRIED = VICES.filter(({ name }) => name === (process.env.N6_VICE ?? name));
/** A step is a few seconds at the most: a second between lives, and the machine may be busy. */
const LIMIT = 60_000 + STEPS * 6000;
/** Quiet in both worlds, but not the same: so long one of them may still be late. */
const LATE = 2000;

describe.runIf(lacking('s6-svscan', 's6-svc').length === 0)('s6-svscan and n6', () => {
  test(`1301 random commands and deaths, seed ${SEED}, ${STEPS} steps for each service`, async () => {
    const files: Files = Object.fromEntries(TRIED.flatMap(({ name, files }) => Object.entries(files).map(([file, text]) => [`${name}/${file}`, text])));
    const real = await realWorld(files);
    const machine = await supervise(files, { environment: { N6_RESTART_RULE: 's6' }, arguments: ['--no-watch'] });
    const ours = worldOf(machine);
    const mismatches = await Promise.all(TRIED.map((vice) => compare(vice, real, ours)));
    // s6-svscan would wait for it.
    for (const world of [real, ours]) for (const { name, deaf } of TRIED) if (deaf?.includes('d') === true) await svc(world, '-dk', name);
    expect(mismatches.filter(Boolean).join('\n')).toBe('');
    expect(machine.output()).not.toContain('internal error');
  }, LIMIT);
});

/** The first disagreement, in words. */
async function compare(vice: Vice, real: World, ours: World): Promise<string> {
  const witnesses = await Promise.all([real, ours].map((world) => witness(world, vice)));
  const steps = stepsOf(SEED, vice, STEPS);
  const done: string[] = [];
  try {
    await Promise.all(witnesses.map((each) => each.rest()));
    for (const each of witnesses) each.forget();
    for (const step of steps) {
      done.push(spelled(step));
      await Promise.all(witnesses.map((each) => each.act(step)));
      const [theirs, mine] = await agreed(witnesses);
      if (JSON.stringify(theirs) !== JSON.stringify(mine)) return told(vice, done, theirs, mine);
      for (const each of witnesses) each.forget();
    }
    return '';
  } catch (error) {
    return `seed ${SEED}, ${vice.name} after ${done.join(', ')}: ${String(error)}`;
  }
}

async function agreed(witnesses: readonly Witness[]): Promise<readonly [Observation, Observation]> {
  const end = Date.now() + LATE;
  for (;;) {
    const [theirs, mine] = await Promise.all(witnesses.map((each) => each.observe()));
    if (JSON.stringify(theirs) === JSON.stringify(mine) || Date.now() > end) return [theirs!, mine!];
  }
}

const told = ({ name }: Vice, steps: readonly string[], theirs: Observation, mine: Observation): string => [
  `seed ${SEED}, ${name} after ${steps.join(', ')}`,
  ...(Object.keys(theirs) as (keyof Observation)[]).filter((key) => theirs[key] !== mine[key]).map((key) => `  ${key}: s6 "${theirs[key]}", n6 "${mine[key]}"`),
].join('\n');
