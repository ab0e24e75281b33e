/** What services write: prefixed, searched for the line that says ready, and handed on without ever waiting. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { chosenLogs } from '../../src/core/logs.ts';
import { lines, until } from '../help/machine.ts';
import { kernel, scratch, SLEEP, world } from '../probes/world.ts';

const PREFIX = { ...chosenLogs('prefix', 'web'), prefix: 'web | ' };
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
  expect(all.printed).toContain(Buffer.from('aü\n').toString('latin1'));
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
  all.sink.become('full');
  // The pipe holds 64 KiB: the service cannot come to its end.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(lines(file)).toEqual([]);
  all.sink.become('free');
  await until(() => all.printed.length === 40_000);
  expect(all.printed.at(-1)).toBe('web | 39999\n');
});

test('discard, and a service that is searched though it is discarded', async () => {
  const all = world();
  const file = path.join(scratch, 'discarded');
  all.add('plain', `links=$(readlink /proc/$$/fd/1 /proc/$$/fd/2); echo "$links" > ${file}; ${SLEEP}`, { logs: chosenLogs('discard', 'plain') });
  all.add('web', `echo up; ${SLEEP}`, { ...ready('up'), logs: chosenLogs('discard', 'web') });
  await until(() => lines(file).length === 2 && all.of('web').length === 1);
  expect(lines(file)).toEqual(['/dev/null', '/dev/null']);
  expect(all.printed).toEqual([]);
});
