import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, isLogger, loggedBy, loggerOf } from '../../src/core/scan.ts';
import { definition } from '../help/definition.ts';

const seen = (name: string, fingerprint: string) => definition({ name, fingerprint });

test('what is new, what is another than before, what is gone', () => {
  const known = new Map([['stays', '1'], ['changes', '1'], ['goes', '1']]);
  const now = [seen('stays', '1'), seen('changes', '2'), seen('comes', '1')];
  expect(compare(known, now)).toEqual({ added: [now[2]], changed: [now[1]], removed: ['goes'] });
});

test('nothing known: all are new; nothing seen: all are gone', () => {
  expect(compare(new Map(), [seen('web', '1')])).toEqual({ added: [seen('web', '1')], changed: [], removed: [] });
  expect(compare(new Map([['web', '1']]), [])).toEqual({ added: [], changed: [], removed: ['web'] });
});

const directory = fc.dictionary(fc.stringMatching(/^[a-z]{1,2}$/), fc.constantFrom('1', '2'));

test('after taking the changes there are none left', () => {
  fc.assert(fc.property(directory, directory, (before, after) => {
    const known = new Map<string, string>(Object.entries(before));
    const now = Object.entries(after).map(([name, fingerprint]) => seen(name, fingerprint));
    const { added, changed, removed } = compare(known, now);
    for (const { name, fingerprint } of [...added, ...changed]) known.set(name, fingerprint);
    for (const name of removed) known.delete(name);
    expect(compare(known, now)).toEqual({ added: [], changed: [], removed: [] });
    expect(Object.fromEntries(known)).toEqual({ ...after });
  }));
});

test('a logger comes and goes with its service alone', () => {
  const pair = [seen('web', '1'), seen('web/log', '1')];
  expect(compare(new Map(), pair).added).toEqual(pair);
  expect(compare(new Map([['web', '1']]), pair)).toEqual({ added: [], changed: [], removed: [] });
  const known = new Map([['web', '1'], ['web/log', '1']]);
  expect(compare(known, [pair[0]!])).toEqual({ added: [], changed: [], removed: [] });
  expect(compare(known, []).removed).toEqual(['web', 'web/log']);
  expect(compare(known, [pair[0]!, seen('web/log', '2')]).changed).toEqual([seen('web/log', '2')]);
});

test('the names of a pair', () => {
  expect([loggerOf('web'), loggerOf('web/log'), loggerOf('log')]).toEqual(['web/log', undefined, 'log/log']);
  expect([loggedBy('web/log'), loggedBy('web'), loggedBy('log')]).toEqual(['web', '', '']);
  expect([isLogger('web/log'), isLogger('log'), isLogger('weblog')]).toEqual([true, false, false]);
});
