import { execFileSync, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Datagram } from '../../src/kernel/datagrams.ts';
import { lacking } from '../help/needs.ts';
import { canMakeNamespaces } from '../help/privileges.ts';
import { send } from '../help/sender.ts';
import { kernel, seen, told } from './kernel.ts';
import { asPidOne, launch, namespaces } from './launch.ts';
import { scratch } from './files.ts';

type Heard = { uid: number; text: string; open: number; sleeps: number };

function open(): { address: string; heard: Datagram[]; close(): void } {
  const heard: Datagram[] = [];
  const socket = kernel.openDatagrams((datagram) => void heard.push(datagram));
  onTestFinished(() => socket.close());
  return { ...socket, heard };
}

const texts = (heard: readonly Datagram[]): string[] => heard.map(({ bytes }) => bytes.toString());

test('1,000 datagrams in a burst are heard, in order, with the sender that the system vouches for', async () => {
  const { address, heard } = open();
  const sent = Array.from({ length: 1000 }, (_, index) => `X=${index}`);
  await send(address, sent);
  await seen(() => heard.length === 1000);
  expect(texts(heard)).toEqual(sent);
  expect(heard[0]).toMatchObject({ uid: process.getuid!(), pid: process.pid });
});

test('each socket hears its own, also in one burst; one that is closed hears nothing and has no address any more', async () => {
  const all = Array.from({ length: 20 }, open);
  await Promise.all(all.map(({ address }, index) => send(address, Array.from({ length: 50 }, () => `${index}`))));
  await seen(() => all.every(({ heard }) => heard.length === 50));
  expect(all.map(({ heard }) => [...new Set(texts(heard))])).toEqual(all.map((_, index) => [`${index}`]));
  const [first, second] = all;
  first!.close();
  first!.close();
  await expect(send(first!.address, ['late'])).rejects.toMatchObject({ errno: 111 });
  await send(second!.address, ['late']);
  await seen(() => second!.heard.length === 51);
  expect(first!.heard).toHaveLength(50);
});

test('what is too long is left out, what is empty is heard, and a listener that throws is told', async () => {
  const { address, heard } = open();
  await send(address, ['x'.repeat(5000), '', 'y'.repeat(4096)]);
  await seen(() => heard.length === 2);
  expect(heard.map(({ bytes }) => bytes.length)).toEqual([0, 4096]);
  const bad = kernel.openDatagrams(() => {
    throw new Error('planted');
  });
  onTestFinished(() => bad.close());
  const before = told.length;
  await send(bad.address, ['1', '2']);
  await seen(() => told.slice(before).filter((entry) => 'failed' in entry).length === 2);
});

describe.skipIf(lacking('systemd-notify').length > 0)('a real client', () => {
  const roles = [
    ['a child subreaper', []],
    ...(namespaces ? [['PID 1', asPidOne]] as const : []),
    ...(canMakeNamespaces ? [['an ordinary user', ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']]] as const : []),
  ] as const;

  test.each(roles)('as %s: systemd-notify is answered, what it passes is closed', async (_, before) => {
    chmodSync(scratch, 0o755);
    const program = launch('kernel-hears-datagrams', { before });
    const { address, uid } = await program.next() as { address: string; uid: number };
    const user = uid === process.getuid!() ? [] : ['setpriv', `--reuid=${uid}`, '--clear-groups', '--'];
    const notify = (...words: string[]): void => {
      const [file, ...rest] = [...user, 'systemd-notify', ...words];
      execFileSync(file!, rest, { env: { ...process.env, NOTIFY_SOCKET: address }, timeout: 20_000 });
    };
    const next = async (): Promise<Heard> => await program.next() as Heard;
    // It waits until the descriptor that comes with BARRIER=1 has been closed.
    const opens: number[] = [];
    for (let round = 0; round < 5; round++) {
      notify('--ready', '--status=hello');
      expect((await next()).text).toBe('READY=1\nSTATUS=hello');
      const barrier = await next();
      expect(barrier.text).toBe('BARRIER=1');
      opens.push(barrier.open);
    }
    expect(new Set(opens).size).toBe(1);
  });

  test.runIf(canMakeNamespaces)('a sender of another uid is heard as such', async () => {
    const { address, heard } = open();
    const words = ['--reuid=65534', '--clear-groups', '--', 'systemd-notify', '--no-block', 'X=1'];
    const child = spawn('setpriv', words, { env: { ...process.env, NOTIFY_SOCKET: address } });
    await once(child, 'exit');
    await seen(() => heard.length === 1);
    expect(heard[0]!.uid).toBe(65534);
  });
});

test('who waits for a datagram sleeps until it comes', async () => {
  const program = launch('kernel-hears-datagrams');
  const { address } = await program.next() as { address: string };
  await send(address, ['first']);
  const { sleeps } = await program.next() as Heard;
  // Two seconds of rest are not waited for as a fact but are the thing that is measured: any polling would show in them.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await send(address, ['second']);
  expect((await program.next() as Heard).sleeps - sleeps).toBeLessThanOrEqual(3);
});
