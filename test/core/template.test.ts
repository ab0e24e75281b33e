/** One template's transaction: plays, and random ones in a world that fails and crashes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isWorking, newTemplate, nextTurns, retryIn, templateStep, TEMPLATE_RETRY, type Template, type TemplateEffect, type TemplateEvent, type TemplateFailure,
  type TemplateTurn,
} from '../../src/core/template.ts';

const WAIT = { min: 1000, max: 5000 };
const refused: TemplateFailure = { step: 'check', reason: 'no', output: 'no' };

function play(...events: TemplateEvent[]): { template: Template; effects: string[] } {
  let template = newTemplate('haproxy', WAIT, true);
  const effects: string[] = [];
  for (const event of events) {
    const turn = templateStep(template, event);
    template = turn.template;
    effects.push(...turn.effects.map((effect) =>
      ('at' in effect ? `${effect.type} ${effect.at}` : 'outcome' in effect ? `${effect.type} ${effect.outcome}` : effect.type)));
  }
  return { template, effects };
}

const begun: TemplateEvent[] = [{ type: 'changed', urgent: true, at: 0 }, { type: 'turnGiven', at: 0 }];

describe('plays', () => {
  test('from a change to the reload, and it is remembered last', () => {
    const steps = [2, 3, 4].map((at): TemplateEvent => ({ type: 'stepEnded', at }));
    const { template, effects } = play(...begun, { type: 'rendered', outcome: 'new', at: 1 }, ...steps);
    expect(effects).toEqual(['clearDeadline', 'takeTurn', 'render', 'check', 'install', 'reload', 'remember', 'ended applied', 'giveTurn']);
    expect(template.state).toBe('idle');
  });

  test('what is as it was ends there', () => {
    expect(play(...begun, { type: 'rendered', outcome: 'same', at: 1 }).effects.slice(-2)).toEqual(['ended unchanged', 'giveTurn']);
  });

  test('changes begin the quiet period anew, until the first of them has waited long enough', () => {
    const changes = [0, 900, 1800, 4500].map((at): TemplateEvent => ({ type: 'changed', urgent: false, at }));
    expect(play(...changes).effects).toEqual(['setDeadline 1000', 'setDeadline 1900', 'setDeadline 2800', 'setDeadline 5000']);
  });

  test('a refused check keeps the file and is tried again, later each time', () => {
    const failed: TemplateEvent = { type: 'stepFailed', failure: refused, lastGood: 'in place', at: 10 };
    const once = play(...begun, { type: 'rendered', outcome: 'new', at: 1 }, failed);
    expect(once.effects.slice(-3)).toEqual(['ended failed', 'giveTurn', 'setDeadline 1010']);
    expect(once.template).toMatchObject({ state: 'backing-off', failures: 1, failure: refused });
    expect([1, 2, 3, 7, 100].map(retryIn)).toEqual([1000, 2000, 4000, TEMPLATE_RETRY.max, TEMPLATE_RETRY.max]);
  });

  test('a refused reload puts the last good file back, and its reader is told once more', () => {
    const { template, effects } = play(...begun, { type: 'rendered', outcome: 'new', at: 1 }, { type: 'stepEnded', at: 2 }, { type: 'stepEnded', at: 3 },
      { type: 'stepFailed', failure: { ...refused, step: 'reload' }, lastGood: 'elsewhere', at: 4 },
      { type: 'stepEnded', at: 5 }, { type: 'stepEnded', at: 6 });
    expect(effects.slice(5)).toEqual(['reload', 'restore', 'reload', 'ended failed', 'giveTurn', 'setDeadline 1006']);
    expect(template.failure?.step).toBe('reload');
    expect(effects).not.toContain('remember');
  });

  test('when that fails, too, both reasons are told', () => {
    const { template } = play(...begun, { type: 'rendered', outcome: 'new', at: 1 }, { type: 'stepEnded', at: 2 }, { type: 'stepEnded', at: 3 },
      { type: 'stepFailed', failure: { ...refused, step: 'reload' }, lastGood: 'elsewhere', at: 4 },
      { type: 'stepFailed', failure: { step: 'restore', reason: 'disk full', output: '' }, lastGood: 'elsewhere', at: 5 });
    expect(template.failure).toMatchObject({ step: 'reload', reason: 'no; and then: disk full' });
  });

  test('a change in the middle of a transaction is followed by another', () => {
    const { template, effects } = play(...begun, { type: 'changed', urgent: false, at: 100 }, { type: 'rendered', outcome: 'same', at: 300 });
    expect(effects.slice(-3)).toEqual(['ended unchanged', 'giveTurn', 'setDeadline 1300']);
    expect(template.state).toBe('waiting');
  });

  test('an answer that nobody waits for is told, and survived', () => {
    expect(play({ type: 'stepEnded', at: 1 }, { type: 'rendered', outcome: 'new', at: 1 }).effects).toEqual(['impossible', 'impossible']);
  });
});

test('one at a time for a service', () => {
  const targets = (name: string): string[] => ({ a: ['file /a', 'service ha'], b: ['file /b', 'service ha'], c: ['file /c'] })[name]!;
  expect(nextTurns(['a', 'b', 'c'], new Set(), targets)).toEqual(['a', 'c']);
  expect(nextTurns(['b', 'c'], new Set(['file /a', 'service ha']), targets)).toEqual(['c']);
});

type Step = typeof templateStep;
type Move = { do: 'change'; urgent: boolean } | { do: 'answer'; fails: boolean } | { do: 'wait'; milliseconds: number } | { do: 'crash' };

const moves = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.boolean().map((urgent): Move => ({ do: 'change', urgent })) },
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }).map((n): Move => ({ do: 'answer', fails: n === 0 })) },
  { weight: 3, arbitrary: fc.constantFrom(0, 10, 999, 1000, 6000, 70_000).map((milliseconds): Move => ({ do: 'wait', milliseconds })) },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'crash' }) },
), { maxLength: 80, size: 'max' });

/** Plays all moves, then lets everything go well. Gives the law that was broken; undefined: none. */
function roll(script: readonly Move[], step: Step): string | undefined {
  let [at, version, file, told, applied] = [0, 1, 0, 0, 0];
  let machine = newTemplate('t', WAIT, true);
  let deadline: number | undefined;
  let pending: TemplateEffect['type'] | undefined;
  let candidate = 0;
  let broken: string | undefined;
  /** The last good file was put back, and nobody has been told. */
  let untold = false;
  const law = (holds: boolean, text: string): void => void (holds || (broken ??= text));

  function give(event: TemplateEvent): void {
    const { template, effects }: TemplateTurn = step(machine, event);
    machine = template;
    for (const effect of effects) {
      if (effect.type === 'setDeadline') deadline = effect.at;
      else if (effect.type === 'clearDeadline') deadline = undefined;
      else if (effect.type === 'impossible') law(false, `impossible: ${effect.event} in ${effect.state}`);
      else if (effect.type === 'giveTurn') law(!untold, 'nobody was told of the file that was put back');
      else if (effect.type === 'remember') {
        law(file === told, 'what was remembered had not been told');
        applied = file;
      } else if (effect.type !== 'ended') {
        law(pending === undefined, `two things at once: ${pending ?? ''} and ${effect.type}`);
        pending = effect.type;
      }
    }
    const waits = machine.state === 'waiting' || machine.state === 'backing-off';
    law(!waits || deadline !== undefined, `nothing wakes it in ${machine.state}`);
    law(isWorking(machine) || machine.state === 'queued' ? pending !== undefined : pending === undefined, `nobody works in ${machine.state}`);
  }

  function answer(fails: boolean): void {
    const doing = pending;
    pending = undefined;
    const fail = (name: TemplateFailure['step']): void => give({
      type: 'stepFailed', failure: { step: name, reason: 'chance', output: '' }, at,
      lastGood: applied === 0 ? 'none' : file === applied ? 'in place' : 'elsewhere',
    });
    switch (doing) {
      default: return;
      case 'takeTurn': return give({ type: 'turnGiven', at });
      case 'render':
        if (fails) return fail('render');
        candidate = version;
        return give({ type: 'rendered', outcome: candidate === applied && file === applied ? 'same' : 'new', at });
      case 'check': return fails ? fail('check') : give({ type: 'stepEnded', at });
      case 'install':
        if (fails) return fail('install');
        file = candidate;
        return give({ type: 'stepEnded', at });
      case 'restore':
        if (fails) return fail('restore');
        file = applied;
        untold = true;
        return give({ type: 'stepEnded', at });
      case 'reload':
        untold = false;
        if (fails) return fail('reload');
        told = file;
        return give({ type: 'stepEnded', at });
    }
  }

  function wait(milliseconds: number): void {
    at += milliseconds;
    if (deadline === undefined || deadline > at) return;
    deadline = undefined;
    give({ type: 'deadlinePassed', at });
  }

  give({ type: 'changed', urgent: true, at });
  for (const move of script) {
    if (move.do === 'change') {
      version++;
      give({ type: 'changed', urgent: move.urgent, at });
    } else if (move.do === 'answer') answer(move.fails);
    else if (move.do === 'wait') wait(move.milliseconds);
    else {
      machine = newTemplate('t', WAIT, true);
      [deadline, pending, untold] = [undefined, undefined, false];
      give({ type: 'changed', urgent: true, at });
    }
    if (broken !== undefined) return broken;
  }
  for (let i = 0; i < 100; i++) {
    answer(false);
    if (pending === undefined) wait(TEMPLATE_RETRY.max);
  }
  law(machine.state === 'idle', `it ends ${machine.state}`);
  law(machine.failure === undefined, 'a failure is told that is over');
  law(file === version && told === version && applied === version, `it has not converged: ${JSON.stringify({ version, file, told, applied })}`);
  return broken;
}

const find = (step: Step, runs: number): string | undefined => {
  const outcome = fc.check(fc.property(moves, (script) => {
    const broken = roll(script, step);
    if (broken !== undefined) throw new Error(broken);
  }), { numRuns: runs, endOnFailure: true, seed: 7 });
  return outcome.failed ? String(outcome.errorInstance) : undefined;
};

const RUNS = Number(process.env['N6_TEMPLATE_RUNS'] ?? 3000);
test(`${RUNS} random plays with failures and crashes converge`, () => expect(find(templateStep, RUNS)).toBeUndefined());

describe('a planted bug is caught', () => {
  const without = (type: TemplateEffect['type']): Step => (template, event) => {
    const turn = templateStep(template, event);
    return { ...turn, effects: turn.effects.filter((effect) => effect.type !== type) };
  };
  const PLANTED: Readonly<Record<string, Step>> = {
    'nothing is remembered': without('remember'),
    'a failure wakes nobody': without('setDeadline'),
    'a change while it works is lost': (template, event) =>
      (event.type === 'changed' && isWorking(template) ? { template, effects: [] } : templateStep(template, event)),
    'nobody is told of what was put back': (template, event) => {
      const turn = templateStep(template, event);
      return template.state !== 'restoring' || event.type !== 'stepEnded' ? turn
        : templateStep({ ...turn.template }, { type: 'stepEnded', at: event.at });
    },
    'it is remembered before it is told': (template, event) => {
      const turn = templateStep(template, event);
      return template.state === 'installing' && event.type === 'stepEnded' ? { ...turn, effects: [{ type: 'remember' }, ...turn.effects] } : turn;
    },
  };
  for (const [bug, step] of Object.entries(PLANTED)) test(bug, () => expect(find(step, 3000)).toMatch(/Error/));
});
