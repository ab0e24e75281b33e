/** What services write: prefixed, searched for the line that says ready, and handed on without ever waiting. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSink } from '../../src/probes/sink.ts';
import { lines, until } from '../help/machine.ts';
import { kernel, scratch, SLEEP, world } from './world.ts';

const PREFIX = { output: 'inherit', prefix: 'web | ' } as const;
const READY = { type: 'becameReady' };
const ready = (pattern: string): { ready: { by: 'log'; pattern: string } } => ({ ready: { by: 'log', pattern } });

test('both streams, whole lines, with the prefix; the last one of a life also without a newline', async () => {
  const all = world();
  all.add('web', 'echo out; echo err >&2; printf half; sleep 0.05; printf " line\\n"; printf last; exit 0', { logs: PREFIX, restart: 'never' });
  await until(() => all.printed.length >= 4);
  all.supervisor.stop('web');
  expect(all.printed.slice(0, 4).sort()).toEqual(['web | err\n', 'web | half line\n', 'web | last\n', 'web | out\n']);
});

test('ready by a line of either stream; not one of an earlier life; without a prefix the bytes are as they were', async () => {
  const gate = path.join(scratch, 'gate');
  const all = world();
  // The first life says it in its very last moment, and is not listened to any more.
  all.add('web', `if [ -e ${gate} ]; then echo "second" >&2; ${SLEEP}; fi; : > ${gate}; printf 'now ready to serve'`, ready('^now ready'));
  await until(() => all.printed.includes('second\n'));
  const before = all.of('web');
  all.add('err', `printf 'a\\303\\274\\n'; echo "listening on :80" >&2; ${SLEEP}`, ready('listening on :\\d+$'));
  await until(() => all.of('err').length > 0);
  expect(all.of('err')).toEqual([READY]);
  expect(all.printed).toContain('aü\n');
  // At most once, by the life that wrote it and was still there.
  expect(all.of('web')).toEqual(before);
  expect(all.service('web').state).toMatchObject({ name: 'running', ready: false });
});

test('a line that comes before n6 knows the pid counts', async () => {
  const all = world();
  for (let round = 0; round < 20; round++) all.add(`fast-${round}`, `echo up; ${SLEEP}`, ready('^up$'));
  await until(() => all.told.filter(({ type }) => type === 'becameReady').length === 20);
});

test('pipes stay over restarts, and go with the service', async () => {
  const all = world();
  const file = path.join(scratch, 'inode');
  all.add('web', `link=$(readlink /proc/$$/fd/1); echo "$link" >> ${file}; ${SLEEP}`, { logs: PREFIX });
  await until(() => lines(file).length === 1 && all.service('web').state.name === 'running');
  kernel.signal(all.pid('web'), 'SIGKILL');
  await until(() => lines(file).length === 2);
  expect(lines(file)[0]).toMatch(/^pipe:/);
  expect(lines(file)[1]).toBe(lines(file)[0]);
  all.supervisor.retire('web');
  await until(() => all.supervisor.roster.size() === 0);
  await until(() => !execFileSync('ls', ['-l', `/proc/${process.pid}/fd/`]).includes(lines(file)[0]!));
});

test('a full output makes services wait, and nothing is lost', async () => {
  const file = path.join(scratch, 'written');
  const all = world();
  all.add('web', `i=0; while [ $i -lt 40000 ]; do echo $i; i=$((i+1)); done; echo done > ${file}; ${SLEEP}`, { logs: PREFIX });
  await until(() => all.printed.length > 0);
  all.sink.full(true);
  // The pipe holds 64 KiB: the service cannot come to its end.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(lines(file)).toEqual([]);
  all.sink.full(false);
  await until(() => all.printed.length === 40_000);
  expect(all.printed.at(-1)).toBe('web | 39999\n');
});

test('discard, and a service that is searched though it is discarded', async () => {
  const all = world();
  const file = path.join(scratch, 'discarded');
  all.add('plain', `links=$(readlink /proc/$$/fd/1 /proc/$$/fd/2); echo "$links" > ${file}; ${SLEEP}`, { logs: { output: 'discard', prefix: undefined } });
  all.add('web', `echo up; ${SLEEP}`, { ...ready('up'), logs: { output: 'discard', prefix: undefined } });
  await until(() => lines(file).length === 2 && all.of('web').length === 1);
  expect(lines(file)).toEqual(['/dev/null', '/dev/null']);
  expect(all.printed).toEqual([]);
});

/** A FIFO with n6's kind of description for writing, and a reader that reads when it is told. */
function fifo(): { open(): { descriptor: number; kind: 'pipe' }; read(): string; hangUp(): void } {
  const place = path.join(scratch, `fifo-${Math.random()}`);
  execFileSync('mkfifo', [place]);
  let reader: number | undefined = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
  const hangUp = (): void => {
    if (reader !== undefined) closeSync(reader);
    reader = undefined;
  };
  onTestFinished(hangUp);
  return {
    open: () => ({ descriptor: openSync(place, constants.O_WRONLY | constants.O_NONBLOCK), kind: 'pipe' }),
    read() {
      reader ??= openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
      const chunk = Buffer.alloc(2 ** 20);
      try {
        return chunk.toString('latin1', 0, readSync(reader, chunk));
      } catch {
        return '';
      }
    },
    hangUp,
  };
}

test('a reader that stops is waited for, then lines are counted and the count is said; none is torn', async () => {
  const pipe = fifo();
  const sink = createSink({ open: pipe.open, patience: 50 });
  const told: boolean[] = [];
  sink.whenFull((full) => void told.push(full));
  const line = (index: number): string => `${index} ${'x'.repeat(2000)}\n`;
  for (let index = 0; index < 100; index++) sink.write(Buffer.from(line(index)), 1);
  await until(() => told.length === 2);
  expect(told).toEqual([true, false]);
  for (let index = 0; index < 7; index++) sink.write(Buffer.from('lost\n'), 1);
  let text = '';
  await until(() => {
    text += pipe.read();
    return text.length >= line(99).length * 99;
  });
  await until(() => told.length === 3);
  sink.write(Buffer.from('back\n'), 1);
  await until(() => {
    text += pipe.read();
    return text.endsWith('back\n');
  });
  expect(text).toBe(`${Array.from({ length: 100 }, (_, index) => line(index)).join('')}n6: 7 lines of services were lost: nobody read them\nback\n`);
});

test('a reader that goes is no error, and one that comes back is found', async () => {
  const pipe = fifo();
  const sink = createSink({ open: pipe.open, patience: 50 });
  sink.write(Buffer.from('1\n'), 1);
  expect(pipe.read()).toBe('1\n');
  pipe.hangUp();
  let text = '';
  for (let index = 0; index < 5; index++) {
    sink.write(Buffer.from('nobody\n'), 1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  pipe.read();
  await until(() => {
    sink.write(Buffer.from('x\n'), 1);
    text += pipe.read();
    return text.includes('x\n');
  });
  expect(text).toMatch(/^n6: \d+ lines? of services were lost/);
});

test('a plain file is written through the descriptor that services have, too', () => {
  const place = path.join(scratch, 'plain');
  writeFileSync(place, '');
  const descriptor = openSync(place, 'w');
  onTestFinished(() => closeSync(descriptor));
  createSink({ open: () => ({ descriptor, kind: 'shared' }), patience: 50 }).write(Buffer.from('a\n'), 1);
  expect(readFileSync(place, 'latin1')).toBe('a\n');
});
