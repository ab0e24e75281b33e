/**
 * `npm run bench:status`: what `svc status` takes, beside `node -e 0` of the same runtime and, where they are installed,
 * `supervisorctl status` and `pm2 jlist`. All are measured in turn, so that whatever else the machine does hits all alike.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const svc = path.resolve(import.meta.dirname, '../build/n6/bin/svc');
const ROUNDS = 20;
/** Nothing of the caller's environment: NODE_EXTRA_CA_CERTS alone costs Node 30 ms, and the launcher keeps it from svc. */
const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

type Contender = Readonly<{ name: string; command: readonly string[]; env?: Readonly<Record<string, string>> }>;

const directory = mkdtempSync(path.join(tmpdir(), 'n6-bench-'));
const started: ChildProcess[] = [];
const contenders: Contender[] = [{ name: 'node -e 0', command: [process.execPath, '-e', '0'] }];
try {
  for (const count of [3, 1000]) contenders.push({ name: `svc status, ${count} services`, command: [svc, '--dir', supervise(count), 'status'] });
  if (isInstalled('supervisord') && isInstalled('supervisorctl')) {
    contenders.push({ name: 'supervisorctl status, 3 services', command: ['supervisorctl', '-c', supervisord(), 'status'] });
  } else {
    console.log('supervisorctl: not installed');
  }
  if (isInstalled('pm2')) contenders.push(pm2());
  else console.log('pm2: not installed');
  measure();
} finally {
  for (const child of started) child.kill('SIGTERM');
  await Promise.all(started.filter((child) => child.exitCode === null).map((child) => new Promise((resolve) => child.once('exit', resolve))));
  rmSync(directory, { recursive: true, force: true });
}

function measure(): void {
  const times = contenders.map((): number[] => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, { name, command: [program, ...words], env }] of contenders.entries()) {
      const from = performance.now();
      const { status, stderr } = spawnSync(program!, words, { env: { ...environment, ...env }, encoding: 'utf8', maxBuffer: 2 ** 26 });
      if (status !== 0) throw new Error(`${name}: exit ${status}: ${stderr}`);
      // The first round warms the caches of files.
      if (round >= 0) times[index]!.push(performance.now() - from);
    }
  }
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const base = median(times[0]!);
  for (const [index, { name }] of contenders.entries()) {
    const middle = median(times[index]!);
    const least = Math.min(...times[index]!).toFixed(0).padStart(5);
    console.log(`${name.padEnd(34)} median ${middle.toFixed(0).padStart(5)} ms   least ${least} ms   ${(middle / base).toFixed(2)} x node -e 0`);
  }
}

/** A supervisor whose services all run. */
function supervise(count: number): string {
  const services = path.join(directory, `services-${count}`);
  for (let i = 0; i < count; i++) {
    mkdirSync(path.join(services, `s${i}`), { recursive: true });
    const run = path.join(services, `s${i}`, 'run');
    writeFileSync(run, '#!/bin/sh\nexec sleep 100000\n');
    chmodSync(run, 0o755);
  }
  started.push(spawn(svc, ['supervise', services, '--no-watch'], { stdio: 'ignore', env: environment }));
  waitFor(() => existsSync(path.join(services, '.n6/control.sock')));
  execFileSync(svc, ['--dir', services, 'wait', '*', '--for', 'up'], { env: environment });
  return services;
}

function supervisord(): string {
  const file = path.join(directory, 'supervisord.conf');
  const socket = path.join(directory, 'supervisor.sock');
  const programs = [0, 1, 2].map((i) => `[program:s${i}]\ncommand=/bin/sleep 100000\nstdout_logfile=/dev/null\nstderr_logfile=/dev/null`);
  writeFileSync(file, [
    `[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${directory}/pid`, `[unix_http_server]\nfile=${socket}`,
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
    `[supervisorctl]\nserverurl=unix://${socket}`, ...programs,
  ].join('\n\n'));
  started.push(spawn('supervisord', ['-n', '-c', file], { stdio: 'ignore' }));
  waitFor(() => spawnSync('supervisorctl', ['-c', file, 'status']).status === 0);
  return file;
}

function pm2(): Contender {
  const env = { PM2_HOME: path.join(directory, 'pm2') };
  for (const i of [0, 1, 2]) {
    const words = ['start', '/bin/sleep', '--name', `s${i}`, '--interpreter', 'none', '--', '100000'];
    execFileSync('pm2', words, { env: { ...environment, ...env }, stdio: 'ignore' });
  }
  process.once('exit', () => void spawnSync('pm2', ['kill'], { env: { ...environment, ...env } }));
  return { name: 'pm2 jlist, 3 services', command: ['pm2', 'jlist'], env };
}

function waitFor(fact: () => boolean): void {
  const end = performance.now() + 60_000;
  while (!fact()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${String(fact)}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

function isInstalled(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}
