import { expect, test } from 'vitest';
import { launch, type Launched } from './launch.ts';

async function everything(program: Launched): Promise<unknown[]> {
  const said: unknown[] = [];
  for (;;) {
    try {
      said.push(await program.next());
    } catch {
      return said;
    }
  }
}

const hard = 4096;
const before = ['sh', '-c', `ulimit -Sn 100 && ulimit -Hn ${hard} && exec "$@"`, 'sh'];

test('children get the soft limit that was given, n6 keeps its own', async () => {
  const said = await everything(launch('kernel-limits-descriptors', { before, arguments: ['200', '0'] }));
  expect(said).toEqual([{ own: hard }, { children: ['200'] }, { own: hard }]);
});

test('also while n6 itself has more files open than they may have', async () => {
  const said = await everything(launch('kernel-limits-descriptors', { before, arguments: ['200', '500'] }));
  expect(said).toEqual([{ own: hard }, { children: ['200'] }, { own: hard }]);
});

test('a limit above the hard one is the hard one', async () => {
  const said = await everything(launch('kernel-limits-descriptors', { before, arguments: ['5000', '0'] }));
  expect(said).toEqual([{ own: hard }, { children: [String(hard)] }, { own: hard }]);
});
