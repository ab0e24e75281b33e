/** Everything that may come after the services: the log, the control socket, hooks, the watcher. Each is loaded here, not before. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { Files } from '../control/answers.ts';
import type { RescanOutcome } from '../control/backend.ts';
import type { LogsBackend } from '../control/logs.ts';
import type { ControlServer } from '../control/server.ts';
import type { Exit } from '../core/exit.ts';
import type { Report } from '../core/messages.ts';
import type { SavedHook, SavedLock } from '../core/persist/life.ts';
import type { HookRunner } from '../hooks/run.ts';
import type { Surveyor } from '../launch/launcher.ts';
import { createBackend } from '../supervisor/backend.ts';
import type { Changes } from '../supervisor/changes.ts';
import type { Shutdown } from '../supervisor/ending.ts';
import { followPolicies } from '../supervisor/follow-policies.ts';
import { createSchedules, type Schedules } from '../supervisor/schedule.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { version } from '../version.ts';
import { loadEnvironment } from './environment.ts';
import { CONTROL_SOCKET } from './layout.ts';
import type { OpenMembership } from './membership.ts';
import type { Plan } from './plan.ts';
import { ANY_SOCKET, ANY_TCP } from './rescue.ts';
import type { TemplateDoor } from './templates.ts';
import type { UsageReader } from '../usage/read.ts';
import type { ServiceWatches } from './watch-services.ts';

export type Doors = Readonly<{
  plan: Plan;
  supervisor: Supervisor;
  shutdown: Shutdown;
  look(): RescanOutcome;
  changes: Changes;
  launcher: Surveyor;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  startedAt: string;
  logs(): Promise<LogsBackend>;
  templates: TemplateDoor;
  reexecute(): Promise<string | undefined>;
  /** Of a hook that an earlier life has started. */
  endOfHook(hook: SavedHook): Promise<Exit> | undefined;
  /** What is open; filled in one by one. */
  open: Open;
}>;

export type Open = {
  schedules?: Schedules;
  hooks?: HookRunner;
  membership?: OpenMembership;
  control?: ControlServer | undefined;
  templates?: TemplateDoor;
  /** Where an earlier life listened, or this one did before it closed its doors, goes on listening. */
  openControl?(listeners: readonly SavedLock[]): Promise<void>;
  watches?: ServiceWatches;
  /** All of it is. */
  complete?: true;
};

export async function openDoors(doors: Doors): Promise<void> {
  const { plan, supervisor } = doors;
  const { open } = doors;
  const schedules = open.schedules = openSchedules(doors);
  open.templates = doors.templates;
  open.openControl = (listeners) => guarded(doors, 'the control socket', () => openControl(doors, schedules, listeners));
  // The control socket first: somebody may be waiting for it. What fails to open leaves the others as they are.
  await open.openControl(plan.saved?.listeners ?? []);
  await guarded(doors, 'hooks', openHooks);
  if (plan.saved === undefined) supervisor.announce({ event: 'supervisor-started', pid: plan.kernel.pid });
  else supervisor.announce({ event: 'supervisor-reexecuted', pid: plan.kernel.pid, version, before: plan.saved.build });
  await guarded(doors, 'the membership', openMembers);
  await guarded(doors, 'the log', () => plan.log.open());
  if (plan.watch) await guarded(doors, 'the watcher', openWatcher);
  openWatches(doors);
  open.complete = true;
}

async function guarded(doors: Doors, what: string, open: (doors: Doors) => Promise<void>): Promise<void> {
  try {
    await open(doors);
  } catch (error) {
    doors.failed(`opening ${what}`, error);
  }
}

function openSchedules({ plan, supervisor, shutdown, changes, report, failed }: Doors): Schedules {
  const schedules = createSchedules({
    supervisor, report, failed,
    wall: () => Date.now(),
    begin: (name) => void changes.command(name, 'once'),
    isAwaiting: (name) => changes.waitsFor(name)?.type === 'needs',
    loadCron: () => import('../timers/cron.ts'),
    saved: plan.saved?.schedules,
  });
  atShutdown(supervisor, shutdown, () => schedules.stop());
  return schedules;
}

async function openControl(doors: Doors, schedules: Schedules, listeners: readonly SavedLock[]): Promise<void> {
  const { plan, supervisor, shutdown, look, changes, report, failed, startedAt, reexecute, open, logs } = doors;
  const [{ serveControl }, { peerGate }] = await Promise.all([import('../control/server.ts'), import('../control/peer-gate.ts')]);
  const { kernel, catalogue, layout, settings } = plan;
  const socket = path.join(layout.runtime, CONTROL_SOCKET);
  const { pokes } = await import('../membership/sources.ts');
  const backend = createBackend(supervisor, {
    info: () => ({ version, pid: kernel.pid, startedAt, directory: catalogue.directory, shuttingDown: shutdown.begun(), reexecutions: plan.saved?.lives ?? 0 }),
    moment: () => ({ monotonic: kernel.now(), wall: Date.now() }),
    rescan: look,
    shutdown: (reason) => shutdown.want(reason),
    reexecute,
    translate: pokes,
    changes,
    logs,
    templates: () => doors.templates.loaded(),
    launcher: doors.launcher,
    planOf: (name) => schedules.of(name),
    usages: usagesWhenAsked(),
    // Loaded by the first who asks.
    metrics: async (...seen) => (await import('../metrics/write.ts')).metricsText(...seen),
  });
  try {
    const group = settings.N6_CONTROL_GROUP === undefined ? undefined
      : (await import('./control-group.ts')).openToGroup(settings.N6_CONTROL_GROUP, layout.runtime, report);
    const gate = peerGate({ peerOf: (peer) => kernel.peerOf(peer), own: process.geteuid!(), readers: group });
    const knownAt = (...paths: string[]): number | undefined => listeners.find((listener) => paths.includes(listener.path))?.descriptor;
    const known = knownAt(socket, ANY_SOCKET);
    const server = open.control = await serveControl({ backend, path: socket, failed, gate, group, known, files: filesWhenAsked() });
    if (settings.N6_LISTEN !== undefined) {
      const [{ openRemote }, { tcpName }] = await Promise.all([import('./remote.ts'), import('../control/tcp.ts')]);
      const taken = knownAt(tcpName(settings.N6_LISTEN), ANY_TCP);
      const isOpen = await openRemote(server, settings, settings.N6_LISTEN, report, taken);
      // Whoever waits for it is to hear that there is nobody.
      if (!isOpen && taken !== undefined) kernel.close(taken);
    }
  } catch (error) {
    report({ type: 'controlLost', path: socket, code: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}

/** The dashboard, for whoever opens it. */
function filesWhenAsked(): Files {
  let files: Promise<Files> | undefined;
  return async (asked) => {
    files ??= import('../dashboard/files.ts').then(({ dashboardFiles }) => dashboardFiles());
    return (await files)(asked);
  };
}

/** Loaded by the first who asks. */
function usagesWhenAsked(): UsageReader['usages'] {
  let reader: Promise<UsageReader> | undefined;
  return async (owners) => {
    reader ??= import('../usage/read.ts').then(({ createUsageReader }) => createUsageReader());
    return (await reader).usages(owners);
  };
}

/** No directory, no cost: the runner and what it needs are loaded when there is something to run. */
async function openHooks({ plan, supervisor, report, open, endOfHook }: Doors): Promise<void> {
  const unfinished = plan.saved?.hooks ?? [];
  if (!exists(plan.hookDirectory) && unfinished.length === 0) return;
  const { createHookRunner } = await import('../hooks/run.ts');
  const runner = createHookRunner({
    directories: [plan.hookDirectory],
    environment: () => textVariables(loadEnvironment(plan.layout.containerEnvironment)),
    timeout: plan.settings.N6_HOOK_TIMEOUT,
    kernel: plan.kernel,
    report,
    hookFailed: (failure) => supervisor.announce({ event: 'hook-failed', ...failure }),
  });
  open.hooks = runner;
  runner.adopt(unfinished, endOfHook);
  // Services started before anybody could listen: their hooks run now, in the same order.
  const heard = plan.saved?.journal.seq ?? 0;
  for (const event of supervisor.journal.recent()) if (event.seq > heard) runner.give(event);
  supervisor.journal.subscribe((event) => runner.give(event));
}

/** Calls back when this machine has left the cluster, at once where there is none to leave. */
export const afterLeaving = ({ membership }: Open, act: () => void): void => (membership === undefined ? act() : membership.leaving(act));

/** Nothing of it is loaded where n6.yaml says nothing of it. */
async function openMembers({ plan, supervisor, report, failed, open }: Doors): Promise<void> {
  const { membership } = plan;
  if (membership === undefined) return;
  const { openMembership } = await import('./membership.ts');
  open.membership = await openMembership({ plan, membership, supervisor, report, failed });
}

/** For development: the watcher is loaded when a service asks for it. */
function openWatches({ plan, supervisor, shutdown, changes, report, failed, open }: Doors): void {
  let watches: Promise<ServiceWatches> | undefined;
  const load = async (): Promise<ServiceWatches> => {
    const { watchServices } = await import('./watch-services.ts');
    const saved = plan.saved?.watches;
    return (open.watches = watchServices({ supervisor, report, failed, saved, restart: (name) => void changes.command(name, 'restart') }));
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
export function textVariables(environment: readonly Buffer[]): Record<string, string> {
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
