/** The launcher of s6-svscan with a stand-in for n6 itself. */
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { given, installed, NODE } from './home.ts';
import { companions, ended, plain, SHELLS } from './shells.ts';

function home(): string {
  const place = installed();
  mkdirSync(path.join(place, 'command'));
  copyFileSync(path.join(companions, 'lib/theirs.sh'), path.join(place, 'lib/theirs.sh'));
  copyFileSync(path.join(companions, 's6-svscan'), path.join(place, 'command/s6-svscan'));
  chmodSync(path.join(place, 'command/s6-svscan'), 0o755);
  return place;
}
const env = { ...plain, ...NODE, N6_COMPANIONS: 'own' };

describe.each(SHELLS)('in $shell', ({ words, missing }) => {
  const start = (line: string): ReturnType<typeof ended> => ended(['sh', '-c', line, 'sh', ...words, `${home()}/command/s6-svscan`], { env });

  test.skipIf(missing).each([
    ['exec "$@"', ['-t', '0', '--', '.']],
    ['exec "$@" -c500 -St 70 /etc/s6', ['-t', '70', '--', '/etc/s6']],
    ['exec "$@" -d 7 -- "-a b" other 7>&1', ['-t', '0', '-d', '7', '--', '-a b']],
  ])('%s', (line, expected) => {
    const result = start(line);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(given(result)).toMatchObject({ program: 'n6.cjs', arguments: ['s6-svscan', ...expected], room: 8192 });
  });

  test.skipIf(missing).each(['-d 7 7>&-', '-d 2', '-d', '-t soon', '-q', '-X -1'])('%s is wrong usage', (options) => {
    const { code, stdout, stderr } = start(`exec "$@" ${options}`);
    expect([code, stdout, stderr.split('\n').length, stderr.includes('s6-svscan')]).toEqual([100, '', 2, true]);
  });

  test.skipIf(missing)('a descriptor of the shell\'s own is none', () => {
    for (const own of [10, 11, 12, 255]) expect([own, start(`exec "$@" -d ${own} 10>&- 11>&- 12>&-`).code]).toEqual([own, 100]);
  });
});
