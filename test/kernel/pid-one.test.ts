import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asPidOne, launch, namespaces } from './launch.ts';
import { programs } from './programs.ts';

/** A process that is not below ours. */
function bystander(): { isAlive(): boolean } {
  const child = spawn('sleep', ['infinity'], { stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return { isAlive: () => child.exitCode === null && child.signalCode === null };
}

const roles = [['a subreaper', []], ...(namespaces ? [['PID 1', asPidOne]] as const : [])] as const;

describe.each(roles)('as %s', (_, before) => {
  test('2,000 orphans leave no zombie and no exit is lost', async () => {
    const program = launch('kernel-reaps-everything', { before, arguments: ['10', `${programs}/kernel-burst-of-orphans`, '200'] });
    expect(await program.next()).toEqual({ exits: 10, orphans: 2000, failures: 0, zombies: 0 });
    expect(await program.ended).toBe(7);
  });

  test('signalRest ends everybody below, also those who fork meanwhile, and nobody else', async () => {
    const other = bystander();
    const program = launch('kernel-signals-the-rest', { before, arguments: [programs] });
    expect(await program.next()).toEqual({ below: 4 });
    expect(await program.next()).toEqual({ left: [], childless: true });
    expect(await program.ended).toBe(0);
    expect(other.isAlive()).toBe(true);
  });
});
