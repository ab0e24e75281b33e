/** Companions that images seldom use: those that Debian has are held against its own. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary, write } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';
import { companions, ended, plain, SHELLS, type Ended } from './shells.ts';

/** As scripts/build.mjs lays them out, where another user may read them. */
function home(): string {
  const place = temporary();
  chmodSync(place, 0o755);
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

/** One record of death_tally (spec/s6-compat 2.4): TAI64N, exit code, signal. */
function death(secondsAgo: number, code: number, signal: number): Buffer {
  const record = Buffer.alloc(14);
  record.writeBigUInt64BE(2n ** 62n + BigInt(Math.floor(Date.now() / 1000) - secondsAgo + 37));
  record.set([code, signal], 12);
  return record;
}

/** A service that is down (normally `wanted` 0) and ready, as spec/s6-compat 2.3 has its status. */
const down = (): Buffer => Buffer.concat([death(9, 0, 0).subarray(0, 12), death(9, 0, 0).subarray(0, 12), Buffer.alloc(10), Buffer.from([8])]);

const LIMITS: string[][] = [
  ['60', '1', '1'], ['60', '2', '1'], ['60', '3', '1'], ['9999', '3', '1'], ['60', '2', '1-255'], ['60', '3', '0-255'], ['60', '4', '0-255'],
  ['60', '1', 'SIGSEGV'], ['60', '2', 'SIGSEGV'], ['60', '3', '1,SIGSEGV'], ['60', '4', '1,SIGSEGV'], ['60', '1', 'SIGKILL,7'], ['60', '1', 'SIGNONE'],
  ['60', '1', 'x'], ['60', '1', '1-'], ['60', '1', '256'], ['60', 'x', '1'], ['x', '1', '1'],
];
const OTHERS: string[][] = [
  ...LIMITS.map((words) => ['s6-permafailon', ...words, 'echo', 'goes', 'on']),
  ['s6-permafailon', '60', '1', '1'], ['s6-permafailon', '60', '9', '1'],
  ['s6-permafailon', '60', '9'], ['s6-permafailon', '60', '1', '0', 'echo'], ['s6-permafailon', '60', '9', '1', './nowhere'],
  ['s6-svlisten', '-d', ' a', '', 'echo', 'x y'], ['s6-svlisten', '-d', ' a', ' b', '', 'echo', 'x y'], ['s6-svlisten', '-D', 'a', 'b', '', 'echo', 'x'],
  ['s6-svlisten', '-d', ' a', ' b', '', 'sh', '-c', 'exit 7'], ['s6-svlisten', '-d', ' a', '', 'sh', '-c', 'exit 7'],
  ['s6-svlisten', '-u', '-t', '200', ' a', ' b', '', 'true'],
  ['s6-svlisten', ' a', 'true'], ['s6-svlisten', ' a', ''], ['s6-svlisten', '-q', ' a', '', 'true'], ['s6-svlisten', ' nowhere', ' a', '', 'true'],
];
const CASES: [string, string[]][] = OTHERS.map((line) => [line.slice(0, 6).join(' '), line]);

describe.each(SHELLS)('in $shell', ({ words, missing }) => {
  test.skipIf(missing || lacking('s6-permafailon', 's6-svlisten').length > 0).each(CASES)('%s', (_name, line) => {
    const results = [[line[0]!], [...words, path.join(home(), 'command', line[0]!)]].map((program) => {
      const place = temporary();
      mkdirSync(path.join(place, 'supervise'));
      writeFileSync(path.join(place, 'supervise/death_tally'), Buffer.concat([death(5000, 1, 0), death(30, 1, 0), death(20, 0, 11), death(10, 1, 0)]));
      for (const service of ['a', 'b']) {
        mkdirSync(path.join(place, service, 'supervise'), { recursive: true });
        mkdirSync(path.join(place, service, 'event'));
        writeFileSync(path.join(place, service, 'supervise/status'), down());
      }
      return [...outcome(ended([...program, ...line.slice(1)], { cwd: place, env: own })), readdirSync(path.join(place, 'a/event'))];
    });
    expect(results[1]).toEqual(results[0]);
  });

  test.skipIf(missing)('names, lines and parts of paths', () => {
    const place = home();
    const directory = temporary();
    write(directory, { 'd/a': '', 'd/.h': '', 'd/b c': '', lines: 'b\na\nB\nb\n10\n9' });
    const start = (line: string): [number, string] =>
      outcome(ended(['sh', '-c', `exec ${words.join(' ')} ${place}/command/${line}`], { cwd: directory, env: own }));
    const sorted = ([code, names]: [number, string], end = '\n'): [number, string[]] => [code, names.split(end).sort()];
    expect(sorted(start('s6-ls d'))).toEqual([0, ['', 'a', 'b c']]);
    expect(sorted(start('s6-ls -0 -x a d'), '\0')).toEqual([0, ['', 'b c']]);
    expect(sorted(start('s6-ls -A d'))).toEqual([0, ['', '.h', 'a', 'b c']]);
    expect(sorted(start('s6-ls -a d'))).toEqual([0, ['', '.', '..', '.h', 'a', 'b c']]);
    expect([start('s6-ls nowhere')[0], start('s6-ls')[0]]).toEqual([111, 100]);
    const filters: [string, number, string][] = [
      ['s6-sort <lines', 0, '10\n9\nB\na\nb\nb\n'], ['s6-sort -ru <lines', 0, 'b\na\nB\n9\n10\n'], ['s6-sort -n -k 1 -t , <lines', 0, 'B\na\nb\nb\n9\n10\n'],
      ['s6-sort -c <lines 2>/dev/null', 1, ''], ['s6-sort -q <lines', 100, ''], ['s6-cat <lines', 0, 'b\na\nB\nb\n10\n9'],
      ['s6-format-filter "<%s> %% %s" <lines', 0, ['b', 'a', 'B', 'b', '10', '9'].map((line) => `<${line}> % ${line}\n`).join('')],
      ['s6-format-filter %d <lines', 100, ''],
      ['s6-basename /x/y.c .c', 0, 'y\n'], ['s6-basename -n a/b/', 0, 'b'],
      ['s6-dirname /x/y', 0, '/x\n'], ['s6-dirname -n y', 0, '.'], ['s6-dirname', 100, ''],
    ];
    expect(filters.map(([line]) => [line, ...start(line)])).toEqual(filters);
  });

  test.skipIf(missing || process.getuid?.() !== 0)('s6-chown takes names; a user without privilege is told with 111', () => {
    const command = path.join(home(), 'command');
    const directory = temporary();
    write(directory, { file: '' });
    const at = { cwd: directory, env: own };
    expect(outcome(ended([...words, `${command}/s6-chown`, '-u', 'nobody', '-g', 'daemon', 'file'], at))).toEqual([0, '']);
    expect(ended(['stat', '-c', '%U:%G', 'file'], at).stdout).toBe('nobody:daemon\n');
    expect(ended([...words, `${command}/s6-chown`, '-u', 'nosuch', 'file'], at).code).toBe(111);
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...words];
    const codes = [['s6-setuidgid', 'daemon'], ['s6-setuidgid', 'nobody'], ['s6-setuidgid', '1:1'], ['s6-applyuidgid', '-u', '3']]
      .map(([name, ...rest]) => ended([...nobody, `${command}/${name}`, ...rest, 'true'], { cwd: '/', env: own }).code);
    expect(codes).toEqual([111, 111, 111, 111]);
  });
});
