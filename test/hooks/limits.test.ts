/** Hooks that do not end by themselves. Those that ignore TERM cost the five seconds until KILL. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createWorld, lives } from './world.ts';

/** Long enough for a shell to begin, on a machine that has much to do. */
const SHORT = 1500;
const gates = ['leader', 'child'];

test('a hook that hangs is told, ended with all it started, and the next event is served', async () => {
  const { runner, reports, failures, hooks, install, give, heard, trace } = createWorld({ timeout: SHORT, gates });
  const hanging = install('service-up', 'hook-hangs');
  install('service-down', 'hook-records');
  give('service-up', 'web');
  give('service-down', 'web');
  const leader = await heard('leader');
  await runner.idle();
  expect(lives(leader)).toBe(false);
  const reason = `it did not end in ${SHORT} ms (N6_HOOK_TIMEOUT); sent SIGTERM to it`;
  expect(reports).toEqual([`hook ${hooks}/service-up/hook-hangs failed on service-up: ${reason}`]);
  expect(failures).toEqual([{ hook: hanging, cause: 'service-up', reason, service: 'web' }]);
  expect(trace()).toHaveLength(1);
});

test('one that ignores TERM is killed, and so is what it started', async () => {
  const { runner, failures, install, give, heard, until } = createWorld({ timeout: SHORT, gates });
  install('service-up', 'hook-ignores-term');
  give('service-up', 'web');
  const [leader, child] = await Promise.all([heard('leader'), heard('child')]);
  await runner.idle();
  await until(() => !lives(child));
  expect([lives(leader), failures.length]).toEqual([false, 1]);
});

test('what a hook leaves behind in its group is killed, too, before the next hook runs', async () => {
  const { runner, install, give, heard, trace, until } = createWorld({ timeout: SHORT, gates });
  install('service-up', 'hook-dies-of-term-alone');
  install('service-down', 'hook-records');
  give('service-up', 'web');
  give('service-down', 'web');
  const [leader, child] = await Promise.all([heard('leader'), heard('child')]);
  await until(() => !lives(leader));
  expect(lives(child)).toBe(true);
  expect(trace()).toEqual([]);
  await runner.idle();
  await until(() => !lives(child));
  expect(trace()).toHaveLength(1);
});

test('without a limit it is waited for; stop asks it to end and forgets what waits', async () => {
  const { runner, reports, install, give, heard } = createWorld({ gates });
  install('service-up', 'hook-hangs');
  for (let i = 0; i < 3; i++) give('service-up', 'web');
  const leader = await heard('leader');
  await runner.stop();
  expect(lives(leader)).toBe(false);
  expect(reports).toEqual([expect.stringContaining('the supervisor is ending; sent SIGTERM to it')]);
  give('service-up', 'web');
  await runner.idle();
  expect(reports).toHaveLength(1);
});

test('a hook is a session and a process group of its own', async () => {
  const { runner, install, give, heard } = createWorld({ gates });
  install('service-up', 'hook-hangs');
  give('service-up', 'web');
  const leader = await heard('leader');
  const [, , group, session] = readFileSync(`/proc/${leader}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  expect([group, session]).toEqual([leader, leader]);
  await runner.stop();
});
