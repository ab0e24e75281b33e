/** Everything that may come after the services: the log, the control socket, hooks, the watcher. Each is loaded here, not before. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { RescanOutcome } from '../control/backend.ts';
import type { Report } from '../core/messages.ts';
import { createBackend } from '../supervisor/backend.ts';
import type { Changes } from '../supervisor/changes.ts';
import type { Shutdown } from '../supervisor/ending.ts';
import { followPolicies } from '../supervisor/follow-policies.ts';
import { createSchedules, type Schedules } from '../supervisor/schedule.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { version } from '../version.ts';
import { loadEnvironment } from './environment.ts';
import { CONTROL_SOCKET } from './layout.ts';
import type { Plan } from './life.ts';
import type { ServiceWatches } from './watch-services.ts';

export type Doors = Readonly<{
  plan: Plan;
  supervisor: Supervisor;
  shutdown: Shutdown;
  look(): RescanOutcome;
  changes: Changes;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  startedAt: string;
  /** Told how to close what has been opened: clients get their answers, the socket file goes. */
  opened(close: () => Promise<void>): void;
  /** Told how to end hooks that run and forget those that wait. */
  hooked(stop: () => void): void;
}>;

export async function openDoors(doors: Doors): Promise<void> {
  const { plan, supervisor } = doors;
  const schedules = openSchedules(doors);
  // The control socket first: somebody may be waiting for it. What fails to open leaves the others as they are.
  await guarded(doors, 'the control socket', () => openControl(doors, schedules));
  await guarded(doors, 'hooks', openHooks);
  supervisor.announce({ event: 'supervisor-started', pid: plan.kernel.pid });
  await guarded(doors, 'the log', () => plan.log.open());
  if (plan.watch) await guarded(doors, 'the watcher', openWatcher);
  openWatches(doors);
}

async function guarded(doors: Doors, what: string, open: (doors: Doors) => Promise<void>): Promise<void> {
  try {
    await open(doors);
  } catch (error) {
    doors.failed(`opening ${what}`, error);
  }
}

function openSchedules({ supervisor, shutdown, changes, report, failed }: Doors): Schedules {
  const schedules = createSchedules({
    supervisor, report, failed,
    wall: () => Date.now(),
    begin: (name) => void changes.command(name, 'once'),
    isAwaiting: (name) => changes.waitsFor(name)?.type === 'needs',
    loadCron: () => import('../timers/cron.ts'),
  });
  atShutdown(supervisor, shutdown, () => schedules.stop());
  return schedules;
}

async function openControl(doors: Doors, schedules: Schedules): Promise<void> {
  const { plan, supervisor, shutdown, look, changes, report, failed, startedAt, opened } = doors;
  const { serveControl } = await import('../control/server.ts');
  const { kernel, catalogue, layout } = plan;
  const socket = path.join(layout.runtime, CONTROL_SOCKET);
  const { pokes } = await import('../membership/sources.ts');
  const backend = createBackend(supervisor, {
    info: () => ({ version, pid: kernel.pid, startedAt, directory: catalogue.directory, shuttingDown: shutdown.begun() }),
    moment: () => ({ monotonic: kernel.now(), wall: Date.now() }),
    rescan: look,
    shutdown: (reason) => shutdown.want(reason),
    translate: pokes,
    changes,
    planOf: (name) => schedules.of(name),
  });
  try {
    const server = await serveControl(backend, socket, failed);
    opened(() => server.close());
  } catch (error) {
    report({ type: 'controlLost', path: socket, code: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}

/** No directory, no cost: the runner and what it needs are loaded when there is something to run. */
async function openHooks({ plan, supervisor, report, failed, hooked }: Doors): Promise<void> {
  if (!exists(plan.hookDirectory)) return;
  const { createHookRunner } = await import('../hooks/run.ts');
  const runner = createHookRunner({
    directories: [plan.hookDirectory],
    environment: () => textVariables(loadEnvironment(plan.layout.containerEnvironment)),
    timeout: plan.settings.N6_HOOK_TIMEOUT,
    kernel: plan.kernel,
    report,
    hookFailed: (failure) => supervisor.announce({ event: 'hook-failed', ...failure }),
  });
  hooked(() => void runner.stop().catch((error: unknown) => failed('ending hooks', error)));
  // Services started before anybody could listen: their hooks run now, in the same order.
  for (const event of supervisor.journal.recent()) runner.give(event);
  supervisor.journal.subscribe((event) => runner.give(event));
}

/** For development: the watcher is loaded when a service asks for it. */
function openWatches({ supervisor, shutdown, changes, report, failed }: Doors): void {
  let watches: Promise<ServiceWatches> | undefined;
  const load = async (): Promise<ServiceWatches> => {
    const { watchServices } = await import('./watch-services.ts');
    return watchServices({ supervisor, report, failed, restart: (name) => void changes.command(name, 'restart') });
  };
  const unfollow = followPolicies(supervisor, ({ watch }) => watch, (name, watch) => {
    (watches ??= load()).then((loaded) => loaded.set(name, watch)).catch((error: unknown) => failed(`the watch of ${name}`, error));
  });
  atShutdown(supervisor, shutdown, () => {
    unfollow();
    watches?.then((loaded) => loaded.stop()).catch((error: unknown) => failed('ending watches', error));
  });
}

/** What starts services by itself ends when the shutdown begins, not only when everything has stopped. */
function atShutdown(supervisor: Supervisor, shutdown: Shutdown, stop: () => void): void {
  if (shutdown.begun()) return stop();
  supervisor.journal.subscribe(({ event }) => {
    if (event === 'shutdown-started') stop();
  });
}

async function openWatcher({ plan, look, report, failed }: Doors): Promise<void> {
  const { watchDirectory } = await import('./watch.ts');
  const { directory } = plan.catalogue;
  watchDirectory(directory, () => void look(), (reason) => report({ type: 'watchLost', directory, reason }), failed);
}

/** libuv passes an environment as text: what is not UTF-8 cannot be given to a hook unharmed, so it is left out. */
function textVariables(environment: readonly Buffer[]): Record<string, string> {
  const variables: Record<string, string> = {};
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const bytes of environment) {
    try {
      const text = decoder.decode(bytes);
      const at = text.indexOf('=', 1);
      if (at > 0) variables[text.slice(0, at)] = text.slice(at + 1);
    } catch {
      // Said above.
    }
  }
  return variables;
}

function exists(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
