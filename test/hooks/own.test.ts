/** Hooks of one service, what hooks print, what became of them, and hooks that somebody asks for. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createHookPlaces } from '../../src/hooks/places.ts';
import { MOST_LINES } from '../../src/hooks/output.ts';
import { createWorld, type World } from './world.ts';

function script(file: string, text: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}
const own = ({ directory }: World, service: string, ...names: string[]): string => path.join(directory, 'services', service, 'hooks', ...names);
const asked = (event: 'service-up' | 'members-changed', service?: string) =>
  ({ seq: 0, at: '', event, asked: true, ...(service === undefined ? {} : { service }) });

test('hooks/EVENT of a service, a file or a directory, is run after those for all, for that service alone', async () => {
  const world = createWorld();
  const { runner, hooks, give, trace } = world;
  const record = 'echo "${0##*/} $N6_SERVICE" >>"$TRACE"';
  script(path.join(hooks, 'service-up/10-all'), record);
  script(own(world, 'web', 'service-up'), record);
  script(own(world, 'db', 'service-up/20-second'), record);
  script(own(world, 'db', 'service-up/10-first'), record);
  for (const service of ['web', 'db', 'other']) give('service-up', service);
  await runner.idle();
  expect(trace().filter((line) => line.endsWith('web'))).toEqual(['10-all web', 'service-up web']);
  expect(trace().filter((line) => line.endsWith('db'))).toEqual(['10-all db', '10-first db', '20-second db']);
  expect(trace().filter((line) => line.endsWith('other'))).toEqual(['10-all other']);
});

test('what a hook prints comes line by line with its name; who it has left in the background goes on printing', async () => {
  const world = createWorld({ gates: ['later'] });
  const { runner, hooks, give, printed, open, until } = world;
  script(path.join(hooks, 'service-up/talks'), 'echo one; echo two >&2; printf "no end"; (read line <"$GATES/later"; echo later) &');
  give('service-up', 'web');
  await runner.idle();
  await until(() => printed.length >= 2);
  expect(printed).toEqual(['talks service-up web: one', 'talks service-up web: two']);
  await open('later');
  await until(() => printed.length === 3);
  expect(printed[2]).toBe('talks service-up web: no endlater');
});

test('a flood is told up to a bound, and held up by nobody', async () => {
  const { runner, hooks, give, printed, until } = createWorld();
  script(path.join(hooks, 'service-up/floods'), 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i + 1)); done; head -c 20000 /dev/zero | tr "\\0" x');
  give('service-up', 'web');
  await runner.idle();
  await until(() => printed.some((line) => line.includes('is not told')));
  expect(printed).toHaveLength(MOST_LINES + 1);
});

test('what became of each: the last run, and failures until they are mended', async () => {
  const world = createWorld();
  const { runner, hooks, give } = world;
  const hook = script(path.join(hooks, 'service-up/10-x'), 'exit 3');
  const members = script(path.join(hooks, 'members-changed/10-x'), 'exit 4');
  give('service-up', 'web');
  give('service-up', 'db');
  give('members-changed');
  await runner.idle();
  expect(runner.results.failureOf('web')).toMatchObject({ event: 'service-up', service: 'web', hook, ok: false, reason: 'exit 3' });
  expect(runner.results.failureOf(null)).toMatchObject({ service: null, hook: members, reason: 'exit 4' });
  script(hook, 'exit 0');
  give('service-up', 'web');
  await runner.idle();
  expect(runner.results.failureOf('web')).toBe(undefined);
  expect(runner.results.last(hook)).toMatchObject({ service: 'web', ok: true, reason: '' });
  expect(runner.results.failureOf('db')).toMatchObject({ reason: 'exit 3' });
  give('service-removed', 'db');
  expect(runner.results.failureOf('db')).toBe(undefined);
});

test('somebody asks: the hooks are run and what came of each is told; nobody waits for those of the same service that run', async () => {
  const world = createWorld({ gates: ['slow'] });
  const { runner, hooks, install, give, open, until, trace } = world;
  script(path.join(hooks, 'service-up/10-ok'), 'cat >>"$TRACE"');
  script(path.join(hooks, 'service-up/20-bad'), 'exit 3');
  expect(await runner.ask(asked('service-up', 'web'))).toMatchObject([{ ok: true, service: 'web' }, { ok: false, reason: 'exit 3' }]);
  expect(trace()).toEqual(['{"seq":0,"at":"","event":"service-up","asked":true,"service":"web"}']);
  expect(await runner.ask(asked('members-changed'))).toEqual([]);
  install('service-down', 'hook-waits-at-the-gate');
  give('service-down', 'slow');
  await until(() => trace().includes('slow waits'));
  expect(runner.running()).toEqual([path.join(hooks, 'service-down/hook-waits-at-the-gate')]);
  expect(runner.ask(asked('service-up', 'slow'))).toBe(undefined);
  expect(await runner.ask(asked('service-up', 'web'))).toHaveLength(2);
  await open('slow');
  await runner.idle();
  expect(await runner.ask(asked('service-up', 'slow'))).toHaveLength(2);
});

test('everything that lies there is listed, with what is not run and why', () => {
  const world = createWorld();
  const { hooks } = world;
  const good = script(path.join(hooks, 'service-up/10-good'), '');
  writeFileSync(path.join(hooks, 'service-up/20-plain'), '');
  mkdirSync(path.join(hooks, 'service-upp'));
  const mine = script(own(world, 'web', 'service-down'), '');
  const places = createHookPlaces([hooks], (service) => path.join(world.directory, 'services', service));
  expect(places.all(['db', 'web'])).toEqual([
    { event: 'service-up', service: undefined, hook: good, ignored: undefined },
    { event: 'service-up', service: undefined, hook: path.join(hooks, 'service-up/20-plain'), ignored: expect.stringContaining('chmod +x') as string },
    { event: 'service-upp', service: undefined, hook: path.join(hooks, 'service-upp'), ignored: 'there is no event of that name; did you mean service-up?' },
    { event: 'service-down', service: 'web', hook: mine, ignored: undefined },
  ]);
  expect([places.has({ event: 'service-up' }), places.has({ event: 'service-down' }), places.has({ event: 'service-down', service: 'web' })])
    .toEqual([true, false, true]);
});
