/** Opens the templates: loaded with the first file of `templates.d`. */
import path from 'node:path';
import type { Member } from '../core/members.ts';
import type { Problem } from '../core/messages.ts';
import { DISK } from '../templates/disk.ts';
import { createInstaller } from '../templates/install.ts';
import type { Templates } from '../templates/port.ts';
import { createTemplates } from '../templates/templates.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { accountsOf, commandRunner, reloadService, servicesOf, sourcesOf, viewOf, type World } from './template-world.ts';
import type { TemplateDoorOptions } from './templates.ts';

/** Below the runtime directory: what was last applied. */
const APPLIED = 'templates';
/** Milliseconds of quiet after a change of a file: an editor makes several in a row. */
const QUIET = 300;

export type OpenOptions = TemplateDoorOptions & Readonly<{
  members(): readonly Member[];
  /** Calls back when the members have changed. */
  membersChanged(listener: () => void): void;
  ended(template: string, isThere: boolean): void;
  look(): readonly Problem[];
}>;

export function openTemplates(options: OpenOptions): { templates: Templates; watch(files: ReturnType<Templates['files']>): void } {
  const { plan, kernel, supervisor, members, membersChanged, report, failed, ended } = options;
  const world: World = { ...options, containerEnvironment: plan.layout.containerEnvironment, members };
  const templates = createTemplates({
    directory: plan.templateDirectory,
    installer: createInstaller(DISK, path.join(plan.layout.runtime, APPLIED)),
    sources: sourcesOf(world),
    run: commandRunner(world),
    reload: (service) => reloadService(supervisor, service),
    accounts: accountsOf,
    now: () => kernel.now(),
    wall: () => Date.now(),
    serviceNames: () => supervisor.roster.names(),
    announce: (announcement) => supervisor.announce(announcement),
    report, failed, ended,
  });
  membersChanged(() => templates.changed('members'));
  followServices(supervisor, () => templates.changed('services'));
  return { templates, watch: watcher(options) };
}

/** Of all that changes in a service, what templates see of it. */
function followServices(supervisor: Supervisor, changed: () => void): void {
  const known = new Map(servicesOf(supervisor).map((service) => [service.name, JSON.stringify(service)]));
  supervisor.watch((name, after) => {
    const is = after === undefined ? undefined : JSON.stringify(viewOf(after));
    if (known.get(name) === is) return;
    if (is === undefined) known.delete(name);
    else known.set(name, is);
    changed();
  });
}

/** Data files always, what people edit where n6 watches at all. Loaded when there is something to watch. */
function watcher({ plan, report, failed, look }: OpenOptions): (files: ReturnType<Templates['files']>) => void {
  let watched = '';
  let close: (() => void) | undefined;
  let turn: Promise<void> = Promise.resolve();
  return ({ data, written }) => {
    const paths = [...new Set(plan.watch ? [...data, ...written] : data)].sort();
    if (paths.join('\0') === watched) return;
    watched = paths.join('\0');
    turn = turn.then(async () => {
      close?.();
      close = undefined;
      if (paths.length === 0) return;
      const { watchPaths } = await import('./watch-services.ts');
      ({ close } = watchPaths({ paths, quiet: QUIET, then: 'reload' }, {
        ready: () => undefined,
        changed() {
          for (const problem of look()) report({ type: 'problem', problem });
        },
        lost: (code) => report({ type: 'watchLost', directory: plan.templateDirectory, reason: code }),
        failed: (error) => failed('the watch of templates', error),
      }));
    }).catch((error: unknown) => failed('the watch of templates', error));
  };
}
