import { expect, test } from 'vitest';
import { launch } from './launch.ts';

test('exec keeps pid, children and descriptors, gives the environment as bytes, and is survived when it fails', async () => {
  const program = launch('kernel-replaces-itself');
  expect(await program.next()).toEqual({ refused: expect.stringContaining('EBUSY') as string });
  const { pid, self } = await program.next() as { pid: number; self: number };
  expect(self).toBe(program.process.pid);
  expect(await program.next()).toEqual({ refused: expect.stringContaining('ENOENT') as string });
  expect(await program.next()).toEqual({ second: self, kept: true });
  expect(await program.next()).toEqual({ reaped: pid, pid: self, environment: 'X=\xff\0' });
  expect(await program.ended).toBe(3);
});
