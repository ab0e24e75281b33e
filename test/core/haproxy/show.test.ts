/** Answers of HAProxy 2.6.12 and 3.5, as they came. */
import { describe, expect, test } from 'vitest';
import { alertsOf, readProcesses, readStat, serversOf, verdictOf, type Processes } from '../../../src/core/haproxy/show.ts';

const OLD = `#<PID>          <type>          <reloads>       <uptime>        <version>      
6070            master          2 [failed: 1]   0d00h00m04s     2.6.12-1+deb12u3
# workers
6329            worker          1               0d00h00m02s     2.6.12-1+deb12u3
# old workers
6076            worker          2               0d00h00m04s     2.6.12-1+deb12u3
# programs

`;
const NEW = `#<PID>          <type>          <reloads>       <uptime>        <version>      
12549           master          2 [failed: 1]   0d00h00m02s     3.5-dev5-50872daa6
# workers
# old workers
12697           worker          1               0d00h00m01s     3.5-dev5-50872daa6
`;

test('show proc', () => {
  expect(readProcesses(OLD)).toEqual({ master: 6070, reloads: 2, failed: 1, workers: [6329], old: [6076] });
  expect(readProcesses(NEW)).toEqual({ master: 12549, reloads: 2, failed: 1, workers: [], old: [12697] });
  for (const nonsense of ['', 'Unknown command', '#<PID>\n', '\0'.repeat(100)]) expect(readProcesses(nonsense)).toBeUndefined();
});

describe('what a look after a reload says', () => {
  const before: Processes = { master: 1, reloads: 3, failed: 0, workers: [10], old: [9] };
  test.each<[string, Partial<Processes>, string]>([
    ['the old worker and the old count: it is not over', {}, 'undecided'],
    ['a new count without a new worker: it is not over', { reloads: 4 }, 'undecided'],
    ['a new worker', { reloads: 4, workers: [11], old: [10] }, 'reloaded'],
    ['two reloads at once', { reloads: 5, workers: [12], old: [10, 11] }, 'reloaded'],
    ['a failed one', { reloads: 4, failed: 1 }, 'failed'],
    ['an old worker that comes to the front again is not a new one', { reloads: 4, workers: [9] }, 'undecided'],
    ['another master', { master: 2, reloads: 0, workers: [20] }, 'failed'],
  ])('%s', (_, change, verdict) => expect(verdictOf(before, { ...before, ...change })).toBe(verdict));

  test('after a failed one: another failure, and one that works', () => {
    const failed = { ...before, failed: 2 };
    expect(verdictOf(failed, { ...failed, reloads: 4, failed: 3 })).toBe('failed');
    expect(verdictOf(failed, { ...failed, reloads: 4, failed: 0, workers: [11] })).toBe('reloaded');
  });
});

test('show stat: columns by their names, fields in quotes', () => {
  const rows = readStat([
    '# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,rate,last_chk,addr,',
    'web,FRONTEND,,,3,4,9979,70,OPEN,2,,,',
    'nodes,s1,1,1,2,2,,50,UP 1/2,1,"a, ""b""",10.0.0.4:3000,',
    'nodes,BACKEND,1,1,2,2,998,60,UP,1,,,', '',
  ].join('\n'))!;
  expect(rows).toHaveLength(3);
  expect(serversOf(rows)).toEqual([{ proxy: 'nodes', server: 's1', status: 'UP 1/2', sessions: 2, queued: 1, rate: 1, total: 50, address: '10.0.0.4:3000' }]);
  for (const nonsense of ['', 'Permission denied\n', '# a,b\n1,2']) expect(readStat(nonsense)).toBeUndefined();
});

test("HAProxy's own words are its alerts", () => {
  const said = ['Success=0', '--', '[NOTICE]   (7) : x',
    "[ALERT]    (8) : config : parsing [a:18] : unknown keyword 'nonsense'", '[ALERT]    (8) : config : Fatal errors'];
  expect(alertsOf(said.join('\n'))).toBe("config : parsing [a:18] : unknown keyword 'nonsense'; config : Fatal errors");
  expect(alertsOf('Success=0\n')).toBeUndefined();
});
