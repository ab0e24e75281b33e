import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differences, MEMBER_STATUSES, sameMembers, sortMembers, type Member } from '../../src/core/members.ts';

const member = (name: string, rest: Partial<Member> = {}): Member =>
  ({ name, address: '10.0.0.1', port: 7946, role: 'web', tags: { role: 'web' }, status: 'alive', ...rest });
const told = (before: readonly Member[], after: readonly Member[]): string[] =>
  differences(before, after).map(({ event, member: about }) => (about === undefined ? event : `${event} ${(about as Member).name}`));

test('each change of a member is told once, in order of names, and then that the list is another one', () => {
  expect(told([], [member('b'), member('a')])).toEqual(['member-join a', 'member-join b', 'members-changed']);
  expect(told([member('a')], [member('a', { status: 'failed' })])).toEqual(['member-failed a', 'members-changed']);
  expect(told([member('a')], [member('a', { status: 'left' })])).toEqual(['member-leave a', 'members-changed']);
  expect(told([member('a', { status: 'failed' })], [member('a')])).toEqual(['member-join a', 'members-changed']);
  expect(told([member('a', { status: 'failed' })], [member('a', { status: 'left' })])).toEqual(['member-leave a', 'members-changed']);
  expect(told([member('a', { status: 'failed' })], [])).toEqual(['member-reap a', 'members-changed']);
  expect(told([member('a')], [])).toEqual(['member-reap a', 'members-changed']);
  expect(told([], [member('a', { status: 'failed' })])).toEqual(['member-failed a', 'members-changed']);
  expect(differences([member('a')], [])[0]).toEqual({ event: 'member-reap', member: member('a') });
});

test('whatever else changes of it is an update, that it is leaving as well', () => {
  const changes = [{ address: '10.0.0.2' }, { port: 1 }, { role: 'db' }, { tags: { role: 'web', zone: 'a' } }, { tags: {} }, { status: 'leaving' }] as const;
  for (const change of changes) {
    expect(told([member('a')], [member('a', change)])).toEqual(['member-update a', 'members-changed']);
  }
  expect(told([member('a', { status: 'failed' })], [member('a', { status: 'failed', address: '::1' })])).toEqual(['member-update a', 'members-changed']);
});

test('equal lists say nothing, in whatever order members and tags are', () => {
  const tags = { a: '1', b: '2' };
  const swapped = { b: '2', a: '1' };
  expect(differences([member('a', { tags }), member('b')], [member('b'), member('a', { tags: swapped })])).toEqual([]);
  expect(JSON.stringify(sortMembers([member('b'), member('a', { tags })]))).toBe(JSON.stringify(sortMembers([member('a', { tags: swapped }), member('b')])));
});

test('a name that is there twice counts once, with what was said last', () => {
  expect(sortMembers([member('a', { address: '10.0.0.1' }), member('b'), member('a', { address: '10.0.0.9' })]).map(({ name, address }) => [name, address]))
    .toEqual([['a', '10.0.0.9'], ['b', '10.0.0.1']]);
});

test('tags named like parts of an object are tags', () => {
  const odd = Object.fromEntries([['__proto__', 'x'], ['constructor', 'y']]);
  expect(differences([member('a', { tags: odd })], [member('a', { tags: Object.fromEntries(Object.entries(odd).reverse()) })])).toEqual([]);
  expect(told([member('a', { tags: odd })], [member('a', { tags: {} })])).toEqual(['member-update a', 'members-changed']);
  expect(told([member('a', { tags: { x: '1' } })], [member('a', { tags: Object.fromEntries([['toString', '1']]) })])).toHaveLength(2);
});

const word = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', '"', '\n', '{', 'ü') });
const anybody = fc.record({
  name: word, address: fc.constantFrom('10.0.0.1', '::1'), port: fc.constantFrom(undefined, 1), role: word,
  tags: fc.dictionary(word, word), status: fc.constantFrom(...MEMBER_STATUSES),
});
const lists = fc.array(anybody).map(sortMembers);

test('what is told leads from the one list to the other: nothing is told for nothing, and nothing is left out', () => {
  fc.assert(fc.property(lists, lists, (before, after) => {
    const announcements = differences(before, after);
    expect(announcements.length === 0).toBe(sameMembers(before, after));
    const known = new Map(before.map((one) => [one.name, one]));
    for (const { event, member: about } of announcements.slice(0, -1)) {
      const one = about as Member;
      if (event === 'member-reap') expect(known.delete(one.name)).toBe(true);
      else known.set(one.name, one);
    }
    expect(sortMembers([...known.values()])).toEqual(after);
    if (announcements.length > 0) expect(announcements.at(-1)).toEqual({ event: 'members-changed' });
    expect(announcements.filter(({ event }) => event === 'members-changed').length).toBeLessThanOrEqual(1);
  }), { numRuns: 2000 });
});
