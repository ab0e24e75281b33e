/** 6xx: PID 1 of namespaces of its own, on an overlay of this machine's root. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { container, inside, until, type Machine } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
type Listed = { name: string; state: string; pid: number; lastExit: { exitCode?: number; signal?: string } | null };
const listed = async (machine: Machine): Promise<Listed[]> =>
  (JSON.parse((await machine.svc('status', '--json')).stdout) as { services: Listed[] }).services;

// Listed as not run where root or namespaces are missing.
describe.runIf(canMakeNamespaces)('as PID 1', () => {
  test('600 all 256 exit codes of a service are told truthfully', async () => {
    const files: Record<string, string> = {};
    for (let code = 0; code < 256; code++) {
      files[`c${code}/run!`] = `#!/bin/sh\nexit ${code}\n`;
      files[`c${code}/finish!`] = '#!/bin/sh\n[ "$2" = 0 ] && [ "c$1" = "$3" ] && exit 125\n';
    }
    const machine = await container(files);
    const seen = await until(async () => {
      const services = await listed(machine);
      return services.every(({ state }) => state === 'failed') && services;
    }, () => machine.output());
    expect(seen).toHaveLength(256);
    for (const { name, lastExit } of seen) expect(`c${lastExit?.exitCode}`).toBe(name);
  });

  test('601 every signal that ends a process is told truthfully', async () => {
    const harmless = [17, 18, 19, 20, 21, 22, 23, 28];
    const numbers = [...Array(31).keys()].map((n) => n + 1).filter((n) => !harmless.includes(n)).concat([34, 37, 50, 64]);
    const files: Record<string, string> = {};
    for (const number of numbers) {
      files[`s${number}/run!`] = `#!/bin/sh\nulimit -c 0\nkill -${number} $$\nsleep 1000\n`;
      files[`s${number}/finish!`] = '#!/bin/sh\n[ "$1" = 256 ] && [ "s$2" = "$3" ] && exit 125\n';
    }
    const machine = await container(files);
    let left: Listed[] = [];
    await until(async () => {
      left = (await listed(machine)).filter(({ state }) => state !== 'failed');
      return left.length === 0;
    }, () => JSON.stringify(left) + machine.output());
    const byName = Object.fromEntries((await listed(machine)).map(({ name, lastExit }) => [name, lastExit?.signal]));
    expect([byName.s1, byName.s9, byName.s11, byName.s15, byName.s37]).toEqual(['SIGHUP', 'SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGRTMIN+3']);
  });

  test('602 two thousand double-forking orphans leave no zombie', async () => {
    const machine = await container({
      'forks/run!': '#!/bin/sh\ni=0\nwhile [ $i -lt 2000 ]; do ( /bin/true & ); i=$((i+1)); done\necho done >"$MARK"\nexec sleep 1000\n',
    }, { environment: { MARK: '/run/forked' } });
    await until(async () => (await inside(machine, 'cat', '/run/forked')).code === 0, () => machine.output(), 55_000);
    const zombies = (): string[] => processesIn(machine.pid).filter((pid) => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    await until(() => zombies().length === 0, () => `zombies: ${zombies().length}`);
    expect((await listed(machine))[0]!.state).toBe('up');
  });

  const endings: [what: string, command: string[], code: number][] = [
    ["CMD's own code", ['sh', '-c', 'exit 7'], 7],
    ['CMD ended by a signal: 128 + its number', ['sh', '-c', 'kill -KILL $$'], 137],
    ['CMD not found', ['no-such-command'], 127],
    ['CMD not executable', ['/etc/passwd'], 126],
    ['CMD that ends well', ['true'], 0],
  ];
  test.each(endings)('603 exit code: %s', async (_what, command, code) => {
    const machine = await container({ 'a/run!': SLEEPER }, { command, ready: false });
    expect(await machine.ended).toBe(code);
  });

  test('604 exit code: an ordered shutdown gives 0, or what the exitcode file says', async () => {
    const plain = await container({ 'a/run!': SLEEPER });
    process.kill(plain.pid, 'SIGTERM');
    expect(await plain.ended).toBe(0);
    const told = await container({ 'a/run!': SLEEPER });
    expect((await inside(told, 'cat', '/run/s6-linux-init-container-results/exitcode')).stdout).toBe('0\n');
    await inside(told, 'sh', '-c', 'echo 42 >/run/s6-linux-init-container-results/exitcode');
    // Its own code is not told: what runs in the container ends with it.
    await told.svc('shutdown');
    expect(await told.ended).toBe(42);
  });

  test('605 a CMD that the shutdown ends does not give the exit code', async () => {
    const machine = await container({}, { command: ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.1; done'] });
    process.kill(machine.pid, 'SIGTERM');
    expect(await machine.ended).toBe(0);
  });

  test('606 no writable directory at all: 111, and it says what to do', async () => {
    const machine = await container({}, {
      ready: false, environment: { XDG_RUNTIME_DIR: '' },
      rootFiles: { 'init!': '#!/bin/sh\nmount -o remount,ro /run; mount -t tmpfs -o ro none /tmp; exec /usr/lib/n6/bin/init "$@"\n' },
    });
    expect(await machine.ended).toBe(111);
    expect(machine.output()).toMatch(/^(n6|init): .*writ.*mount a tmpfs/m);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGPWR', 37])('607 %s is an ordered shutdown', async (signal) => {
    const machine = await container({ 'a/run!': SLEEPER, 'a/finish!': '#!/bin/sh\necho finished $2\n' });
    if (typeof signal === 'number') await inside(machine, 'sh', '-c', `kill -${signal} 1`);
    else process.kill(machine.pid, signal);
    expect(await machine.ended).toBe(0);
    expect(machine.output()).toMatch(/finished 15/);
  });

  test('608 HUP and ALRM rescan, WINCH does nothing, and the debugger never opens', async () => {
    const machine = await container({ 'a/run!': SLEEPER });
    await inside(machine, 'sh', '-c', 'cp -a /etc/services.d/a /etc/services.d/b');
    process.kill(machine.pid, 'SIGWINCH');
    process.kill(machine.pid, 'SIGHUP');
    await until(async () => (await listed(machine)).length === 2);
    await inside(machine, 'rm', '-r', '/etc/services.d/b');
    process.kill(machine.pid, 'SIGALRM');
    await until(async () => (await listed(machine)).length === 1);
    expect(machine.output()).not.toMatch(/Debugger/);
  });

  test('609 a deaf service is killed when the grace is over; a second TERM hurries', async () => {
    const deaf = { 'a/run!': "#!/bin/sh\ntrap '' TERM HUP\necho deaf\nwhile :; do sleep 1; done\n" };
    const patient = await container(deaf, { environment: { N6_GRACE: '300' } });
    await until(() => patient.output().includes('deaf'));
    process.kill(patient.pid, 'SIGTERM');
    expect(await patient.ended).toBe(0);
    const hurried = await container(deaf, { environment: { N6_GRACE: '600000' } });
    await until(() => hurried.output().includes('deaf'));
    // As a person does: again and again.
    const again = setInterval(() => hurried.process.exitCode ?? process.kill(hurried.pid, 'SIGTERM'), 200);
    expect(await hurried.ended.finally(() => clearInterval(again))).toBe(0);
  });

  test('610 a signal that comes while Node is starting counts', async () => {
    for (let delay = 0; delay < 120; delay += 10) {
      const machine = await container({ 'a/run!': SLEEPER }, { ready: false });
      const pid = await until(() => machine.pid);
      // Node's own first handlers are there; n6's are not for another 20 ms or more.
      await until(() => /^n6\b|n6\.cjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1')) && catchesTerm(pid));
      await new Promise((resolve) => setTimeout(resolve, delay));
      process.kill(pid, 'SIGTERM');
      expect(await machine.ended).toBe(0);
    }
  });

  test('620 a CMD is not started, or is ended, when the end was asked for while the services were being started', async () => {
    // So many that their starts take longer than the boot before them.
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`s${i}/run!`, SLEEPER]));
    for (let delay = 40; delay < 200; delay += 20) {
      const machine = await container(files, { ready: false, command: ['sleep', '1000'], environment: { N6_GRACE: '600000' } });
      const pid = await until(() => machine.pid);
      await until(() => /^n6\b|n6\.cjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1')) && catchesTerm(pid));
      await new Promise((resolve) => setTimeout(resolve, delay));
      process.kill(pid, 'SIGTERM');
      expect(await machine.ended).toBe(0);
    }
  });

  test('611 the environment arrives byte for byte through /init, with-contenv and CMD', async () => {
    // The shell's own, as it was given: dash would not hand a.b on.
    const dump = 'cat /proc/$$/environ';
    const machine = await container(
      {
        'plain/run!': `#!/bin/sh\n${dump} >"$OUT/plain"; exec sleep 1000\n`,
        'contenv/run!': `#!/usr/bin/with-contenv bash\n${dump} >"$OUT/contenv"; exec sleep 1000\n`,
      },
      {
        shellEnvironment: String.raw`OUT="$directory" a.b=1 X="$(printf '\377')" "N=$(printf 'a\nb ')" E= NODE_OPTIONS=--require=/nope Q=\'\"`,
        command: ['sh', '-c', `${dump} >"$OUT/cmd"; exec sleep 1000`],
      },
    );
    const expected = ['a.b=1', 'X=\xff', 'N=a\nb ', 'E=', 'NODE_OPTIONS=--require=/nope', 'Q=\'"'];
    for (const who of ['plain', 'contenv', 'cmd']) {
      const file = path.join(machine.directory, who);
      const environment = await until(() => {
        const text = readFileSync(file, 'latin1');
        return text.endsWith('\0') && text.includes('Q=') && text.split('\0');
      }, () => machine.output());
      for (const variable of expected) expect([who, environment]).toEqual([who, expect.arrayContaining([variable])]);
    }
  });

  test('612 later edits of the container environment are seen by later starts', async () => {
    const machine = await container({ 'a/run!': '#!/usr/bin/with-contenv sh\necho "value=$LATER"\nexec sleep 1000\n' });
    await inside(machine, 'sh', '-c', 'echo first >/run/s6/container_environment/LATER');
    await machine.svc('restart', 'a');
    await until(() => machine.output().includes('value=first'), () => machine.output());
    expect((await inside(machine, 'cat', '/var/run/s6/container_environment/LATER')).stdout).toBe('first\n');
  });

  test('613 a closed standard output and error never end it', async () => {
    const machine = await container({ 'a/run!': '#!/bin/sh\nexit 1\n', 'b/run!': SLEEPER }, {
      rootFiles: { 'init!': '#!/bin/sh\nexec >&- 2>&-\nexec /usr/lib/n6/bin/init "$@"\n' },
    });
    expect((await listed(machine)).find(({ name }) => name === 'b')!.state).toBe('up');
    const broken = await container({ 'b/run!': SLEEPER });
    broken.hangUp();
    process.kill(broken.pid, 'SIGHUP');
    await broken.svc('restart', 'b');
    expect((await listed(broken))[0]!.state).toBe('up');
  });

  test('614 a stale /run of an earlier life is cleaned, and what n6 did not make is kept', async () => {
    const machine = await container({ 'a/run!': SLEEPER }, {
      rootFiles: {
        'init!': `#!/bin/sh
mkdir -p /run/service/gone /run/s6/container_environment /run/n6 /run/mine /run/s6-linux-init-container-results
echo 9 >/run/s6-linux-init-container-results/exitcode; echo old >/run/s6/container_environment/OLD
ln -s /nowhere /run/n6/control.sock; touch /run/n6/lock
exec /usr/lib/n6/bin/init "$@"
`,
      },
    });
    expect((await inside(machine, 'ls', '/run/service', '/run/mine', '/run/s6/container_environment')).stdout).not.toMatch(/gone|OLD$/m);
    process.kill(machine.pid, 'SIGTERM');
    expect(await machine.ended).toBe(0);
  });

  test('615 the layout of contract section 4', async () => {
    const machine = await container({ 'a/run': SLEEPER });
    const [{ pid }] = await listed(machine) as [Listed];
    const { stdout } = await inside(machine, 'sh', '-c',
      `readlink /run/service/a; readlink -f /var/run/s6/services/a; stat -c "%a" /run/n6 /run/n6/control.sock; readlink /proc/${pid}/cwd`);
    expect(stdout.trim().split('\n')).toEqual([
      '/run/s6/legacy-services/a', '/run/s6/legacy-services/a', '700', '600', '/run/s6/legacy-services/a',
    ]);
  });

  test('616 a service logs through the pipe it was given, which n6 leaves blocking', async () => {
    const machine = await container({ 'a/run!': '#!/bin/sh\necho hello >/dev/stdout\nexit 1\n', 'b/run!': SLEEPER });
    await until(() => machine.output().includes('hello'), () => machine.output());
    const { pid } = (await listed(machine)).find(({ name }) => name === 'b')!;
    const flags = (await inside(machine, 'grep', 'flags', `/proc/${pid}/fdinfo/1`)).stdout.split(/\s+/)[1]!;
    expect(Number.parseInt(flags, 8) & 0o4000).toBe(0);
  });

  test('617 with /run read-only it lives elsewhere and says what is missing', async () => {
    const machine = await container({ 'a/run!': SLEEPER }, {
      ready: false, environment: { XDG_RUNTIME_DIR: '' },
      rootFiles: { 'init!': '#!/bin/sh\nmount -o remount,ro /run; exec /usr/lib/n6/bin/init "$@"\n' },
    });
    await until(() => machine.output().includes('keeping state in /tmp/n6-0'), () => machine.output());
    await until(async () => (await inside(machine, '/usr/bin/svc', '--dir', '/tmp/n6-0/n6', 'status')).stdout.includes('up'), () => machine.output());
  });

  test('618 with N6_WATCH=1 a new directory starts by itself', async () => {
    const machine = await container({ 'a/run!': SLEEPER }, { environment: { N6_WATCH: '1' } });
    await inside(machine, 'cp', '-a', '/etc/services.d/a', '/etc/services.d/b');
    await until(async () => (await listed(machine)).some(({ name, state }) => name === 'b' && state === 'up'), () => machine.output());
  });

  test('619 services that die at once for ever keep nobody from being heard', async () => {
    const files: Record<string, string> = { 'good/run!': SLEEPER };
    for (let i = 0; i < 20; i++) files[`bad${i}/run!`] = '#!/bin/sh\nexit 1\n';
    const machine = await container(files);
    const restarts = async (): Promise<number[]> => {
      const { services } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: { restarts: number; name: string }[] };
      return services.filter(({ name }) => name.startsWith('bad')).map((service) => service.restarts);
    };
    await until(async () => (await restarts()).every((count) => count >= 3), () => machine.output());
    expect((await machine.svc('restart', 'good')).code).toBe(0);
  });
});

/** Bit 15 of SigCgt (proc(5)). */
function catchesTerm(pid: number): boolean {
  const [, caught] = /^SigCgt:\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return (BigInt(`0x${caught}`) & 0x4000n) !== 0n;
}

const processesIn = (pid: number): string[] => {
  const namespace = readdirSync(`/proc/${pid}/task`).length > 0 ? nsOf(String(pid)) : undefined;
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && nsOf(entry) === namespace && namespace !== undefined);
};
function nsOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8') && readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
