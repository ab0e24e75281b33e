/** What happens while nobody looks: the next life hears of it. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { alive, container, inside, lines, until, type Files, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';
import { gatedNode, superviseUpgradable } from '../help/upgrade.ts';

type Shown = Readonly<{
  name: string; state: string; pid: number | null; restarts: number; lastExit: { exitCode?: number; signal?: string } | null; why: string;
}>;

async function service(machine: Machine, name: string): Promise<Shown> {
  const { services } = JSON.parse((await machine.svc('status', '--json', name)).stdout) as { services: [Shown] };
  return services[0];
}

const makeFifo = (file: string): void => void execFileSync('mkfifo', [file]);

function writeHook(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

const SLEEPS = '#!/bin/sh\nexec sleep 1000\n';

test('a service that ends in the gap: its exit code is known, its finish is run, and it comes back', async () => {
  const machine = await superviseUpgradable({
    'web/run!': '#!/bin/sh\necho "$$" >>../starts\nread -r code <gate\nexit "$code"\n',
    'web/finish!': '#!/bin/sh\necho "$1 $2" >>../ends\n',
    'other/run!': SLEEPS,
  }, { prepare: (services) => makeFifo(path.join(services, 'web/gate')) });
  const starts = path.join(machine.services, 'starts');
  const ends = path.join(machine.services, 'ends');
  await until(() => lines(starts).length === 1);
  const [first] = lines(starts);
  await machine.enterGap();
  writeFileSync(path.join(machine.services, 'web/gate'), '42\n');
  // A zombie: nobody reaps it in the gap.
  await until(() => !alive(Number(first)));
  expect(existsSync(ends)).toBe(false);
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  await until(() => lines(starts).length === 2, () => machine.output());
  expect(lines(ends), machine.output()).toEqual(['42 0']);
  expect(await service(machine, 'web')).toMatchObject({ restarts: 1, lastExit: { exitCode: 42 } });
});

test('a service that becomes ready in the gap, and one that writes to its logger: nothing is lost', async () => {
  const machine = await superviseUpgradable({
    'web/run!': '#!/bin/sh\nread -r _ <gate\necho >&3\nexec sleep 1000\n',
    'web/notification-fd': '3',
    'talks/run!': '#!/bin/sh\ni=0\nwhile [ ! -e ../stop ]; do i=$((i + 1)); echo "line $i"; sleep 0.01; done\necho last\nexec sleep 1000\n',
    'talks/log/run!': '#!/bin/sh\nexec cat >>../../written\n',
  }, { prepare: (services) => makeFifo(path.join(services, 'web/gate')) });
  const written = path.join(machine.services, 'written');
  await until(() => lines(written).length > 5);
  await machine.enterGap();
  const soFar = lines(written).length;
  writeFileSync(path.join(machine.services, 'web/gate'), '\n');
  // Both go on while n6 is away.
  await until(() => lines(written).length > soFar + 10);
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  await until(async () => (await service(machine, 'web')).state === 'ready');
  appendFileSync(path.join(machine.services, 'stop'), '');
  await until(() => lines(written).includes('last'));
  const all = lines(written);
  expect(all).toEqual([...all.slice(0, -1).map((_, index) => `line ${index + 1}`), 'last']);
});

test('deadlines go on: a back-off that is over in the gap, and one that is not; a stop that takes too long', async () => {
  const machine = await superviseUpgradable({
    'soon/run!': '#!/bin/sh\necho x >>../soon-starts\nexit 1\n',
    'soon/service.yaml': 'backoff: {initial: 700ms, factor: 1, max: 700ms, jitter: 0}\n',
    'late/run!': '#!/bin/sh\necho x >>../late-starts\nexit 1\n',
    'late/service.yaml': 'backoff: {initial: 1h, factor: 1, max: 1h, jitter: 0}\n',
    'deaf/run!': "#!/bin/sh\ntrap '' TERM\necho up >../deaf-up\nwhile :; do sleep 1; done\n",
    'deaf/timeout-kill': '1500',
  });
  await until(() => existsSync(path.join(machine.services, 'deaf-up')));
  await until(async () => (await service(machine, 'late')).state === 'backing-off' && lines(path.join(machine.services, 'late-starts')).length === 2);
  const stopping = machine.svc('stop', 'deaf', '--no-wait');
  await stopping;
  const { pid } = await service(machine, 'deaf');
  await machine.enterGap();
  const before = lines(path.join(machine.services, 'soon-starts')).length;
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  await until(() => lines(path.join(machine.services, 'soon-starts')).length > before + 1);
  expect(await service(machine, 'late')).toMatchObject({ state: 'backing-off', why: expect.stringMatching(/next try in 59m/) as string });
  await until(() => !alive(pid!));
  await until(async () => (await service(machine, 'deaf')).state === 'down');
  expect(await service(machine, 'deaf')).toMatchObject({ lastExit: { signal: 'SIGKILL' } });
});

test('a hook that runs, and those that wait: each is run once, in order, and its failure is told', async () => {
  const machine = await superviseUpgradable({
    'web/run!': SLEEPS,
  }, {
    prepare(services) {
      const hooks = path.join(services, '../hooks.d/service-down');
      for (const [name, text] of [['10-waits', 'echo 10 "$N6_SEQ" >>TRACE\nread -r _ <GATE\nexit 3'], ['20-after', 'echo 20 "$N6_SEQ" >>TRACE']] as const) {
        const file = path.join(hooks, name);
        writeHook(file, text.replaceAll('TRACE', path.join(services, '../trace')).replaceAll('GATE', path.join(services, '../gate')));
      }
      makeFifo(path.join(services, '../gate'));
    },
  });
  const trace = path.join(machine.directory, 'trace');
  for (const command of ['stop', 'start', 'stop']) expect((await machine.svc(command, 'web')).code).toBe(0);
  await until(() => lines(trace).length === 1);
  await machine.enterGap();
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  expect(lines(trace)).toHaveLength(1);
  writeFileSync(path.join(machine.directory, 'gate'), '\n');
  await until(() => lines(trace).length === 3, () => machine.output());
  writeFileSync(path.join(machine.directory, 'gate'), '\n');
  await until(() => lines(trace).length === 4, () => machine.output());
  const seen = lines(trace).map((line) => line.split(' '));
  expect(seen.map(([number]) => number)).toEqual(['10', '20', '10', '20']);
  expect(seen[0]![1]).toBe(seen[1]![1]);
  expect(seen[2]![1]).not.toBe(seen[1]![1]);
  await until(() => machine.output().split('10-waits failed on service-down: exit 3').length === 3, () => machine.output());
  expect(machine.output()).toMatch(/hook .*10-waits of service-down \(pid \d+\) was interrupted/);
});

test('clients of the control API wait in the gap, and streams go on where they were', async () => {
  const machine = await superviseUpgradable({ 'web/run!': SLEEPS, 'other/run!': SLEEPS });
  const { connect } = await import('../../src/client/connect.ts');
  const client = connect({ directory: machine.services });
  const seen: number[] = [];
  const over = new AbortController();
  const follow = (async () => {
    for await (const item of client.events({ since: 0, signal: over.signal })) if ('seq' in item) seen.push(item.seq);
  })();
  await until(() => seen.length > 1);
  await machine.enterGap();
  const status = machine.svc('status', 'web');
  const stop = machine.svc('stop', 'other');
  expect((await machine.leaveGap()).code, machine.output()).toBe(0);
  expect((await status).code).toBe(0);
  expect((await stop).code).toBe(0);
  await until(async () => seen.length > 0 && (await client.service('other')).state === 'down' && seen.length >= 5);
  over.abort();
  await follow;
  expect(seen).toEqual(seen.map((_, index) => index + 1));
});

/** A signal is pending when it stands in /proc; only then may Node begin, which takes it out of there. */
const pending = (pid: number, bit: number): boolean =>
  ((BigInt(`0x${/^ShdPnd:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]}`) >> BigInt(bit - 1)) & 1n) === 1n;

const ENDING = [['SIGTERM', 15], ['SIGINT', 2]] as const;

test.each(ENDING)('as a subreaper, %s in the gap ends n6 before it can hear, and its services end with it', async (signal, number) => {
  const machine = await superviseUpgradable({ 'web/run!': SLEEPS, 'deaf/run!': "#!/bin/sh\ntrap '' TERM\necho >../deaf-up\nwhile :; do sleep 1; done\n" }, {
    environment: { N6_GRACE: '1000' },
  });
  await until(() => existsSync(path.join(machine.services, 'deaf-up')));
  const pids = [(await service(machine, 'web')).pid!, (await service(machine, 'deaf')).pid!];
  await machine.enterGap();
  process.kill(machine.process.pid!, signal);
  await until(() => pending(machine.process.pid!, number));
  void machine.leaveGap();
  expect(await machine.ended).toBe(-1);
  await until(() => !pids.some(alive), () => machine.output());
  await until(() => !existsSync(path.join(machine.services, '.n6/state.json')));
});

describe.runIf(canMakeNamespaces)('as PID 1', () => {
  async function gatedContainer(files: Files): Promise<Machine & { pid: number; enter(): Promise<void>; leave(): void }> {
    const machine = await container(files, { rootFiles: { 'usr/lib/n6/runtime/bin/node!': gatedNode('/run/inside', '/run/gate') } });
    const at = (name: string): string => `/proc/${machine.pid}/root/run/${name}`;
    return Object.assign(machine, {
      async enter() {
        makeFifo(at('gate'));
        void machine.svc('reexec');
        await until(() => existsSync(at('inside')), () => machine.output());
      },
      leave: () => writeFileSync(at('gate'), '\n'),
    });
  }

  test.each(ENDING)('%s in the gap is an ordered shutdown', async (signal, number) => {
    const machine = await gatedContainer({
      'web/run!': '#!/bin/sh\ntrap "echo stopped; exit 0" TERM\necho up\nwhile :; do sleep 0.05; done\n', 'web/finish!': '#!/bin/sh\necho finished\n',
    });
    await until(() => machine.output().includes('up'));
    await machine.enter();
    process.kill(machine.pid, signal);
    await until(() => pending(machine.pid, number));
    // The guard has seen it by then.
    await until(() => existsSync(`/proc/${machine.pid}/root/run/n6/state.json.signals`));
    machine.leave();
    expect(await machine.ended, machine.output()).toBe(0);
    expect(machine.output()).toMatch(/received SIG\w+ while the supervisor replaced itself/);
    expect(machine.output()).toMatch(/^stopped$[^]*^finished$/m);
  });

  test('who ends in the gap is reaped with his exit code, orphans, too', async () => {
    const machine = await gatedContainer({
      'web/run!': '#!/bin/sh\n[ ! -e /run/orphan ] && { sleep 1000 & echo $! >/run/orphan; }\nexec sleep 1000\n',
    });
    const at = (name: string): string => `/proc/${machine.pid}/root/run/${name}`;
    await until(() => existsSync(at('orphan')));
    const { pid } = await service(machine, 'web');
    await machine.enter();
    expect((await inside(machine, 'kill', '-9', String(pid), readFileSync(at('orphan'), 'latin1').trim())).code).toBe(0);
    machine.leave();
    await until(async () => (await service(machine, 'web')).restarts === 1);
    expect(await service(machine, 'web')).toMatchObject({ lastExit: { signal: 'SIGKILL' } });
    await until(async () => !(await inside(machine, 'sh', '-c', 'grep -l "^State:.Z" /proc/[0-9]*/status')).stdout.includes('status'));
  });
});
