import { expect, test } from 'vitest';
import type { PublicEvent } from '../../src/control/backend.ts';
import { createMembers } from '../../src/supervisor/members.ts';

const said = (seq: number, event: PublicEvent['event'], name: string, address = '10.0.0.1'): PublicEvent =>
  ({ seq, at: `2026-01-01T00:00:0${seq % 10}.000Z`, event, member: { name, address, role: 'web', tags: {} } });

test('the last word of each member counts, a reaped one is gone, other events say nothing', () => {
  const members = createMembers(() => []);
  const heard = [said(1, 'member-join', 'b'), said(2, 'member-join', 'a'), said(3, 'member-failed', 'a'), said(4, 'member-update', 'b', '10.0.0.2')];
  heard.forEach(members.hear);
  members.hear({ seq: 5, at: '', event: 'members-changed' });
  expect(members.list().map(({ name, address, status }) => [name, address, status])).toEqual([['a', '10.0.0.1', 'failed'], ['b', '10.0.0.2', 'alive']]);
  members.hear(said(6, 'member-leave', 'b'));
  members.hear(said(7, 'member-reap', 'a'));
  expect(members.list().map(({ name, status }) => [name, status])).toEqual([['b', 'left']]);
});

test('what an earlier life has heard is known, and never counts more than what is newer', () => {
  const members = createMembers(() => [said(1, 'member-join', 'a'), said(2, 'member-join', 'b'), said(3, 'member-leave', 'b')]);
  members.hear(said(4, 'member-reap', 'a'));
  expect(members.list().map(({ name, status }) => [name, status])).toEqual([['b', 'left']]);
});

test('a source that invents members for ever is bounded', () => {
  const members = createMembers(() => []);
  for (let seq = 1; seq <= 10_050; seq++) members.hear(said(seq, 'member-join', `node-${seq}`));
  expect(members.list()).toHaveLength(10_000);
});
