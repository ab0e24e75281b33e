import { expect, test } from 'vitest';
import { launch } from './launch.ts';

test('what n6 itself was given beyond 0, 1, 2 does not reach its children', async () => {
  const program = launch('kernel-shows-descriptors', { before: ['bash', '-c', 'exec 5</dev/null 40</dev/null 200</dev/null; exec "$@"', 'bash'] });
  expect([await program.next(), await program.next(), await program.next()]).toEqual([0, 1, 2]);
  await expect(program.next()).rejects.toThrow('has ended with 0');
});
