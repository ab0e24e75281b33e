/** scripts/packages with stand-ins for dpkg-query, apt-get and id; nothing of this machine is installed or changed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../help/machine.ts';

const script = path.resolve(import.meta.dirname, '../../scripts/packages');
const TOOLS = ['sh', 'cat', 'grep', 'mv', 'rm', 'chmod', 'flock', 'touch'];
let directory: string;
const running: ChildProcess[] = [];
const at = (name: string): string => path.join(directory, name);
const policy = (): string => at('sbin/policy-rc.d');

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'n6-packages-'));
  for (const name of ['bin', 'sbin', 'does']) mkdirSync(at(name));
  for (const tool of TOOLS) symlinkSync(found(tool), at(`bin/${tool}`));
  writeFileSync(at('installed'), 'here\n');
  program('id', 'echo ${STAND_IN_UID:-0}');
  program('dpkg-query', 'shift 3; for p; do if grep -qx "$p" installed; then echo "$p installed"; else echo "$p config-files"; fi; done');
  // Does what the files in does/ say, and tells what policy-rc.d says meanwhile.
  program('apt-get', `
    "$N6_POLICY_RC_D" >/dev/null 2>&1; told=$?
    for word; do case $word in --simulate) act=simulate; break ;; install | update) act=$word ;; esac; done
    echo "$act $told" >>calls
    [ ! -e does/hang-$act ] || exec cat hang
    if [ -e does/fail-$act ]; then rm does/fail-$act; echo "E: cannot $act" >&2; exit 100; fi
    [ "$act" = install ] || exit 0
    while [ "$1" != install ]; do shift; done; shift
    for p; do [ ! -e "does/lose-$p" ] && echo "$p" >>installed; done`);
});
afterEach(() => {
  for (const { pid } of running.splice(0)) endGroup(pid!);
  rmSync(directory, { recursive: true, force: true });
});

test('what is there costs no apt-get', async () => {
  expect(await packages(['here'])).toEqual({ code: 0, said: '' });
  expect(calls()).toEqual([]);
});

test('what is missing is named and installed, and no daemon may start meanwhile', async () => {
  expect(await packages(['here', 'one', 'two'])).toEqual({ code: 0, said: 'Installing Debian packages: one two\n' });
  expect(calls()).toEqual(['simulate 101', 'install 101']);
  expect(existsSync(policy())).toBe(false);
});

test('the policy-rc.d that was there is put back as it was', async () => {
  writeFileSync(policy(), '#!/bin/sh\nexit 42\n');
  chmodSync(policy(), 0o711);
  const before = statSync(policy());
  expect(await packages(['one'])).toMatchObject({ code: 0 });
  const { ino, mode, mtimeMs } = statSync(policy());
  expect({ ino, mode, mtimeMs }).toEqual({ ino: before.ino, mode: before.mode, mtimeMs: before.mtimeMs });
  expect(calls()).toEqual(['simulate 101', 'install 101']);
});

test('a link, even one that leads nowhere, is put back as it was', async () => {
  symlinkSync('/nowhere/at-all', policy());
  expect(await packages(['one'])).toMatchObject({ code: 0 });
  expect(readlinkSync(policy())).toBe('/nowhere/at-all');
});

test('no lists yet: they are fetched first', async () => {
  writeFileSync(at('does/fail-simulate'), '');
  expect(await packages(['one'])).toMatchObject({ code: 0 });
  expect(calls()).toEqual(['simulate 101', 'update 101', 'install 101']);
});

test('lists that are too old: they are fetched, and it is tried once more', async () => {
  writeFileSync(at('does/fail-install'), '');
  expect(await packages(['one'])).toMatchObject({ code: 0 });
  expect(calls()).toEqual(['simulate 101', 'install 101', 'update 101', 'install 101']);
});

test('what cannot be installed is said with the command that would, and policy-rc.d is put back', async () => {
  writeFileSync(policy(), 'mine');
  writeFileSync(at('does/lose-one'), '');
  const { code, said } = await packages(['one', 'two']);
  expect(code).toBe(3);
  expect(said).toContain('Missing Debian packages: one (apt-get could not install them).');
  expect(said).toContain('sudo apt-get install --no-install-recommends one\n');
  expect(readFileSync(policy(), 'utf8')).toBe('mine');
});

test.each([
  ['N6_NO_INSTALL=1 forbids to install them', { N6_NO_INSTALL: '1' }],
  ['only root can install them', { STAND_IN_UID: '1000' }],
])('%s: said, 3, nothing done', async (reason, env) => {
  const { code, said } = await packages(['one', 'here'], env);
  expect({ code, said }).toEqual({
    code: 3, said: `Missing Debian packages: one (${reason}).\nTo have them:  sudo apt-get install --no-install-recommends one\n`,
  });
  expect(calls()).toEqual([]);
});

test('no apt-get, or no dpkg at all: said, 3; a program that is there counts as its package', async () => {
  rmSync(at('bin/apt-get'));
  expect(await packages(['one'])).toMatchObject({ code: 3, said: expect.stringContaining('there is no apt-get here') as string });
  rmSync(at('bin/dpkg-query'));
  program('ip', 'exit 0');
  expect(await packages(['grep', 'iproute2'])).toMatchObject({ code: 0 });
  expect(await packages(['grep', 'one'])).toMatchObject({ code: 3 });
});

test.each([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)('%s while installing: policy-rc.d is put back', async (signal, expected) => {
  writeFileSync(policy(), 'mine');
  const child = await installing();
  process.kill(-child.pid!, signal);
  expect(await once(child, 'exit')).toEqual([expected, null]);
  expect(readFileSync(policy(), 'utf8')).toBe('mine');
});

test('killed while installing: the next run puts back what was there', async () => {
  writeFileSync(policy(), 'mine');
  const child = await installing();
  process.kill(-child.pid!, 'SIGKILL');
  await once(child, 'exit');
  expect(readFileSync(policy(), 'utf8')).not.toBe('mine');
  rmSync(at('does/hang-install'));
  expect(await packages(['one'])).toMatchObject({ code: 0 });
  expect(readFileSync(policy(), 'utf8')).toBe('mine');
});

test('two at once: one installs, the other finds everything there', async () => {
  const results = await Promise.all([packages(['one']), packages(['one'])]);
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(calls()).toEqual(['simulate 101', 'install 101']);
  expect(existsSync(policy())).toBe(false);
});

/** A run that is in the middle of apt-get. `hang` is a FIFO: cat waits there without a clock. */
async function installing(): Promise<ChildProcess> {
  writeFileSync(at('does/hang-install'), '');
  await once(spawn('mkfifo', [at('hang')]), 'exit');
  const child = start(['one']);
  await until(() => calls().includes('install 101'));
  return child;
}

function start(names: string[], env: Record<string, string> = {}): ChildProcess {
  // A session of its own, as a terminal's foreground job is a group of its own: Ctrl-C reaches the whole group.
  const child = spawn(script, names, { cwd: directory, detached: true, env: { PATH: at('bin'), N6_POLICY_RC_D: policy(), ...env } });
  running.push(child);
  return child;
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody of it is left.
  }
}

async function packages(names: string[], env: Record<string, string> = {}): Promise<{ code: number | null; said: string }> {
  const child = start(names, env);
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { said: await text(child.stderr!), code: await code };
}

const program = (name: string, body: string): void => writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
const calls = (): string[] => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : []);
const found = (tool: string): string => {
  const place = ['/bin', '/usr/bin', '/usr/local/bin'].map((where) => path.join(where, tool)).find((file) => lstatSync(file, { throwIfNoEntry: false }));
  if (place === undefined) throw new Error(`no ${tool} on this machine`);
  return place;
};
