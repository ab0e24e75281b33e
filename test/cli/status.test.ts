import path from 'node:path';
import { expect, test } from 'vitest';
import { down, up } from '../control/fake-backend.ts';
import { serve, type Served } from '../control/serve.ts';
import { lacking } from '../help/needs.ts';
import { onTerminal, svc, type Ran } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });

async function lab(): Promise<Served> {
  const served = await serve(['ha', 'node', 'serf', 'web-1']);
  served.backend.set('ha', { ...up(132), state: 'ready', uptime: 134, restarts: 1 });
  served.backend.set('node', { state: 'backing-off', restarts: 12, why: 'exit 1 after 300 ms, next try in 700 ms' });
  served.backend.set('serf', { ...up(87), uptime: 0.25, stale: true });
  served.backend.set('web-1', { ...up(91), paused: true, why: 'paused', stale: true });
  return served;
}

test('a table of names, states, pids, uptimes, restarts and reasons', async () => {
  const { code, stdout, stderr } = await svc(['status'], at(await lab()));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe([
    'NAME   STATE        PID  UPTIME  RESTARTS  WHY',
    'ha     ready        132  2m14s   1',
    'node   backing-off  -    -       12        exit 1 after 300 ms, next try in 700 ms',
    'serf   up           87   250 ms  0         edited since it started',
    'web-1  up           91   2.0 s   0         edited since it started; paused',
    '',
  ].join('\n'));
});

test('names, globs and paths choose; the exit code says whether all of them are up', async () => {
  const place = at(await lab());
  const names = ({ stdout }: Ran): string[] => stdout.trim().split('\n').slice(1).map((line) => line.split(' ')[0]!);
  const one = await svc(['status', '/run/service/ha'], place);
  expect([one.code, names(one)]).toEqual([0, ['ha']]);
  const some = await svc(['status', './services.d/serf/', 'web-*'], place);
  expect([some.code, names(some)]).toEqual([0, ['serf', 'web-1']]);
  const bad = await svc(['status', 'no*', 'ha'], place);
  expect([bad.code, names(bad)]).toEqual([3, ['ha', 'node']]);
});

test('done counts as up', async () => {
  const served = await serve(['migrate']);
  served.backend.set('migrate', { state: 'done', wanted: 'up', why: 'exit 0 after 2.0 s' });
  expect((await svc(['status', 'migrate'], at(served))).code).toBe(0);
});

test('of one service alone, what it uses now, where that can be known', async () => {
  const served = await serve(['web', 'off']);
  served.backend.set('web', up(7));
  served.backend.usage!.set('web', { cpu: 75.4, memory: 34.5 * 2 ** 20, processes: 3 });
  const last = async (name: string): Promise<string> => (await svc(['status', name], at(served))).stdout.trim().split('\n').at(-1)!;
  expect(await last('web')).toBe('uses  34.5M of memory in 3 processes, 1m15s of CPU time');
  expect(await last('off')).toMatch(/^off +down/);
  served.backend.usage = undefined;
  expect(await last('web')).toMatch(/^web +up/);
});

test('of one service alone, what the table has no room for', async () => {
  const served = await serve(['web', 'db']);
  const more = {
    description: "the shop's front end", health: 'unhealthy' as const, nextRun: '2026-11-22T10:05:00.000Z', skipped: 2,
    reload: { at: '2026-11-22T10:00:00.000Z', ok: false, detail: 'check: exit 1' },
  };
  served.backend.set('web', { ...up(7), ...more, why: 'unhealthy: connection refused' });
  const { stdout } = await svc(['status', 'web'], at(served));
  expect(stdout).toBe([
    'NAME  STATE  PID  UPTIME  RESTARTS  WHY',
    'web   up     7    2.0 s   0         unhealthy: connection refused',
    '',
    "description  the shop's front end",
    'health       unhealthy',
    'next run     2026-11-22T10:05:00.000Z, 2 skipped so far',
    'last reload  2026-11-22T10:00:00.000Z, failed: check: exit 1',
    '',
  ].join('\n'));
  expect((await svc(['status', 'web', 'db'], at(served))).stdout).not.toContain('description');
  expect((await svc(['status', 'web', '--color=always'], at(served))).stdout).toContain('\x1b[31mup\x1b[0m');
});

test.runIf(lacking('script').length === 0)('on a terminal of 80 columns the next try is seen', async () => {
  const served = await serve(['checkout']);
  served.backend.set('checkout', { state: 'backing-off', restarts: 3, why: 'exit 1 after 300 ms, next try in 7.0 s (4/10)' });
  const lines = await onTerminal(80, ['status'], { ...at(served).environment, NO_COLOR: '1' });
  expect(lines[1]).toBe('checkout  backing-off  -    -       3         next try in 7.0 s (4/10): exit 1 …');
});

test('names that mean nothing are told, the others are shown', async () => {
  const { code, stdout, stderr } = await svc(['status', 'hha', 'zz*', 'node'], at(await lab()));
  expect(code).toBe(4);
  expect(stderr).toBe('svc: no service named "hha"; did you mean "ha"?\nsvc: no service matches "zz*"; list them: svc status\n');
  expect(stdout).toContain('node  backing-off');
});

test('--json is the statuses as the API gives them', async () => {
  const served = await lab();
  const { code, stdout } = await svc(['status', '--json', 'ha', 'node'], at(served));
  expect([code, JSON.parse(stdout)]).toEqual([3, { schema: 1, services: [served.backend.status('ha'), served.backend.status('node')] }]);
});

test('no services: a friendly line, and an empty list for programs', async () => {
  const place = at(await serve());
  expect(await svc(['status'], place)).toEqual({
    code: 0, stderr: '', stdout: 'no services yet; put a directory with an executable file named run into /etc/services.d, then: svc rescan\n',
  });
  expect(JSON.parse((await svc(['status', '--json'], place)).stdout)).toEqual({ schema: 1, services: [] });
  expect((await svc(['status', 'web'], place)).code).toBe(4);
});

test('colours: never into a pipe unless asked for', async () => {
  const place = at(await lab());
  const colours = async (words: string[], environment = {}): Promise<boolean> =>
    (await svc(['status', ...words], { environment: { ...place.environment, ...environment } })).stdout.includes('\x1b[');
  expect([await colours([]), await colours(['--color=always']), await colours(['--color', 'never'])]).toEqual([false, true, false]);
  expect(await colours(['--color=always'], { NO_COLOR: '1' })).toBe(true);
});

test.runIf(lacking('script').length === 0)('on a terminal: colours, unless NO_COLOR, and a WHY that fits', async () => {
  const served = await lab();
  served.backend.set('node', { ...down, why: `cannot start: ${'x'.repeat(200)}` });
  const show = (environment = {}): Promise<string[]> => onTerminal(72, ['status'], { ...at(served).environment, ...environment });
  const lines = await show();
  expect(lines.join('')).toContain('\x1b[32mready\x1b[0m');
  const plain = await show({ NO_COLOR: '1' });
  expect(plain.join('')).not.toContain('\x1b[');
  expect(Math.max(...plain.map((line) => [...line].length))).toBe(72);
  expect(plain.find((line) => line.startsWith('node'))).toMatch(/x…$/);
});
