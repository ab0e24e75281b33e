import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lacking } from '../help/needs.ts';
import { scratch } from './files.ts';
import { launch, type Launched } from './launch.ts';

const CONNECT = 'require("net").connect(process.argv[1]).on("close", () => {}).on("error", (error) => { throw error; })';
type Said = { peer: { pid: number; uid: number; gid: number; groups: number[] }; after: null };

async function listen(name: string): Promise<{ program: Launched; socket: string }> {
  const socket = path.join(scratch, name);
  const program = launch('kernel-tells-its-peers', { arguments: [socket] });
  expect(await program.next()).toBe('listening');
  chmodSync(scratch, 0o755);
  chmodSync(socket, 0o777);
  return { program, socket };
}

test('whoever connects is known by his numbers, until the connection ends', async () => {
  const { program, socket } = await listen('plain');
  execFileSync(process.execPath, ['-e', CONNECT, socket]);
  const { peer, after } = await program.next() as Said;
  expect(peer).toMatchObject({ uid: process.geteuid!(), gid: process.getegid!() });
  expect(new Set([...peer.groups, peer.gid])).toEqual(new Set([...process.getgroups!(), peer.gid]));
  expect(after).toBe(null);
});

test.runIf(process.getuid?.() === 0 && lacking('setpriv').length === 0)('another user, with few and with many groups', async () => {
  const { program, socket } = await listen('others');
  const many = Array.from({ length: 300 }, (_, index) => 70_000 + index);
  for (const groups of [[], [7], many]) {
    const set = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
    execFileSync('setpriv', ['--reuid=65534', '--regid=4242', set, process.execPath, '-e', CONNECT, socket]);
    const { peer } = await program.next() as Said;
    expect({ ...peer, pid: 0 }).toEqual({ pid: 0, uid: 65534, gid: 4242, groups });
  }
});
