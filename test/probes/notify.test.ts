/** sd_notify(3), told by real clients and by hostile ones. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lines, until } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { canMakeNamespaces } from '../help/privileges.ts';
import { send } from '../help/sender.ts';
import { health, kernel, scratch, SLEEP, world, type World } from './world.ts';

const NOTIFY = { ready: { by: 'notify' } } as const;
const READY = { type: 'becameReady' };
const status = (text: string): unknown => ({ type: 'statusTold', text });
const healthy = (is: boolean, detail = ''): unknown => ({ type: 'healthChanged', healthy: is, detail });

type Say = (...texts: (string | Buffer)[]) => Promise<void>;

/** A service that writes its address down and does nothing else, and the way to speak for it. */
async function silent(all: World, policy: Parameters<World['add']>[2] = NOTIFY, script = SLEEP): Promise<Say> {
  const file = path.join(scratch, `address-${Math.random()}`);
  all.add('web', `echo "$NOTIFY_SOCKET" > ${file}.new; mv ${file}.new ${file}; ${script}`, policy);
  await until(() => lines(file).length === 1 && all.service('web').state.name === 'running');
  return (...texts) => send(lines(file)[0]!, texts);
}

test('every field that means something', async () => {
  const all = world();
  const say = await silent(all);
  await say('STATUS=loading\nFDSTORE=1\nX_MINE=2', 'READY=1\nSTATUS=serving');
  await say('RELOADING=1\nMONOTONIC_USEC=5', 'READY=1', 'READY=1\nEXTEND_TIMEOUT_USEC=1', 'STOPPING=1');
  await until(() => all.of('web').length === 8);
  expect(all.of('web')).toEqual([
    status('loading'), status('serving'), READY, status('reloading'), status(''), READY, READY, status('stopping'),
  ]);
  expect(all.reloads).toEqual(['web']);
  expect(all.events.map(({ event }) => event)).toContain('service-ready');
});

test('READY=1 that comes before n6 knows the pid is not lost', async () => {
  const all = world();
  for (let round = 0; round < 20; round++) all.add(`fast-${round}`, `systemd-notify --no-block --ready; ${SLEEP}`, NOTIFY);
  await until(() => all.told.filter(({ type }) => type === 'becameReady').length === 20);
});

test.skipIf(lacking('systemd-notify').length > 0)('systemd-notify --ready waits for its barrier, and each life has a socket of its own', async () => {
  const file = path.join(scratch, 'lives');
  const all = world();
  all.add('web', `systemd-notify --ready --status="life $$" && echo "$NOTIFY_SOCKET" >> ${file}; ${SLEEP}`, NOTIFY);
  // A process may have said all this before the thread that has started it has told its pid.
  await until(() => lines(file).length === 1 && all.service('web').state.name === 'running');
  kernel.signal(all.pid('web'), 'SIGKILL');
  await until(() => lines(file).length === 2);
  const [first, second] = lines(file);
  expect(first).not.toBe(second);
  await expect(send(first!, ['STATUS=from an earlier life'])).rejects.toMatchObject({ errno: 111 });
  expect(all.of('web').filter((entry) => (entry as { type: string }).type === 'becameReady')).toHaveLength(2);
});

test('a process that outlives its service has nobody to talk to, and a service without notify has no socket', async () => {
  const file = path.join(scratch, 'none');
  const all = world();
  all.add('plain', `echo "<$NOTIFY_SOCKET>" > ${file}; ${SLEEP}`, { health: health({ probe: { by: 'exec', command: ['/bin/true'] } }) });
  await until(() => lines(file).length === 1);
  expect(lines(file)).toEqual(['<>']);
});

describe('MAINPID', () => {
  test('a child of the service is accepted; n6 itself, init, strangers, other services, and what is no number are not', async () => {
    const all = world();
    const file = path.join(scratch, 'child');
    const say = await silent(all, NOTIFY, `sleep 1004 & echo $! > ${file}; wait`);
    all.add('other', SLEEP, {});
    await until(() => lines(file).length === 1 && all.service('other').state.name === 'running');
    const wrong = [process.pid, 1, process.ppid, all.pid('other'), 0, -5, 4_194_999, '12x', '', '99999999999', '1e3'];
    await say(...wrong.map((pid) => `MAINPID=${pid}`), `MAINPID=${all.pid('web')}`, `MAINPID=${lines(file)[0]}`);
    await until(() => all.of('web').length > 0);
    expect(all.told.filter(({ type }) => type === 'mainPidTold')).toEqual([
      { name: 'web', type: 'mainPidTold', pid: expect.any(Number) as number, mainPid: Number(lines(file)[0]) },
    ]);
    // Told once, not once for each.
    expect(all.reports.filter((text) => text.includes('MAINPID'))).toEqual([
      `it sent MAINPID=${process.pid}, which is none of its processes; its main process stays the same`,
    ]);
    kernel.signalRest('SIGKILL');
  });
});

describe('the watchdog', () => {
  test('WATCHDOG_USEC is given; a heartbeat that stays away is unhealthy, one that comes back healthy', async () => {
    const file = path.join(scratch, 'watchdog');
    const all = world();
    const say = await silent(all, { health: health({ watchdog: 300 }) }, `env | grep WATCHDOG > ${file}; ${SLEEP}`);
    await until(() => lines(file).length === 1);
    expect(lines(file)).toEqual(['WATCHDOG_USEC=300000']);
    await say('WATCHDOG=1');
    await until(() => all.of('web').length === 2);
    await say('WATCHDOG=1');
    await until(() => all.of('web').length === 3);
    await say('WATCHDOG_USEC=60000000', 'WATCHDOG=trigger', 'WATCHDOG=1');
    await until(() => all.of('web').length === 5);
    const missed = healthy(false, 'no WATCHDOG=1 for 300 ms');
    expect(all.of('web')).toEqual([healthy(true), missed, healthy(true), healthy(false, 'it sent WATCHDOG=trigger'), healthy(true)]);
  });

  test('with a probe beside it both must be well; it is not expected before the service is ready', async () => {
    const all = world();
    const say = await silent(all, { ...NOTIFY, health: health({ watchdog: 150, probe: { by: 'exec', command: ['/bin/true'] } }) });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(all.of('web')).toEqual([]);
    await say('READY=1', 'WATCHDOG=1');
    await until(() => all.of('web').length === 3);
    expect(all.of('web')).toEqual([READY, healthy(true), healthy(false, 'no WATCHDOG=1 for 150 ms')]);
    all.supervisor.give('web', { type: 'pauseWanted' });
    all.supervisor.give('web', { type: 'continueWanted' });
    await say('WATCHDOG=1', 'WATCHDOG_USEC=60000000');
    await until(() => all.of('web').length === 4);
    expect(all.of('web')[3]).toEqual(healthy(true));
  });
});

describe('hostile', () => {
  test('whatever is sent, n6 goes on and hears what comes after', async () => {
    const all = world();
    const say = await silent(all);
    const junk = fc.sample(fc.oneof(fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ maxLength: 100 }).map((text) => Buffer.from(`STATUS=${text}\nMAINPID=${text}\nWATCHDOG_USEC=${text}`))), 1000);
    await say(...junk, 'STATUS=after all that');
    await until(() => all.of('web').some((entry) => (entry as { text?: string }).text === 'after all that'));
    expect(all.failures).toEqual([]);
    expect(all.service('web').state.name).toBe('running');
  });

  test.runIf(canMakeNamespaces && lacking('systemd-notify').length === 0)('a user who is neither root, nor n6, nor the service is refused', async () => {
    const all = world();
    const as = (uid: number): string => `setpriv --reuid=${uid} --clear-groups --`;
    // A service that becomes somebody: he counts, others do not.
    all.add('web', `${as(65533)} systemd-notify --no-block STATUS=wrong
      exec ${as(65534)} sh -c 'systemd-notify --no-block --ready; exec sleep 1005'`, NOTIFY);
    await until(() => all.of('web').length > 0);
    expect(all.of('web')).toEqual([READY]);
    const refused = /^process \d+ of user 65533 wrote to its NOTIFY_SOCKET; only root, n6's user and the service's user may$/;
    expect(all.reports).toEqual([expect.stringMatching(refused)]);
  });

  test('a flood does not keep others from being heard', async () => {
    const all = world();
    const say = await silent(all);
    all.add('loud', 'while :; do systemd-notify --no-block STATUS=noise || exit 1; done', NOTIFY);
    await until(() => all.of('loud').length > 20);
    await say('READY=1');
    await until(() => all.of('web').length === 1);
  });
});

describe.skipIf(lacking('haproxy').length > 0)('HAProxy in master-worker mode (-Ws)', () => {
  test('ready, reload with a result, main pid, end', async () => {
    const config = path.join(scratch, 'haproxy.cfg');
    const times = ['connect', 'client', 'server'].map((what) => `  timeout ${what} 1s\n`).join('');
    writeFileSync(config, `defaults\n  mode http\n${times}frontend f\n  bind unix@${scratch}/haproxy.sock\n`);
    const all = world();
    all.add('lb', `exec haproxy -Ws -f ${config}`, NOTIFY, { stopSignal: 'SIGTERM', killAfter: 5000 });
    const readies = (): number => all.told.filter(({ type }) => type === 'becameReady').length;
    await until(() => readies() === 1);
    expect(all.reloads).toEqual([]);
    all.supervisor.give('lb', { type: 'signalWanted', signal: 'SIGUSR2' });
    await until(() => all.reloads.length === 1 && readies() === 2);
    expect(all.reloads).toEqual(['lb']);
    expect(all.service('lb').restarts).toBe(0);
    // It sends its own pid as the main one: nothing changes.
    expect(all.told.some(({ type }) => type === 'mainPidTold')).toBe(false);
    all.supervisor.stop('lb');
    await until(() => all.service('lb').state.name === 'down');
    expect(all.reports).toEqual([]);
  });
});

test('a supervisor that waits for a datagram does not wake up', async () => {
  const all = world();
  await silent(all);
  // The thread of the test asks itself, and its own question is what wakes it: twice in each round.
  const sleeps = (): number => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))![1]);
  const before = sleeps();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(sleeps() - before).toBeLessThan(20);
});
