/** 25xx: `npm run bench:reload`, in short: no request is lost while backends come and go, on connections that stay and on new ones. */
import { describe, expect, test } from 'vitest';
import { total } from '../../bench/reload/outcomes.ts';
import { runLoad } from '../../bench/reload/run.ts';
import { lacking } from '../help/needs.ts';

describe.runIf(lacking('haproxy').length === 0)('constant load on HAProxy', () => {
  test.each(['reload', 'runtime'] as const)('2501 servers: %s', async (servers) => {
    const said: string[] = [];
    const { counts, changes, reloads, joins } = await runLoad({
      servers, requests: 4000, changes: 20, fresh: 4, keepAlive: 8, backends: 2, port: 23_000 + (process.pid % 400) * 4,
      progress: (text) => void said.push(text),
    });
    // Other tests on the same machine can make any answer slow: that is for the bench alone to count.
    for (const count of [counts.fresh, counts.keepAlive]) expect(count.outcomes.ok + count.outcomes.slow, JSON.stringify(count.outcomes)).toBe(total(count));
    expect(total(counts.fresh)).toBeGreaterThan(100);
    expect(total(counts.keepAlive)).toBeGreaterThan(100);
    expect(changes).toBeGreaterThanOrEqual(20);
    // The members of the beginning come with a reload of their own: what HAProxy has read before n6 looked, nobody knows.
    const { reload = 0, runtime = 0, ...others } = reloads;
    expect(others).toEqual({});
    if (servers === 'reload') expect([reload >= changes, reload <= changes + 1, runtime]).toEqual([true, true, 0]);
    else expect([reload <= 1, runtime]).toEqual([true, changes]);
    expect(joins).toHaveLength(changes / 2);
  });
});
