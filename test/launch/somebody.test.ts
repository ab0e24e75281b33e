/** n6 that is not root: what can work works, what cannot is refused before the start. */
import { chmodSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Launch } from '../../src/core/policy.ts';
import { until } from '../help/machine.ts';
import { scratch } from '../kernel/files.ts';
import { launch } from '../kernel/launch.ts';

const isRoot = process.getuid!() === 0;
const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--groups', '65534,77', '--'];
/** Docker's root: of what matters here it has CAP_SETUID and CAP_SETGID alone. */
const asDocker = ['setpriv', '--bounding-set', '-sys_nice,-sys_resource,-sys_admin', '--'];
const started: number[] = [];
afterAll(() => {
  for (const pid of started) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended with the program that started it.
    }
  }
});

async function tried(asked: Partial<Launch>, before: readonly string[]): Promise<{ pid?: number; step?: string; subject?: string; code?: string }> {
  // Another user looks at the program.
  chmodSync(scratch, 0o755);
  const words = [JSON.stringify([{ launch: asked, argv: ['/bin/sleep', '1000'] }])];
  const answer = await launch('launch-as-somebody', { before, arguments: words }).next() as { pid?: number; subject?: string };
  if (answer.pid === undefined) return answer;
  const { pid } = answer;
  started.push(pid);
  await until(() => readlinkSync(`/proc/${pid}/exe`).endsWith('sleep'));
  return answer;
}
const limits = (hard: number | 'unlimited', name = 'nofile'): Partial<Launch> => ({ limits: { [name]: { soft: 100, hard } } });
const ofFile = (pid: number, file: string, pattern: RegExp): string => (pattern.exec(readFileSync(`/proc/${pid}/${file}`, 'latin1')) ?? []).slice(1).join(' ');

describe.skipIf(!isRoot)('as uid 65534', () => {
  test.each<[string, Partial<Launch>, string, RegExp, string]>([
    ['itself', { user: '65534' }, 'status', /^Uid:\s(\d+)[^]*^Groups:\s(.*?) *$/m, '65534 77 65534'],
    ['itself by name', { user: 'nobody' }, 'status', /^Gid:\s(\d+)/m, '65534'],
    ['its own group', { group: '65534' }, 'status', /^Gid:\s(\d+)/m, '65534'],
    ['the groups that it has', { groups: ['77'] }, 'status', /^Groups:\s(.*?) *$/m, '77 65534'],
    ['umask', { umask: 0o077 }, 'status', /^Umask:\s(\d+)/m, '0077'],
    ['a lower limit', limits(200), 'limits', /^Max open files +(\d+) +(\d+)/m, '100 200'],
    ['a higher nice', { nice: 9 }, 'stat', /^(?:\S+ ){18}(\d+)/, '9'],
    ['a higher oom-score-adj', { oomScoreAdj: 900 }, 'oom_score_adj', /(\d+)/, '900'],
    ['the limit that n6 was given, not that of Node', { umask: 0 }, 'limits', /^Max open files +(\d+)/m, '128'],
  ])('works: %s', async (_what, asked, file, pattern, expected) => {
    const { pid, subject } = await tried(asked, asNobody);
    expect(subject).toBeUndefined();
    expect(ofFile(pid!, file, pattern)).toBe(expected);
  });

  test.each<[string, Partial<Launch>, string]>([
    ['another user', { user: 'root' }, 'user "root" needs CAP_SETUID'],
    ['another user by number', { user: '1' }, 'user "1" needs CAP_SETUID'],
    ['another group', { group: '0' }, 'group "0" needs CAP_SETGID'],
    ['other groups', { groups: ['78'] }, 'groups "78" needs CAP_SETGID'],
    ['a negative nice', { nice: -1 }, 'nice "-1" needs CAP_SYS_NICE'],
    ['a lower oom-score-adj', { oomScoreAdj: -1 }, 'oom-score-adj "-1" needs CAP_SYS_RESOURCE'],
    ['a higher hard limit', limits(10_000_000), 'the hard limit nofile "10000000" needs CAP_SYS_RESOURCE'],
    ['no limit', limits('unlimited', 'nproc'), 'the hard limit nproc "unlimited" needs CAP_SYS_RESOURCE'],
    ['ionice realtime', { ionice: { class: 'realtime', level: 1 } }, 'ionice "realtime" needs CAP_SYS_NICE'],
  ])('is refused: %s', async (_what, asked, sentence) => {
    const failure = await tried(asked, asNobody);
    expect(failure).toMatchObject({ step: 'rights', code: 'EPERM', hopeless: true });
    expect(failure.subject).toBe(`${sentence}, which n6 (uid 65534) does not have`);
  });
});

describe.skipIf(!isRoot)("as docker's root", () => {
  test('another user works, what docker does not allow is refused', async () => {
    const { pid } = await tried({ user: '65534', group: '65534' }, asDocker);
    expect(ofFile(pid!, 'status', /^Uid:\s(\d+)/m)).toBe('65534');
    expect(await tried({ nice: -1 }, asDocker)).toMatchObject({ step: 'rights', subject: expect.stringContaining('CAP_SYS_NICE, which n6 (uid 0)') as string });
  });
});
