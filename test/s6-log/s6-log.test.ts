/** spec/s6-compat 6 and D01, D02, D04: each case for Debian's s6-log and for ours. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary, until } from '../help/machine.ts';
import { archives, everything, handles, log, mode, read, start, TOOLS } from './tools.ts';

const numbered = (count: number, width = 100): string => Array.from({ length: count }, (_, index) => `${String(index).padStart(width, '0')}\n`).join('');
const STAMP = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}  `;

describe.each(TOOLS.filter(({ missing }) => !missing))('$name', (tool) => {
  test.each([
    [['1'], 'aaa\nbbb\nccc\n'],
    [['+a', '1', '+b', '1'], 'aaa\naaa\nbbb\nbbb\nccc\nccc\n'],
    [['--', '-', '+a', '1'], 'aaa\n'],
    [['--', '-', '+a', '1', '+b', '1'], 'aaa\naaa\nbbb\n'],
    [['--', '-', '+a', '1', 'p:', '1'], 'aaa\n: aaa\n'],
    [['--', '-', '+a', '1', 'f', '1'], 'aaa\nbbb\nccc\n'],
    [['--', '-', '+a', '1', '-', '+b', '1', 'f', 'p:', '1'], 'aaa\nbbb\n: ccc\n'],
    [['+a', '-a', '1'], 'bbb\nccc\n'],
    [['--', '-b', '1'], 'aaa\nccc\n'],
    [['pfoo', '1', 'p', '1'], 'foo aaa\naaa\nfoo bbb\nbbb\nfoo ccc\nccc\n'],
    [['f', '1', 'f', '1'], 'aaa\nbbb\nccc\n'],
    [['--', '-', '+^[[:lower:]]{3}$', '-b|c', '1'], 'aaa\n'],
    [['1', '+x'], 'aaa\nbbb\nccc\n'],
  ])('selection: %j', async (words, expected) => {
    expect(await log(tool, words, temporary(), 'aaa\nbbb\nccc\n')).toMatchObject({ code: 0, stdout: expected });
  });

  test.each([
    [[], 100], [['--'], 100], [['-z', '1'], 100], [['x'], 100], [['nx', '1'], 100], [['n20'], 100], [['+['], 100], [['relative'], 100], [['-d9', '1'], 100],
    [['-d', '2', '1'], 100], [['/nonexistent/a/b'], 111],
  ])('bad usage: %j', async (words, code) => {
    const ended = await log(tool, words, temporary(), 'a\n');
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(/^s6-log: /);
  });

  test('stamps and prefix, in this order; stamps for one action (D04, 6.2)', async () => {
    const { stdout } = await log(tool, ['T', 't', 'p:', '1', '1'], temporary(), 'a\n');
    expect(stdout).toMatch(new RegExp(`^@4[0-9a-f]{23} ${STAMP}: a\n: a\n$`));
  });

  test('local time is that of TZ', async () => {
    const here = await log(tool, ['T', '1'], temporary(), 'a\n', { TZ: 'UTC' });
    const there = await log(tool, ['T', '1'], temporary(), 'a\n', { TZ: 'UTC-5' });
    const hours = (text: string): number => Date.parse(`${text.slice(0, 19)}Z`) / 3_600_000;
    expect(Math.round(hours(there.stdout) - hours(here.stdout))).toBe(5);
  });

  test('a long line is cut, a NUL ends one (6.7)', async () => {
    expect((await log(tool, ['-l', '50', 'p:', '1'], temporary(), `${'x'.repeat(60)}\n${'y'.repeat(50)}\na\0b\n`)).stdout)
      .toBe(`: ${'x'.repeat(50)}\n: ${'x'.repeat(10)}\n: ${'y'.repeat(50)}\n: a\n: b\n`);
  });

  test('alerts', async () => {
    expect((await log(tool, ['E5', 'pfoo', '2'], temporary(), 'abcdefghi\nabcdefgh\n')).stderr)
      .toBe('s6-log: alert: foo abcde...\ns6-log: alert: foo abcdefgh\n');
    expect((await log(tool, ['E0', '2'], temporary(), `${'x'.repeat(300)}\n`)).stderr).toBe(`s6-log: alert: ${'x'.repeat(300)}\n`);
  });

  test.each([
    [['^8', '=st'], 'bbb\n\n\n\n\n'], [['^2', '=st'], 'bb'], [['^0', '=st'], 'bbb\n'], [['p:', '^6', '=st'], ': bbb\n'],
  ])('status file %j', async (words, expected) => {
    const directory = temporary();
    await log(tool, words, directory, 'aaa\nbbb\n');
    expect(read(directory, 'st')).toBe(expected);
  });

  test('archives: names, modes, number, size; no line lost (D01)', async () => {
    const directory = temporary();
    const logger = start(tool, ['n3', 's4096', 'l100', './log'], directory);
    const input = numbered(90);
    // In pieces, so that the real one rotates in time: it looks at the size once for all that it has read.
    for (let at = 0; at < input.length; at += 1010) {
      await logger.send(input.slice(at, at + 1010));
      await until(() => everything(path.join(directory, 'log')).endsWith(input.slice(at, at + 1010)));
    }
    logger.close();
    expect(await logger.ended).toBe(0);
    const place = path.join(directory, 'log');
    expect(archives(place)).toHaveLength(2);
    for (const name of archives(place)) {
      expect(name).toMatch(/^@4[0-9a-f]{23}\.s$/);
      expect(mode(place, name)).toBe('744');
      expect(read(place, name).length).toBeLessThanOrEqual(5050);
    }
    expect([mode(directory, 'log'), mode(place, 'current'), mode(place, 'lock')]).toEqual(['700', '744', '644']);
    expect(everything(place)).toBe(input);
  });

  test('the oldest go, and only archives', async () => {
    const directory = temporary();
    for (const name of ['@4000000000000000000000ab.u', '@4000000000000000000000aa.s', 'other', '@40.s']) writeFileSync(path.join(directory, name), 'x');
    await log(tool, ['n1', 's4096', 'l100', `${directory}/.`], directory, numbered(60));
    expect(archives(directory)).toHaveLength(2);
    expect(archives(directory)).not.toContain('@4000000000000000000000ab.u');
    expect(read(directory, 'other') + read(directory, '@40.s')).toBe('xx');
  });

  test('after a clean end current is continued, after KILL it is .u (D02, 6.4)', async () => {
    const directory = temporary();
    const place = path.join(directory, 'log');
    await log(tool, ['./log'], directory, 'one\n');
    const killed = start(tool, ['./log'], directory);
    await killed.send('two\n');
    await until(() => read(place, 'current') === 'one\ntwo\n');
    expect(mode(place, 'current')).toBe('644');
    killed.process.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    await log(tool, ['./log'], directory, 'three\n');
    expect(archives(place)).toEqual([expect.stringMatching(/^@4[0-9a-f]{23}\.u$/)]);
    expect(read(place, archives(place)[0]!)).toBe('one\ntwo\n');
    expect(read(place, 'current')).toBe('three\n');
    expect(mode(place, 'current')).toBe('744');
  });

  test('a directory of another logger is refused', async () => {
    const directory = temporary();
    const first = start(tool, ['./log'], directory);
    await first.send('a\n');
    await until(() => read(directory, 'log/current') === 'a\n');
    expect(await log(tool, ['./log'], directory, 'b\n')).toMatchObject({ code: 111, stderr: expect.stringContaining('lock') as string });
    first.close();
    expect(await first.ended).toBe(0);
    expect(read(directory, 'log/current')).toBe('a\n');
  });

  test('ALRM rotates now; TERM waits for the rest of a line (6.9)', async () => {
    const directory = temporary();
    const place = path.join(directory, 'log');
    const logger = start(tool, ['./log', '1'], directory);
    await logger.send('one\n');
    await until(() => logger.stdout() === 'one\n');
    logger.process.kill('SIGALRM');
    await until(() => archives(place).length === 1);
    // Together, so that the beginning of the line has been read when the line before it has come out.
    await logger.send('two\nthr');
    await until(() => logger.stdout() === 'one\ntwo\n');
    logger.process.kill('SIGTERM');
    await logger.send('ee\n');
    expect(await logger.ended).toBe(0);
    expect(everything(place)).toBe('one\ntwo\nthree\n');
  });

  test('-p is deaf to TERM, not to HUP', async () => {
    const logger = start(tool, ['-p', '1'], temporary());
    await logger.send('one\n');
    await until(() => logger.stdout() === 'one\n');
    await handles(logger, 1);
    logger.process.kill('SIGTERM');
    await logger.send('two\n');
    await until(() => logger.stdout() === 'one\ntwo\n');
    logger.process.kill('SIGHUP');
    expect(await logger.ended).toBe(0);
  });

  test('a processor: its input, its output, its state; tried again when it fails (6.6)', async () => {
    const directory = temporary();
    mkdirSync(path.join(directory, 'log'));
    const script = '?cat <&4 >>seen; echo x >/dev/fd/5; test -e allowed || { echo >failed; exit 1; }; exec tr 0 z';
    const logger = start(tool, ['r50', 's4096', 'l100', 'n2', script, './log'], directory);
    await logger.send(numbered(41));
    const place = path.join(directory, 'log');
    await until(() => read(place, 'failed') !== '');
    writeFileSync(path.join(place, 'allowed'), '');
    await until(() => archives(place).length === 1);
    logger.close();
    expect(await logger.ended).toBe(0);
    expect(everything(place).replaceAll('z', '0')).toBe(numbered(41));
    expect(read(place, archives(place)[0]!)).toMatch(/^z+/);
    expect(mode(place, archives(place)[0]!)).toBe('744');
    // Debian's 2.11 starts processors without descriptor 5 (the documentation and ours have it).
    expect(read(place, 'state')).toBe(tool.name === 'ours' ? 'x\n' : '');
    expect(() => read(place, 'previous')).toThrow();
  });

  test('!: words of execline', async () => {
    const directory = temporary();
    await log(tool, ['s4096', 'l100', '!tr "0 1" "z z"', './log'], directory, numbered(41));
    await until(() => archives(path.join(directory, 'log')).length === 1);
    expect(read(directory, 'log', archives(path.join(directory, 'log'))[0]!)).toMatch(/^z+/);
  });

  test('what was left behind by a processor that was killed becomes .u', async () => {
    const directory = temporary();
    for (const [name, content] of [['previous', 'old\n'], ['processed', 'ha'], ['newstate', 'n']]) writeFileSync(path.join(directory, name!), content!);
    expect((await log(tool, [`${directory}/.`], directory, 'new\n')).code).toBe(0);
    expect(everything(directory)).toBe('old\nnew\n');
    expect(archives(directory)[0]).toMatch(/\.u$/);
    expect(() => read(directory, 'processed')).toThrow();
  });

  test('a full standard output is told, and is not the end', async () => {
    const directory = temporary();
    const full = { ...tool, words: ['/bin/sh', '-c', 'exec "$@" >/dev/full', 'sh', ...tool.words] };
    const { code, stderr } = await log(full, ['1', './log'], directory, 'a\nb\n');
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: .*stdout|warning: .*standard output/);
    expect(read(directory, 'log/current')).toBe('a\nb\n');
  });

  test('-d tells when it is ready', async () => {
    const directory = temporary();
    const notifying = { ...tool, words: ['/bin/sh', '-c', 'exec "$@" 3>ready', 'sh', ...tool.words] };
    expect(await log(notifying, ['-d3', '1'], directory, 'a\n')).toMatchObject({ code: 0, stdout: 'a\n' });
    expect(read(directory, 'ready')).toBe('\n');
  });
});
