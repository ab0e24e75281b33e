import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serve, until, type Served } from '../control/serve.ts';
import { lacking } from '../help/needs.ts';
import { onTerminal, outcome, program, start, svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });

test('rescan tells what changed, and every problem', async () => {
  const served = await serve();
  expect(await svc(['rescan'], at(served))).toEqual({ code: 0, stdout: 'nothing has changed\n', stderr: '' });
  const problem = { service: 'bad', file: '/s/bad/run', value: undefined, expected: 'a program', remedy: 'create it' };
  served.backend.rescanOutcome = { added: ['new'], changed: ['web'], removed: ['old'], problems: [problem] };
  expect(await svc(['rescan'], at(served))).toEqual({
    code: 0,
    stdout: 'new was added\nweb was edited; take it with: svc restart web\nold was removed\n',
    stderr: 'svc: bad: /s/bad/run: expected a program; create it\n',
  });
  expect(JSON.parse((await svc(['rescan', '--json'], at(served))).stdout)).toMatchObject({ schema: 1, added: ['new'], problems: [{ service: 'bad' }] });
});

test('shutdown', async () => {
  const served = await serve();
  expect(await svc(['shutdown'], at(served))).toEqual({ code: 0, stdout: 'the shutdown has begun\n', stderr: '' });
  expect(served.backend.asked).toEqual(['shutdown: svc shutdown']);
});

test('--version: its own and the supervisor\'s, and a mismatch', async () => {
  const served = await serve();
  const own = /^svc (\S+)\n/.exec((await svc(['--version'], at(served))).stdout)![1]!;
  served.backend.version = own;
  expect(await svc(['--version'], at(served))).toEqual({ code: 0, stdout: `svc ${own}\nsupervisor ${own}, pid 1, /etc/services.d\n`, stderr: '' });
  served.backend.version = '0.0.9';
  const { code, stderr } = await svc(['--version'], at(served));
  expect([code, stderr]).toEqual([0, expect.stringContaining(`this svc is ${own}, but the supervisor is 0.0.9`)]);
});

const serf = { SERF_EVENT: 'member-join', SERF_SELF_NAME: 's1', SERF_TAG_ZONE_X: '' };
const lines = 's2\t10.0.0.2\tbackend\tport=3000\n';
const given = { source: 'serf', environment: serf, input: lines };

test('event hands over what Serf calls a handler with, and prints nothing', async () => {
  const served = await serve();
  const environment = { ...at(served).environment, ...serf, SERFX: 'no', OTHER: 'no' };
  expect(await svc(['event', 'serf'], { environment, input: lines })).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(served.backend.pokes).toEqual([given]);
});

test('event reads a pipe and a file to the end', async () => {
  const served = await serve();
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(path.join(directory, 'input'), lines);
  const environment = { ...at(served).environment, ...serf };
  const file = openSync(path.join(directory, 'input'), 'r');
  expect(await outcome(start(['event', 'serf'], { environment }, [file, 'pipe', 'pipe']))).toMatchObject({ code: 0, stderr: '' });
  closeSync(file);
  // A shell's pipeline is a real pipe; what Node gives its children is a socket.
  const shell = spawn('/bin/sh', ['-c', `(printf 's2\\t10.0.0.2\\t'; printf 'backend\\tport=3000\\n') | "$0" "$1" event serf`, process.execPath, program], {
    env: { PATH: process.env['PATH'], ...environment },
  });
  expect(await outcome(shell)).toMatchObject({ code: 0, stderr: '' });
  expect(served.backend.pokes).toEqual([given, given]);
});

test('event does not hang on a standard input that stays open: a socket, a pipe', async () => {
  const served = await serve();
  const environment = { ...at(served).environment, ...serf };
  const child = start(['event', 'serf'], { environment });
  child.stdin!.write(lines);
  expect(await outcome(child)).toMatchObject({ code: 0, stderr: '' });
  // The shell holds the pipe's writing end on 3 for as long as svc runs.
  const script = 'mkfifo "$2"; exec 3<>"$2"; printf "half" >&3; "$0" "$1" event serf <"$2"; code=$?; rm "$2"; exit $code';
  const fifo = path.join(path.dirname(served.socket), 'fifo');
  const shell = spawn('/bin/sh', ['-c', script, process.execPath, program, fifo], { env: { PATH: process.env['PATH'], ...environment } });
  expect(await outcome(shell)).toMatchObject({ code: 0, stderr: '' });
  expect(served.backend.pokes.map(({ input }) => input)).toEqual([lines, 'half']);
});

test.runIf(lacking('script').length === 0)('event does not read from a terminal', async () => {
  const served = await serve();
  expect(await onTerminal(80, ['event', 'serf'], { ...at(served).environment, ...serf })).toEqual([]);
  expect(served.backend.pokes).toEqual([{ ...given, input: '' }]);
});

test('event of a source nobody knows says so', async () => {
  expect(await svc(['event', 'consul'], at(await serve()))).toEqual({
    code: 1, stdout: '', stderr: 'svc: nobody understands the source "consul"; there is serf\n',
  });
});

test.each([
  [['wait', 'web', '--for', 'up']], [['--color', 'never', 'wait', 'web', '--for', 'up']],
])('svc %j leaves the descriptors it was given blocking', async (words) => {
  const served = await serve(['web']);
  const child = start(words, at(served));
  const ended = outcome(child);
  await until(() => served.backend.waiting() === 1);
  const flags = [0, 1, 2].map((descriptor) => /^flags:\s+0*(\d+)$/m.exec(readFileSync(`/proc/${child.pid}/fdinfo/${descriptor}`, 'utf8'))![1]!);
  expect(flags.map((each) => parseInt(each, 8) & 0o4000)).toEqual([0, 0, 0]);
  served.backend.set('web', { state: 'up', pid: 7 });
  expect((await ended).code).toBe(0);
});

test('a reader that goes is no error', async () => {
  const served = await serve(Array.from({ length: 2000 }, (_, i) => `service-${i}`));
  const child = start(['status'], at(served));
  child.stdout!.destroy();
  expect(await outcome(child)).toMatchObject({ code: 0, stderr: '' });
});
