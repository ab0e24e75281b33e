/**
 * One transaction of a template, on real files: argv is DIRECTORY KILL-AT CONTENT. Kills itself before or in the KILL-AT-th thing that it does to
 * the disk, or to who reads the file; 0: never. Prints how many such things there were.
 */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DISK, type Disk } from '../../src/templates/disk.ts';
import { createInstaller } from '../../src/templates/install.ts';
import { createTemplates } from '../../src/templates/templates.ts';

const [directory, killAt, inPlace] = [process.argv[2]!, Number(process.argv[3]), process.argv[4] === 'in-place'];
let count = 0;

function step(): void {
  if (++count === killAt) process.kill(process.pid, 'SIGKILL');
}

/** Each is killed before it, and, by the next one's turn, after it. A rename that is refused as that of a mounted file is. */
const disk = Object.fromEntries(Object.entries(DISK).map(([name, act]) => [name, async (...given: unknown[]) => {
  if (name !== 'look' && name !== 'resolve' && name !== 'mayWrite') step();
  if (name === 'rename' && inPlace && String(given[1]).endsWith('out.cfg')) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
  return (act as (...words: unknown[]) => Promise<unknown>)(...given);
}])) as unknown as Disk;

const at = (name: string): string => path.join(directory, name);
const templates = createTemplates({
  directory: at('templates.d'),
  installer: createInstaller(disk, at('state')),
  sources: { members: () => [], services: () => [], environment: () => ({}) },
  run: () => {
    step();
    return { ended: Promise.resolve({ how: existsSync(at('refuse')) ? 'exit 1' : undefined, output: 'refused' }), abort: () => undefined };
  },
  reload: (service) => {
    step();
    appendFileSync(at('reloads'), `${service}\n`);
    step();
    return Promise.resolve(existsSync(at('refuse-reload')) ? { ok: false, step: 'reload', detail: 'refused' } : { ok: true });
  },
  accounts: () => ({}),
  now: () => performance.now(),
  wall: () => Date.now(),
  serviceNames: () => ['ha'],
  announce: ({ event }) => appendFileSync(at('events'), `${event}\n`),
  report: () => undefined,
  failed: (where, error) => writeFileSync(at('mistake'), `${where}: ${String(error)}`),
  ended: () => undefined,
});
templates.look();
void templates.render(['t'], false).then(async ([result]) => {
  // The record is written after it.
  await templates.freeze();
  writeFileSync(1, `${JSON.stringify({ count, outcome: result?.outcome })}\n`);
  process.exit(0);
});
