/** The companions that s6 has, too: each case is run by Debian's program and by n6's, and must come to the same. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, temporary, write } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { companions, ended, plain, SHELLS, type Ended } from './shells.ts';

/** The companions as scripts/build.mjs lays them out. */
function home(): string {
  const place = temporary();
  for (const [from, to] of [['.', 'command'], ['lib', 'lib']] as const) {
    mkdirSync(path.join(place, to));
    for (const entry of readdirSync(path.join(companions, from), { withFileTypes: true })) {
      if (entry.isFile()) copyFileSync(path.join(companions, from, entry.name), path.join(place, to, entry.name));
    }
  }
  return place;
}

const own = { ...plain, N6_COMPANIONS: 'own' };
const outcome = ({ code, stdout }: Ended): [number, string] => [code, stdout];
const TELL = ['sh', '-c', 'id -u; id -g; id -G; env | grep -E "^(GID|GIDLIST)=" | sort; echo "$HOME"'];
const IDENTITY: string[][] = [
  ...['nobody', 'daemon', '12:34', '65534:65534', '1000', 'nosuch', ':5', 'daemon:'].map((account) => ['s6-setuidgid', account, ...TELL]),
  ...[['-u', '5'], ['-g', '5'], ['-G', '3,4'], ['-z', '-u', '5', '-g', '6', '-G', '7'], ['-u', 'x'], []]
    .map((options) => ['s6-applyuidgid', ...options, ...TELL]),
];
const SHOW = `env -0 | tr '\\0\\n' '\\n~' | grep -E '^[A-Z]=' | sort`;
const ENVIRONMENT: string[][] = [
  ...[['nobody'], ['nosuch'], ['-D', '5:6:7', 'nosuch'], ['-D', '5', 'nosuch'], ['-B', 'root:daemon'], ['-nB', '12:34'], ['-u', 'daemon'], ['-g', 'daemon']]
    .map((words) => ['s6-envuidgid', ...words, 'sh', '-c', 'env | grep -E "^(UID|GID|GIDLIST)=" | sort']),
  ...[[], ['-f'], ['-n'], ['-L'], ['-Lfn'], ['-c', '!']].map((options) => ['s6-envdir', ...options, 'values', 'sh', '-c', SHOW]),
  ['s6-envdir', 'nowhere', 'true'], ['s6-envdir', '-I', 'nowhere', 'true'], ['s6-envdir'],
];
const DEATHS: string[][] = [
  ...[[], ['-s'], ['-n', '2'], ['-n', '9'], ['-n', '0'], ['-s', '-n', '1'], ['-n', 'x']].map((options) => ['s6-svdt', ...options, 's']),
  ['s6-svdt', 'nowhere'], ['s6-svdt-clear', 'nowhere'], ['s6-svdt-clear', 's'],
];
const LOCKS: string[][] = [
  ['s6-setlock', '-n', 'lock', 'echo', 'x'], ['s6-setlock', 'lock', 'sh', '-c', 'exit 7'], ['s6-setlock', 'nowhere/lock', 'true'], ['s6-setlock', 'lock'],
];
const NOBODY_THERE: string[][] = [
  ['s6-svok', 's'], ['s6-svok', 'nowhere'], ['s6-svok'], ['s6-svstat', 's'], ['s6-svstat', 'nowhere'], ['s6-svstat', '-o', 'bad', 's'], ['s6-svstat'],
  ['s6-svc', '-u', 's'], ['s6-svc', '-u', 'nowhere'], ['s6-svc', '-9', 's'], ['s6-svc'], ['s6-svscanctl', '-t', 's'], ['s6-svscanctl', '-X', 's'],
  ['s6-svwait', '-u', 'nowhere'], ['s6-svwait', '-q', 's'], ['s6-svwait', '-t', 'x', 's'], ['s6-notifyoncheck'],
];

const CASES: [string, string[]][] = [...IDENTITY, ...ENVIRONMENT, ...DEATHS, ...LOCKS, ...NOBODY_THERE].map((line) => [line.slice(0, 4).join(' '), line]);

describe.runIf(lacking('s6-svc', 's6-envdir').length === 0).each(SHELLS)('in $shell', ({ words, missing }) => {
  test.skipIf(missing || process.getuid?.() !== 0).each(CASES)(
    '%s', (_name, line) => {
      const results = [[line[0]!], [...words, path.join(home(), 'command', line[0]!)]].map((program) => {
        const place = temporary();
        const tally = [[0x8f, 15], [42, 0], [0x8b, 11]].map(([code, signal]) =>
          String.fromCharCode(0x40, 0, 0, 0, 0x6b, 3, 0x20, 0x4e, 1, 2, 3, 4, code!, signal!));
        write(place, {
          'values/A': 'v\n', 'values/B': 'two \t\nlines\n', 'values/E': '',
          'values/N': '\n', 'values/L': ' lead\n\n', 'values/Z': 'a\0b\n', 'values/.H': 'x',
        });
        mkdirSync(path.join(place, 's/supervise'), { recursive: true });
        mkdirSync(path.join(place, 's/event'));
        writeFileSync(path.join(place, 's/supervise/death_tally'), tally.join(''), 'latin1');
        const result = ended([...program, ...line.slice(1)], { cwd: place, env: { ...own, GID: '9', GIDLIST: '10,11', E: 'set', HOME: '/nowhere' } });
        return [...outcome(result), readFileSync(path.join(place, 's/supervise/death_tally')).length];
      });
      expect(results[1]).toEqual(results[0]);
    },
  );

  test.skipIf(missing)('a lock that is held is told with 1', () => {
    const setlock = [...words, path.join(home(), 'command/s6-setlock'), '-n', 'lock'];
    expect(outcome(ended([...setlock, ...setlock, 'echo', 'x'], { cwd: temporary(), env: own }))).toEqual([1, '']);
  });

  test.skipIf(missing)('s6-notifyoncheck becomes the program, and tells once the check is successful', () => {
    const place = temporary();
    const notify = [...words, path.join(home(), 'command/s6-notifyoncheck')];
    write(place, { 'notification-fd': '7\n', 'data/check!': '#!/bin/sh\necho asked >>asked\ntest "$(wc -l <asked)" -ge 3\n' });
    // The program waits for what is told: it never ends when nothing is.
    const program = 'echo $$; read -r x <told; echo "[$x]"; { true >&7; } 2>/dev/null || echo closed';
    const line = `mkfifo told; exec 7<>told; ${[...notify, '-w', '10'].join(' ')} sh -c '${program}' & echo $!; wait`;
    const { stdout } = ended(['sh', '-c', line], { cwd: place, env: own });
    const [started, pid, ...rest] = stdout.split('\n');
    expect([pid, ...rest]).toEqual([started, '[]', 'closed', '']);
    expect(readFileSync(path.join(place, 'asked'), 'utf8')).toBe('asked\n'.repeat(3));
    expect(ended([...notify, 'true'], { cwd: temporary(), env: own }).code).toBe(111);
  });

  test.skipIf(missing)('the small words', () => {
    const place = home();
    const start = (line: string): [number, string] =>
      outcome(ended(['sh', '-c', `exec ${words.join(' ')} ${place}/command/${line}`], { cwd: place, env: own }));
    const given = [
      's6-echo a "b  c" "\\n"', 's6-echo -n a', 's6-echo -s, a b', 's6-test 1 -eq 1', 's6-test 256 -ne 256',
      's6-test ! -d lib', 's6-true', 's6-false', 's6-sleep -m 1', 's6-sleep x', 's6-mkdir -p a/b', 's6-mkdir a', 's6-chmod 700 a',
    ];
    expect(given.map(start)).toEqual([
      [0, 'a b  c \\n\n'], [0, 'a'], [0, 'a,b\n'], [0, ''], [1, ''], [1, ''], [0, ''], [1, ''], [0, ''], [100, ''], [0, ''], [111, ''], [0, ''],
    ]);
  });
});

test.runIf(lacking('s6-svstat').length === 0)("the image's own program is the one that is run", () => {
  const { code, stderr } = ended(['sh', path.join(home(), 'command/s6-svstat'), 'nowhere'], { env: plain });
  expect([code, stderr.startsWith('s6-svstat: fatal:')]).toEqual([1, true]);
});

test('docs/reference/companions.md has every companion, and no other', () => {
  const text = readFileSync(path.join(root, 'docs/reference/companions.md'), 'utf8');
  const names = readdirSync(companions, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name);
  expect([...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name).sort()).toEqual(names.sort());
});
