/** Draining, with a HAProxy that is made up; a real one is in test/scenarios/23-haproxy.test.ts. */
import { describe, expect, test, vi } from 'vitest';
import { createBalancer, DRAINED, type Leaver } from '../../src/haproxy/balancer.ts';
import { isDrained, setServers } from '../../src/haproxy/drain.ts';
import type { Master } from '../../src/haproxy/master.ts';
import type { Stat } from '../../src/core/haproxy/show.ts';

type Row = { server: string; address: string; status: string; sessions: number };
type Workers = Record<number, Row[]>;

/** Workers by pid; those from 100 on are old ones. */
function fake(workers: Workers): Master & { told: string[] } {
  const told: string[] = [];
  const pids = (): number[] => Object.keys(workers).map(Number);
  return {
    told,
    processes: () => Promise.resolve({ master: 1, reloads: 0, failed: 0, workers: pids().filter((pid) => pid < 100), old: pids().filter((pid) => pid >= 100) }),
    reload: () => Promise.reject(new Error('nobody asks')),
    command(worker, text) {
      told.push(`${worker} ${text}`);
      const [, name, state] = /^set server nodes\/(\S+) state (\w+)$/.exec(text) ?? [];
      const row = workers[Number(worker)]?.find(({ server }) => server === name);
      if (row !== undefined) row.status = state === 'ready' ? 'UP' : state!.toUpperCase();
      return Promise.resolve('');
    },
    stats: (worker) => Promise.resolve((workers[Number(worker)] ?? []).map((row): Stat => ({ ...row, proxy: 'nodes', queued: 0, rate: 0, total: 0 }))),
  };
}
const up = (server: string, address: string, sessions = 0): Row => ({ server, address: `${address}:3000`, status: 'UP', sessions });
const s1 = { name: 's1', address: '10.0.0.1' };

describe('whether a member is drained', () => {
  test('not while any worker, old ones too, has a session for it; all are told to send no more', async () => {
    const workers: Workers = { 7: [up('s1', '10.0.0.1'), up('s2', '10.0.0.2', 5)], 100: [up('s1', '10.0.0.1', 1), up('s2', '10.0.0.2')] };
    const master = fake(workers);
    expect(await isDrained(master, s1)).toBe(false);
    expect(master.told).toEqual(['7 set server nodes/s1 state maint', '100 set server nodes/s1 state maint']);
    workers[100]![0]!.sessions = 0;
    expect(await isDrained(master, s1)).toBe(true);
    expect(master.told).toHaveLength(2);
  });
  test('who is in no configuration any more is; so is one that only an idle old worker has', async () => {
    expect(await isDrained(fake({ 7: [up('s2', '10.0.0.2', 3)] }), s1)).toBe(true);
    expect(await isDrained(fake({ 7: [], 100: [up('s1', '10.0.0.1'), up('s2', '10.0.0.2')] }), s1)).toBe(true);
  });
  test('its instances are it; a longer name is not', async () => {
    const rows = [up('s1-1', '10.0.0.1'), up('s1@2', '10.0.0.1', 2), up('s10', '10.0.0.10', 4)];
    const master = fake({ 7: rows });
    expect(await isDrained(master, s1)).toBe(false);
    rows[1]!.sessions = 0;
    expect(await isDrained(master, s1)).toBe(true);
    expect(rows[2]!.status).toBe('UP');
  });
  test('without its name its address is looked for', async () => {
    const rows = [up('a', '10.0.0.1', 1), up('b', '10.0.0.10')];
    expect(await isDrained(fake({ 7: rows }), s1)).toBe(false);
    expect(rows.map(({ status }) => status)).toEqual(['MAINT', 'UP']);
  });
  test('the last server that a worker has is used until another one is there', async () => {
    const rows = [up('s1', '10.0.0.1'), { ...up('s2', '10.0.0.2'), status: 'DOWN' }];
    expect(await isDrained(fake({ 7: rows }), s1)).toBe(false);
    expect(rows[0]!.status).toBe('UP');
    rows.push(up('s3', '10.0.0.3'));
    expect(await isDrained(fake({ 7: rows }), s1)).toBe(true);
  });
  test('a HAProxy without workers says nothing', () => expect(isDrained(fake({}), s1)).rejects.toThrow(/no worker/));
  test('ready again', async () => {
    const rows = [up('s1', '10.0.0.1'), up('s2', '10.0.0.2')];
    await isDrained(fake({ 7: rows }), s1);
    await setServers(fake({ 7: rows }), s1, 'ready');
    expect(rows[0]!.status).toBe('UP');
  });
});

describe('the balancer', () => {
  type World = { ask(name: string): Promise<string | undefined>; members(list: readonly Leaver[]): void; lose(): void };

  function world(rows: Row[]): World {
    let list: readonly Leaver[] = [];
    let changed = (): void => undefined;
    let handler: ((payload: string) => Promise<string | undefined>) | undefined;
    let master: Master | undefined = fake({ 7: rows });
    createBalancer({
      members: {
        list: () => ({ members: list }),
        changed: (listener) => (changed = listener, () => undefined),
        answer: (query, given) => (expect(query).toBe(DRAINED), handler = given, () => (handler = undefined)),
      },
      masters: () => (master === undefined ? [] : [master]),
      report: (text) => { throw new Error(text); },
      failed: (where, error) => { throw new Error(where, { cause: error }); },
    });
    return {
      ask: (name) => handler!(name),
      members(next) {
        list = next;
        changed();
      },
      lose: () => void (master = undefined),
    };
  }
  const member = (state?: string): Leaver => ({ ...s1, status: 'alive', tags: state === undefined ? {} : { state } });

  test('drains who says that it goes, at once, and takes it back when it stays', async () => {
    const rows = [up('s1', '10.0.0.1', 3), up('s2', '10.0.0.2')];
    const { members } = world(rows);
    members([member('draining')]);
    await vi.waitFor(() => expect(rows[0]!.status).toBe('DRAIN'));
    members([member()]);
    await vi.waitFor(() => expect(rows[0]!.status).toBe('UP'));
  });
  test('says yes when the last session has ended, in the time of the same question', async () => {
    const rows = [up('s1', '10.0.0.1', 3), up('s2', '10.0.0.2')];
    const { members, ask } = world(rows);
    members([member('draining')]);
    expect(await ask('s1')).toBeUndefined();
    const asked = ask('s1');
    rows[0]!.sessions = 0;
    expect(await asked).toBe('yes');
  });
  test("nobody is taken out of use by somebody else's question", async () => {
    const rows = [up('s1', '10.0.0.1'), up('s2', '10.0.0.2')];
    const { members, ask, lose } = world(rows);
    members([member()]);
    for (const name of ['s1', 's2', '', '\0\n{{x}}']) expect(await ask(name)).toBeUndefined();
    expect(rows[0]!.status).toBe('UP');
    members([{ ...member('draining'), status: 'failed' }]);
    expect(await ask('s1')).toBeUndefined();
    lose();
    members([member('draining')]);
    expect(await ask('s1')).toBeUndefined();
  });
});
