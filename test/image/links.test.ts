import { lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { companionsOf, FIRST, makeLinks, missingLinks, NEVER_LINKED } from '../../src/image/links.ts';
import { isNamed, resolveIn, statIn } from '../../src/image/root.ts';
import { root as checkout, temporary, write } from '../help/machine.ts';

const places = (home: string, root: string): string[] => missingLinks(home, companionsOf(home), root).map(({ place }) => place);

describe('links', () => {
  const home = (): string => {
    const directory = temporary();
    write(directory, { 'command/with-contenv!': '', 'command/s6-svc!': '', 'command/redirfd!': '', 'command/cd!': '', 'command/svc@': '../bin/svc' });
    return directory;
  };

  test('on an unmerged tree both directories get one', () => {
    const [root, n6] = [temporary(), home()];
    for (const directory of ['bin', 'usr/bin']) mkdirSync(path.join(root, directory), { recursive: true });
    const links = missingLinks(n6, companionsOf(n6), root);
    const names = ['redirfd', 's6-svc', 'with-contenv'];
    expect(makeLinks(links, root)).toEqual({ made: names.flatMap((name) => [`/usr/bin/${name}`, `/bin/${name}`]), failed: undefined });
    expect(readlinkSync(path.join(root, 'bin/s6-svc'))).toBe(path.join(n6, 'command/s6-svc'));
    expect(missingLinks(n6, companionsOf(n6), root)).toEqual([]);
  });

  test.each(['usr/bin', '/usr/bin'])('on a tree whose bin is a link to %s there is one', (target) => {
    const [root, n6] = [temporary(), home()];
    mkdirSync(path.join(root, 'usr/bin'), { recursive: true });
    write(root, { 'bin@': target });
    expect(places(n6, root)).toEqual(['/usr/bin/redirfd', '/usr/bin/s6-svc', '/usr/bin/with-contenv']);
  });

  test("an image's own program is left alone, wherever it is, and a link that leads nowhere, too", () => {
    const [root, n6] = [temporary(), home()];
    write(root, { 'usr/bin/with-contenv': 'theirs', 'bin/redirfd@': '/nowhere', 'usr/local/bin/s6-svc': 'theirs' });
    expect(places(n6, root)).toEqual([]);
    expect(makeLinks([{ place: '/usr/bin/with-contenv', target: '/x' }, { place: '/bin/other', target: '/x' }], root)).toEqual({
      made: ['/bin/other'], failed: undefined,
    });
    expect(readFileSync(path.join(root, 'usr/bin/with-contenv'), 'utf8')).toBe('theirs');
  });

  test('what cannot be linked is told, and ends it', () => {
    const [root, n6] = [temporary(), home()];
    mkdirSync(path.join(root, 'usr/bin'), { recursive: true });
    const links = [{ place: '/usr/bin/a', target: n6 }, { place: '/missing/b', target: n6 }, { place: '/usr/bin/c', target: n6 }];
    expect(makeLinks(links, root)).toEqual({ made: ['/usr/bin/a'], failed: { place: '/missing/b', code: 'ENOENT' } });
    expect(() => lstatSync(path.join(root, 'usr/bin/c'))).toThrow('ENOENT');
  });

  test('an n6 without companions has none to link, and none that come first are never linked', () => {
    expect(companionsOf(temporary())).toEqual([]);
    expect(FIRST.filter((name) => NEVER_LINKED.has(name))).toEqual([]);
    expect(missingLinks(temporary(), ['s6-svc'], temporary())).toEqual([]);
  });
});

describe('a root that is not this machine', () => {
  test('links are followed inside it and never out of it', () => {
    const root = temporary();
    write(root, {
      'usr/bin/sh': 'x', 'bin@': '/usr/bin', 'a/up@': '../../../../usr', 'loop@': 'loop', 'long@': 'a/up/bin/sh', 'etc/nowhere@': '/bin/none', 'dot@': '/',
    });
    expect(resolveIn(root, '/bin/sh')).toBe(path.join(root, 'usr/bin/sh'));
    expect(resolveIn(root, '/long')).toBe(path.join(root, 'usr/bin/sh'));
    expect(resolveIn(root, '/dot/bin/./sh')).toBe(path.join(root, 'usr/bin/sh'));
    expect(resolveIn(root, '/../../bin/sh')).toBe(path.join(root, 'usr/bin/sh'));
    for (const file of ['/loop', '/etc/nowhere', '/usr/bin/sh/x', '/none']) expect([file, resolveIn(root, file)]).toEqual([file, undefined]);
    expect(resolveIn('/', checkout)).toBe(checkout);
    expect(isNamed(root, '/etc/nowhere')).toBe(true);
    expect(isNamed(root, '/bin/nobody')).toBe(false);
    expect(statIn(root, '/bin/sh')?.isFile()).toBe(true);
    expect(statIn(root, '/etc/nowhere')).toBeUndefined();
  });
});
