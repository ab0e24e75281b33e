import { closeSync, fstatSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratch, file } from './files.ts';
import { exitOf, happened, kernel, outputOf, pipe, request, spawn, start, told } from './kernel.ts';

test('each of the 256 exit codes is told as it is', async () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const exits = await Promise.all(codes.map(async (code) => exitOf(await start('./kernel-exits-with', [String(code)]))));
  expect(exits).toEqual(codes.map((code) => ({ code })));
});

test('300 starts of a program that ends at once are each answered once, and each exit comes after its answer', async () => {
  const before = told.length;
  const answers: number[] = [];
  const pids = await Promise.all(Array.from({ length: 300 }, async () => {
    const pid = await start('/bin/true');
    answers.push(pid);
    return pid;
  }));
  await Promise.all(pids.map(exitOf));
  expect(answers).toHaveLength(300);
  const story = told.slice(before);
  expect(story.filter((entry) => 'exited' in entry)).toHaveLength(300);
  expect(story.filter((entry) => 'orphan' in entry || 'failed' in entry)).toEqual([]);
  const running = new Set<number>();
  for (const entry of story) {
    if ('spawned' in entry) running.add(entry.spawned);
    if ('exited' in entry) expect(running.delete(entry.exited)).toBe(true);
  }
});

test('the environment arrives byte for byte', async () => {
  const variables = ['a.b=1', 'N=a\nb ', 'E=', '=odd', 'no equals sign', 'X='].map((text) => Buffer.from(text));
  variables[5] = Buffer.concat([variables[5]!, Buffer.from([0xff, 0xfe])]);
  const got = await outputOf('/bin/cat', ['/proc/self/environ'], { environment: variables });
  expect(got).toEqual(Buffer.concat(variables.flatMap((variable) => [variable, Buffer.from([0])])));
});

test('no environment is an empty one', async () => {
  expect(await outputOf('/bin/cat', ['/proc/self/environ'], { environment: [] })).toEqual(Buffer.alloc(0));
});

test('the arguments arrive as they are, the first one need not be the program', async () => {
  const words = ['an odd name', '/proc/self/cmdline'];
  const got = await outputOf('/bin/cat', [], { arguments: words });
  expect(got.toString()).toBe(`${words.join('\0')}\0`);
  expect((await outputOf('/usr/bin/printf', ['%s|', '', 'ü', ' a b ', '$HOME', '\n'])).toString()).toBe('|ü| a b |$HOME|\n|');
});

test('the working directory is entered first, a relative program is looked for there', async () => {
  const directory = path.join(scratch, 'a directory, with "blanks"');
  mkdirSync(directory);
  file('a directory, with "blanks"/run', '#!/bin/sh\npwd\n');
  expect((await outputOf('./run', [], { directory })).toString()).toBe(`${directory}\n`);
});

test('with a session of its own, pid, process group and session are one number', async () => {
  const { write, content } = pipe();
  const pid = await start('/bin/cat', ['/proc/self/stat'], { stdio: ['null', write, 'null'] });
  kernel.close(write);
  expect((await content).toString().split(' ').slice(4, 6)).toEqual([String(pid), String(pid)]);
});

test('without one it stays in ours', async () => {
  const [ours, its] = await Promise.all([outputOf('/bin/cat', [`/proc/${process.pid}/stat`]), outputOf('/bin/cat', ['/proc/self/stat'], { session: false })]);
  expect(its.toString().split(' ').slice(4, 6)).toEqual(ours.toString().split(' ').slice(4, 6));
});

test('no signal is blocked, ignored or caught', async () => {
  const status = (await outputOf('./kernel-tells-its-signals')).toString();
  for (const set of ['SigBlk', 'SigIgn', 'SigCgt']) expect(status).toContain(`${set}:\t0000000000000000\n`);
});

test('the umask is ours', async () => {
  const ours = process.umask(0o027);
  try {
    expect((await outputOf('/bin/sh', ['-c', 'umask'])).toString()).toBe('0027\n');
  } finally {
    process.umask(ours);
  }
});

test('standard output is a pipe that can be opened by its name, and it blocks', async () => {
  const script = 'echo one >/dev/stdout; echo two >/dev/stderr; grep flags /proc/self/fdinfo/1';
  const { write, content } = pipe();
  await start('/bin/sh', ['-c', script], { stdio: ['null', write, write] });
  kernel.close(write);
  const [one, two, flags] = (await content).toString().split('\n');
  expect([one, two]).toEqual(['one', 'two']);
  expect(parseInt(flags!.split('\t')[1]!, 8) & 0o4000).toBe(0);
});

test('/dev/null reads as empty and takes everything', async () => {
  expect(await exitOf(await start('/bin/sh', ['-c', 'read -r _ && exit 1; echo x && exit 3']))).toEqual({ code: 3 });
});

test('inherited descriptors are the very same files', async () => {
  const { write, content } = pipe();
  await start('/bin/sh', ['-c', 'stat -L -c %i /proc/self/fd/0 /proc/self/fd/2 >&5'], {
    stdio: ['inherit', 'inherit', 'inherit'], descriptors: [{ child: 5, source: write }],
  });
  kernel.close(write);
  expect((await content).toString().trim().split('\n').map(Number)).toEqual([fstatSync(0).ino, fstatSync(2).ino]);
});

test('nothing else is open in the child, whoever opened it here', async () => {
  const leaking = openSync('/dev/null', 'r');
  try {
    const listing = await outputOf('/bin/sh', ['-c', 'for each in /proc/$$/fd/*; do [ -e "$each" ] && echo "${each##*/}"; done']);
    expect(listing.toString()).toBe('0\n1\n2\n');
  } finally {
    closeSync(leaking);
  }
});

test('descriptors may change places', async () => {
  // Each of these numbers is a source and a target at once, 0 to 2 among them: performed in a row they would overwrite each other.
  const [a, b, c] = [pipe(), pipe(), pipe()];
  const sources = [a.write, b.write, c.write] as const;
  const pid = await start('/bin/sh', ['-c', `cd /proc/self/fd; echo a >${a.write}; echo b >${b.write}; echo c >${c.write}; echo out; echo nine >9`], {
    stdio: ['null', a.write, b.write],
    descriptors: [{ child: a.write, source: b.write }, { child: b.write, source: c.write }, { child: c.write, source: a.write }, { child: 9, source: b.write }],
  });
  for (const source of sources) kernel.close(source);
  expect(await exitOf(pid)).toEqual({ code: 0 });
  const contents = await Promise.all([a.content, b.content, c.content]);
  expect(contents.map(String)).toEqual(['c\nout\n', 'a\nnine\n', 'b\n']);
});

test('a start that fails closes what it opened for it', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const { write, content } = pipe();
  const before = open();
  for (let count = 0; count < 20; count++) {
    await spawn(request('./nobody', [], { stdio: ['null', write, 'null'], descriptors: [{ child: write, source: 1 }, { child: 9, source: write }] }));
  }
  expect(open()).toBe(before);
  kernel.close(write);
  await content;
});

test('a listener that throws is told to the owner of errors, and nothing else changes', async () => {
  const before = told.length;
  const pid = await new Promise<number>((resolve) => kernel.spawn(request('/bin/true'), (result) => {
    resolve('pid' in result ? result.pid : 0);
    throw new Error('a bad listener');
  }));
  expect(await exitOf(pid)).toEqual({ code: 0 });
  const error = await happened(() => told.slice(before).find((entry) => 'failed' in entry)?.failed);
  expect((error as Error).cause).toMatchObject({ message: 'a bad listener' });
});

test('one environment is read while it is used again and the garbage is collected', async () => {
  const shared = Array.from({ length: 200 }, (_, index) => Buffer.from(`VARIABLE_${index}=${'x'.repeat(index)}`));
  const expected = `${shared.map(String).join('\0')}\0`;
  for (let round = 0; round < 5; round++) {
    const outputs = await Promise.all(Array.from({ length: 20 }, () => outputOf('/bin/cat', ['/proc/self/environ'], { environment: shared })));
    for (const output of outputs) expect(output.toString()).toBe(expected);
    Array.from({ length: 1000 }, () => Buffer.alloc(1e4));
  }
});

