/**
 * One life of the supervisor, from the first service to the exit code: start everything, then load the doors, the hooks
 * and the log, then serve until the ordered shutdown has ended.
 */
import type { RescanOutcome } from '../control/backend.ts';
import { containerExitCode } from '../core/exit-codes.ts';
import type { Report } from '../core/messages.ts';
import { RESTART_DELAY } from '../core/restart.ts';
import { createChanges, type Changes } from '../supervisor/changes.ts';
import { createShutdown, type Shutdown } from '../supervisor/ending.ts';
import { createGate } from '../supervisor/gate.ts';
import { openS6 } from '../supervisor/s6.ts';
import { createRuns } from '../supervisor/runs.ts';
import { rescan, type RescanWish } from '../supervisor/scanning.ts';
import { createSupervisor, type Supervisor } from '../supervisor/supervisor.ts';
import { whenSettled } from '../supervisor/waiting.ts';
import { createCommand } from './command.ts';
import { afterLeaving, openDoors, type Open } from './doors.ts';
import { describe, ownEveryError } from './errors.ts';
import { createLaunching } from './launching.ts';
import { logStates } from './log.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { Plan } from './plan.ts';
import { beginProbing, tie } from './probing.ts';
import { beginResults, noteCommandCode, writtenCode } from './results.ts';
import { FOR_COMMAND, meansRescan, meansShutdown, signalHandler } from './signals.ts';
import { scanFiles } from './svscan-files.ts';
import { tiedFinder } from './rescue.ts';
import { createSecondLife } from './second-life.ts';
import { createTemplateDoor, type TemplateDoor } from './templates.ts';
import { roomForTitle, showServices } from './title.ts';
import { version } from '../version.ts';

/** Returns at once; the process ends in `end`. */
export function live(plan: Plan): void {
  const { log, layout, catalogue, settings } = plan;
  const launching = createLaunching(plan.kernel, {
    ...plan, containerEnvironment: layout.containerEnvironment, keepEnvironment: settings.S6_KEEP_ENV,
  });
  const { launcher } = launching;
  const gate = createGate(launching.kernel);
  const { kernel } = gate;
  const beganAt = kernel.now();
  const report = (said: Report): void => log.report(said);
  const failed = (where: string, error: unknown): void => report({ type: 'unexpected', where, error: describe(error) });
  ownEveryError(failed);

  // Services of an unwritable directory run as copies that are not in it.
  const scanDirectory = layout.copies !== undefined && layout.scanDirectory === catalogue.directory ? undefined : layout.scanDirectory;
  const files = scanFiles(kernel, scanDirectory, plan.environment, report);
  const startedAt = plan.saved?.startedAt ?? new Date().toISOString();
  const open: Open = {};
  let overlay: Overlay | undefined;
  let hasBooted = plan.saved !== undefined;
  const runs = createRuns(kernel);
  const { ties, pipes } = tie(kernel, settings, plan.saved);
  let hasLooked = false;
  /** Code of the first critical service that has ended the container. */
  let critical: number | undefined;
  const supervisor: Supervisor = createSupervisor({
    kernel, launcher, ties, report, failed, runs,
    rule: settings.N6_RESTART_RULE,
    find: tiedFinder(plan.find, ties, pipes),
    environment: () => plan.environment,
    wall: () => Date.now(),
    // What ends because everything does is no reason any more, and one that came later is none either.
    endContainer(_service, code, reason) {
      if (shutdown.begun()) return;
      critical = code;
      shutdown.want(reason);
    },
    forgotten: (name) => catalogue.remove(name),
    reread: (definition) => catalogue.reread?.(definition),
    want: (name) => changes.want(name),
    // As s6-svscan does while the directory is there (spec/s6-compat 1.5.4).
    left: () => secondLife.lookIn(RESTART_DELAY),
  });
  const templates: TemplateDoor = createTemplateDoor({ plan, kernel, launcher, runs, supervisor, report, failed, release: (names) => changes.release(names) });
  const changes: Changes = createChanges(supervisor, failed, templates.heldBy);
  const shutdown: Shutdown = createShutdown({
    kernel, supervisor, report, failed, end,
    takeDown(finished) {
      afterLeaving(open, () => {
        command.signal('SIGTERM');
        secondLife.whenReady(() => {
          if (overlay !== undefined) overlay.takeDown(finished);
          else void changes.takeDown('all').then(finished);
        });
      });
    },
    startNothing() {
      open.hooks?.stop().catch((error: unknown) => failed('ending hooks', error));
      overlay?.abort();
    },
    limits: {
      grace: plan.grace,
      // An overlay's services have this limit where they are taken down; scripts of the end have one of their own.
      services: plan.image === undefined ? settings.S6_SERVICES_GRACETIME : undefined,
      rest: settings.S6_KILL_GRACETIME,
    },
  });
  const command = createCommand({
    kernel, report,
    argv: plan.command, searchPath: plan.searchPath, environment: plan.commandEnvironment,
    started: (pid) => overlay?.commandStarted(pid),
    ended(reason) {
      const code = command.exitCode();
      if (code !== undefined) noteCommandCode(layout, code);
      if (code !== undefined) overlay?.commandEnded(code);
      shutdown.want(reason);
    },
    shuttingDown: () => shutdown.begun(),
  });
  const probing = beginProbing({ kernel, supervisor, ties, pipes, settings, runs, launcher, report, failed, restored: plan.saved?.logs });
  const secondLife = createSecondLife({
    plan, gate, supervisor, changes, shutdown, command, runs, ties, pipes, logging: probing.logging, open, report, failed, startedAt, look,
    s6: () => s6,
    overlay: () => overlay,
    whyNot: () => (!hasBooted || open.complete !== true ? 'it is still starting' : undefined),
  });
  secondLife.adopt();
  function look(wish?: RescanWish): RescanOutcome {
    hasLooked = true;
    if (shutdown.begun()) return { added: [], changed: [], removed: [], problems: [] };
    const [said, outcome] = [templates.look(), rescan(supervisor, catalogue, report, wish)];
    return { ...outcome, problems: [...said, ...outcome.problems, ...changes.looked(report)] };
  }
  // What has gone in the meantime is the business of the look that found the first service.yaml.
  plan.yaml.listen({ loaded: () => void (hasLooked && look('add')), failed });

  plan.listen({
    exited(pid, exit) {
      if (!command.exited(pid, exit) && !runs.exited(pid, exit)) supervisor.exited(pid, exit);
    },
    // The main process of a service may be one that n6 has not started (sd_notify(3), MAINPID).
    orphanReaped(pid, exit) {
      supervisor.tally.orphanReaped();
      supervisor.exited(pid, exit);
    },
    childless: () => shutdown.childless(),
    failed,
  }, signalHandler({
    take: (signal) => (!shutdown.begun() && files.divert(signal))
      || (settings.S6_CMD_RECEIVE_SIGNALS && FOR_COMMAND.includes(signal) && command.signal(signal)),
    shutdown: (signal) => shutdown.want(`received ${signal}`),
    hurry: (signal) => shutdown.want(`received ${signal} again`),
    rescan: () => look(),
  }, () => shutdown.begun()));
  if (plan.saved === undefined) beginResults(layout);

  const s6 = openS6({
    version: settings.N6_S6_VERSION,
    kernel, supervisor, report,
    wall: () => Date.now(),
    scanDirectory,
    rescan: (wish) => look(wish),
    leave: end,
    // Finish scripts ask, also those of services that stop because of the shutdown: only a person who asks again is in a hurry.
    shutdown: (reason) => void (shutdown.begun() || shutdown.want(reason)),
    shuttingDown: () => shutdown.begun(),
    saved: plan.saved?.doors,
  });
  logStates(supervisor.journal, report);
  plan.listening?.();
  if (plan.rescanPeriod !== undefined) setInterval(() => look('add'), plan.rescanPeriod);
  const writeTitle = showServices({
    report,
    names: () => supervisor.roster.names(),
    subscribe: supervisor.journal.subscribe,
    room: settings.N6_TITLE ? roomForTitle() : undefined,
  });

  // A rescan that was asked for so early is what comes next anyway.
  const early = plan.earlySignals.find((signal) => meansShutdown(signal) && !files.divert(signal));
  if (plan.saved !== undefined) {
    writeTitle();
    secondLife.goOn(plan.image === undefined ? undefined : loadOverlay(plan.image));
    serve();
    templates.begin();
    if (plan.earlySignals.some(meansRescan)) look();
    else if (plan.find !== undefined && !(plan.lost && plan.image !== undefined)) look('add');
    return early === undefined ? undefined : shutdown.want(`received ${early} while the supervisor replaced itself`);
  }
  if (early !== undefined) return shutdown.want(`received ${early} while starting`);
  look();
  writeTitle();
  if (plan.image !== undefined) {
    // Scripts of the boot may talk to services, and to n6, and may take for ever.
    serve();
    return void bootOverlay(plan.image).catch((error: unknown) => failed('the boot', error));
  }
  plan.yaml.whenLoaded(() => whenSettled(supervisor, changes.ordered, () => {
    command.start();
    serve();
    tellStarted();
  }));

  function serve(): void {
    s6.listen();
    openDoors({
      plan, supervisor, changes, launcher, templates, shutdown, look, report, failed, startedAt, open,
      logs: () => probing.logging.logs(),
      reexecute: secondLife.want,
      endOfHook: secondLife.endOfHook,
    }).catch((error: unknown) => failed('opening the doors', error));
  }

  async function loadOverlay({ image, catalogue: services }: NonNullable<Plan['image']>): Promise<Overlay> {
    const { createOverlay } = await import('./overlay/overlay.ts');
    return (overlay = createOverlay({ plan, image, catalogue: services, supervisor, changes, runs, look, report, failed }));
  }

  async function bootOverlay(image: NonNullable<Plan['image']>): Promise<void> {
    const loaded = await loadOverlay(image);
    if (shutdown.begun()) return;
    loaded.up((failure) => {
      whenSettled(supervisor, changes.ordered, () => {
        tellStarted();
        if (failure?.stop === true) shutdown.want('the boot failed');
        else command.start();
      });
    });
  }

  function tellStarted(): void {
    hasBooted = true;
    templates.begin();
    const milliseconds = kernel.now() - beganAt;
    report({ type: 'started', version, pid: kernel.pid, directory: catalogue.directory, services: supervisor.roster.size(), milliseconds });
  }

  function end(): void {
    const code = containerExitCode({
      critical,
      command: command.exitCode(),
      boot: overlay?.failureCode(),
      exitcodeFile: writtenCode(layout),
    });
    // Not in this turn: who asked for the end, perhaps in this very turn, gets the answer first. Closing takes 200 ms at most.
    setImmediate(() => {
      const closed = Promise.resolve(open.control?.close());
      void closed.catch((error: unknown) => failed('closing the doors', error)).then(() => probing.end()).finally(() => {
        s6.close();
        report({ type: 'ended', code });
        log.flush();
        files.leave(code);
      });
    });
  }
}
