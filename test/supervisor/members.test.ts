import { expect, test } from 'vitest';
import type { PublicEvent } from '../../src/control/backend.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import type { Member } from '../../src/core/members.ts';
import { createMembers, type Members } from '../../src/supervisor/members.ts';

const said = (seq: number, event: PublicEvent['event'], name: string, address = '10.0.0.1'): PublicEvent =>
  ({ seq, at: `2026-01-01T00:00:0${seq % 10}.000Z`, event, member: { name, address, role: 'web', tags: {} } });
const member = (name: string, rest: Partial<Member> = {}): Member => ({ name, address: '10.0.0.1', port: 1, role: '', tags: {}, status: 'alive', ...rest });

function create(): Members & { told: string[]; failures: unknown[]; clock: { ms: number } } {
  const told: string[] = [];
  const failures: unknown[] = [];
  const clock = { ms: 0 };
  const members: Members = createMembers({
    wall: () => clock.ms,
    announce: (announcement: Announcement) => {
      told.push(announcement.event);
      // As the journal does: what is announced is heard by everybody, itself included.
      members.hear({ seq: told.length, at: 'x', ...announcement });
    },
    failed: (_where, error) => failures.push(error),
  });
  return { ...members, told, failures, clock };
}
const names = (members: Members): string[] => members.list().members.map(({ name, status }) => `${name} ${status}`);

test('handlers: the last word of each member counts, a reaped one is gone, other events say nothing', () => {
  const members = create();
  expect(members.list()).toEqual({ source: 'none', fresh: false, since: undefined, members: [] });
  [said(1, 'member-join', 'b'), said(2, 'member-join', 'a'), said(3, 'member-failed', 'a'), said(4, 'member-update', 'b', '10.0.0.2')].forEach(members.hear);
  members.hear({ seq: 5, at: '', event: 'members-changed' });
  expect(members.list()).toMatchObject({ source: 'handlers', fresh: true });
  expect(names(members)).toEqual(['a failed', 'b alive']);
  expect(members.list().members[1]).toMatchObject({ address: '10.0.0.2', port: undefined, at: '2026-01-01T00:00:04.000Z' });
  [said(6, 'member-leave', 'b'), said(7, 'member-reap', 'a')].forEach(members.hear);
  expect(names(members)).toEqual(['b left']);
  expect(members.look()).toBe(false);
});

test('who invents members for ever is bounded', () => {
  const members = create();
  for (let seq = 1; seq <= 10_050; seq++) members.hear(said(seq, 'member-join', `node-${seq}`));
  expect(members.list().members).toHaveLength(10_000);
  const provided = create();
  provided.follow('serf', () => undefined).list(Array.from({ length: 10_050 }, (_, index) => member(`node-${index}`)));
  expect(provided.list().members).toHaveLength(10_000);
});

test('a provider: each difference is an event, the list is there before it is told, and listeners hear once of each list', () => {
  const members = create();
  let heard = 0;
  const seen: string[][] = [];
  const provider = members.follow('serf', () => undefined);
  members.changed(() => {
    heard++;
    seen.push(names(members));
  });
  members.changed(() => {
    throw new Error('a listener of no use');
  });
  provider.list([member('b'), member('a')]);
  provider.list([member('a'), member('b')]);
  expect([members.told, heard, seen]).toEqual([['member-join', 'member-join', 'members-changed'], 1, [['a alive', 'b alive']]]);
  expect(members.failures).toHaveLength(1);
  members.clock.ms = 5000;
  provider.list([member('a', { status: 'failed' }), member('b')]);
  expect(members.list().members.map(({ name, at }) => [name, at])).toEqual([['a', '1970-01-01T00:00:05.000Z'], ['b', '1970-01-01T00:00:00.000Z']]);
  expect(members.told.slice(3)).toEqual(['member-failed', 'members-changed']);
});

test('with a provider a handler is a poke: what it says is no truth', () => {
  const members = create();
  let looks = 0;
  members.follow('serf', () => ({ look: () => void looks++, agent: undefined })).list([member('a')]);
  members.hear(said(9, 'member-join', 'ghost'));
  expect(names(members)).toEqual(['a alive']);
  expect([members.look(), looks]).toEqual([true, 1]);
});

test('a list that cannot be asked for any more stays, and is marked', () => {
  const members = create();
  let heard = 0;
  const provider = members.follow('serf', () => undefined);
  provider.list([member('a')]);
  members.changed(() => void heard++);
  members.clock.ms = 7000;
  provider.lost('gone');
  provider.lost('still gone');
  expect(members.list()).toMatchObject({ fresh: false, since: '1970-01-01T00:00:07.000Z', members: [{ name: 'a' }] });
  provider.list([member('a')]);
  expect([members.list().fresh, heard, members.told.length]).toEqual([true, 2, 2]);
});

test('a second life knows what the first knew, is told only of what differs, and that it has not asked yet', () => {
  const first = create();
  first.follow('serf', () => undefined).list([member('a'), member('b')]);
  const second = create();
  second.adopt(first.save());
  expect(second.list()).toMatchObject({ source: 'serf', fresh: false, members: [{ name: 'a' }, { name: 'b' }] });
  second.follow('serf', () => undefined).list([member('a'), member('c')]);
  expect(second.told).toEqual(['member-reap', 'member-join', 'members-changed']);
});

test('a query is answered by who has said so, once; one that throws answers nothing', async () => {
  const members = create();
  const { asked } = members.follow('serf', () => undefined);
  expect(asked('n6-drained', 'a')).toBeUndefined();
  const stop = members.answer('n6-drained', (payload) => (payload === 'a' ? 'yes' : Promise.reject(new Error('no'))));
  expect(await asked('n6-drained', 'a')).toBe('yes');
  expect(await asked('n6-drained', 'b')).toBeUndefined();
  expect([members.failures.length, members.answers('n6-drained')]).toEqual([1, true]);
  stop();
  expect([asked('n6-drained', 'a'), members.answers('n6-drained')]).toEqual([undefined, false]);
});

test('what needs an agent says that there is none', async () => {
  const members = create();
  await expect(members.setTags({ a: 'b' })).rejects.toThrow('n6.yaml has no membership.serf');
  await expect(members.query('x', '', 1)).rejects.toThrow('n6.yaml has no membership.serf');
});
