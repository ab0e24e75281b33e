/**
 * What only `svc check` tells: what may be there by the time that a service is started, such as an account that a script
 * makes, and what takes too long for PID 1. Problems, no faults.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Cron } from 'croner';
import { nearest } from '../../core/messages.ts';
import type { ServiceYaml } from './keys.ts';
import type { Asked } from './port.ts';
import type { ReaderOptions } from './reader.ts';
import type { Tell } from './rules.ts';

/** `root`: where the `/` is that the services will have. */
export const offlineCheck = (root: string): NonNullable<ReaderOptions['check']> => (yaml, asked, tell) => {
  const names = { passwd: namesIn(root, 'passwd', asked), group: namesIn(root, 'group', asked) };
  for (const [key, file, name] of accountsIn(yaml)) {
    const known = names[file];
    if (/^\d+$/.test(name) || known === undefined || known.includes(name)) continue;
    const near = nearest(name, known);
    tell(key, name, `${key} to be ${file === 'passwd' ? 'a user' : 'a group'} of /etc/${file}`,
      near === undefined ? 'create it, or write its number' : `did you mean "${near}"? Or create it`);
  }
  for (const [key, program] of programsIn(yaml)) {
    // What n6 brings is there when it runs, and that n6 itself cannot do without a shell is told elsewhere.
    if (!path.isAbsolute(program) || program.startsWith('/command/') || program === '/bin/sh') continue;
    if (existsSync(asked.find(path.join(root, program)))) continue;
    tell(key, program, `${key} to begin with a program that exists`, `install ${program}, or correct it`);
  }
  checkCron(yaml, tell);
};

function* accountsIn(yaml: ServiceYaml): Generator<readonly [key: string, file: 'passwd' | 'group', name: string]> {
  if (yaml.user !== undefined) yield ['user', 'passwd', yaml.user];
  if (yaml.group !== undefined) yield ['group', 'group', yaml.group];
  for (const name of yaml.groups ?? []) yield ['groups', 'group', name];
}

function* programsIn({ command, once, stop, reload, ready, health }: ServiceYaml): Generator<readonly [key: string, program: string]> {
  const up = typeof once === 'object' ? once : undefined;
  const stopped = stop !== undefined && 'command' in stop ? stop.command : undefined;
  const { command: reloaded, check, verify } = typeof reload === 'object' ? reload : {};
  const all = {
    'command': command, 'once.up': up?.up, 'once.down': up?.down, 'stop.command': stopped, 'reload.command': reloaded, 'reload.check': check,
    'reload.verify': verify, 'ready.exec': ready?.exec, 'health.exec': health?.exec,
  };
  for (const [key, argv] of Object.entries(all)) if (argv?.[0] !== undefined) yield [key, argv[0]];
}

/** undefined: it cannot be read, so that nothing can be said. */
function namesIn(root: string, file: string, { find }: Asked): string[] | undefined {
  try {
    return readFileSync(find(path.join(root, 'etc', file)), 'utf8').split('\n').flatMap((line) => line.split(':', 1)).filter((name) => name !== '');
  } catch {
    return undefined;
  }
}

/** The library that will ring decides, also whether the time ever comes (the 30th of February). */
function checkCron({ schedule }: ServiceYaml, tell: Tell): void {
  const { cron, zone } = typeof schedule === 'string' ? { cron: schedule, zone: undefined } : schedule ?? {};
  if (cron === undefined) return;
  try {
    const job = new Cron(cron, { paused: true, ...(zone === undefined ? {} : { timezone: zone }) });
    if (job.nextRun() === null) tell('schedule', cron, 'a time that comes', 'no day is like that; correct the day or the month');
  } catch (error) {
    tell('schedule', cron, 'a cron expression', (error as Error).message.slice(0, 120));
  }
}
