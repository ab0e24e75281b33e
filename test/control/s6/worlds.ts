/** The two worlds that s6's clients are tried in: the real s6-svscan, and n6. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { alive, temporary, until, write, type Files, type Machine } from '../../help/machine.ts';
import { supervised, type World } from './clients.ts';

export const worldOf = (machine: Machine): World =>
  ({ directory: machine.services, pid: machine.process.pid!, ended: machine.ended, signal: (name) => void machine.process.kill(name) });

/** All descendants of a process. */
function below(pid: number): number[] {
  let children: string;
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    // It ends just now, and has none.
    return [];
  }
  return children.split(' ').map(Number).filter((child) => child > 0).flatMap((child) => [child, ...below(child)]);
}

function killIfAlive(pid: number): void {
  try {
    if (alive(pid)) process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** The real one, ended with its services when the test ends. */
export async function realWorld(files: Files): Promise<World> {
  const directory = path.join(temporary(), 'services.d');
  mkdirSync(directory);
  write(directory, files);
  const child = spawn('s6-svscan', [directory], { stdio: 'ignore' });
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const tree = below(child.pid!);
    child.kill('SIGTERM');
    // s6-supervise 2.11 can lose the death of a run that it has just started, and then waits for ever.
    const timer = setTimeout(() => {
      for (const pid of new Set([...below(child.pid!), ...tree])) killIfAlive(pid);
      child.kill('SIGKILL');
    }, 15_000);
    await ended;
    clearTimeout(timer);
  });
  const names = new Set(Object.keys(files).map((file) => file.split('/')[0]!));
  const world: World = { directory, pid: child.pid!, ended, signal: (name) => void child.kill(name) };
  const isService = (name: string): boolean => !name.startsWith('.') && statSync(path.join(directory, name)).isDirectory();
  for (const name of names) if (isService(name.replace(/@$/, ''))) await until(() => supervised(world, name.replace(/@$/, '')));
  return world;
}
