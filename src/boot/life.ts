/**
 * One life of the supervisor, from the first service to the exit code: start everything, then load the doors, the hooks
 * and the log, then serve until the ordered shutdown has ended.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { containerExitCode } from '../core/exit-codes.ts';
import { shellCode, type Exit } from '../core/exit.ts';
import type { Report } from '../core/messages.ts';
import { RESTART_DELAY } from '../core/restart.ts';
import type { Settings } from '../core/settings.ts';
import type { KernelListeners, LinuxKernel } from '../kernel/kernel.ts';
import type { Catalogue } from '../supervisor/catalogue.ts';
import { createShutdown, type Shutdown } from '../supervisor/ending.ts';
import { openS6 } from '../supervisor/s6.ts';
import { rescan, type RescanWish } from '../supervisor/scanning.ts';
import { createSupervisor, type Supervisor } from '../supervisor/supervisor.ts';
import { commandRequest, findCommand } from './command.ts';
import { openDoors } from './doors.ts';
import type { Layout } from './layout.ts';
import type { Log } from './log.ts';
import { scanFiles } from './svscan-files.ts';
import { meansShutdown, signalHandler } from './signals.ts';
import { version } from '../version.ts';

export type Plan = Readonly<{
  kernel: LinuxKernel;
  /** Who listens to the kernel, said here: it had to exist before the runtime directory could be locked. */
  listen(listeners: KernelListeners, signal: (signal: string) => void): void;
  log: Log;
  settings: Settings;
  layout: Layout;
  catalogue: Catalogue;
  /** What services and CMD get. */
  environment: readonly Buffer[];
  searchPath: string;
  command: readonly string[];
  hookDirectory: string;
  watch: boolean;
  /** Signals that came before anybody listened. */
  earlySignals: readonly string[];
}>;

/** Returns at once; the process ends in `end`. */
export function live(plan: Plan): void {
  const { kernel, log, layout, catalogue, settings } = plan;
  const beganAt = kernel.now();
  const report = (said: Report): void => log.report(said);
  const failed = (where: string, error: unknown): void => report({ type: 'unexpected', where, error: describe(error) });
  ownEveryError(failed);

  // Services of an unwritable directory run as copies that are not in it.
  const scanDirectory = layout.copies !== undefined && layout.scanDirectory === catalogue.directory ? undefined : layout.scanDirectory;
  const files = scanFiles(kernel, scanDirectory, plan.environment, report);
  const startedAt = new Date().toISOString();
  let commandPid: number | undefined;
  let commandExit: Exit | undefined;
  let closeDoors = (): Promise<void> => Promise.resolve();
  let stopHooks = (): void => undefined;

  const supervisor: Supervisor = createSupervisor({
    kernel, report, failed,
    rule: settings.N6_RESTART_RULE,
    environment: () => plan.environment,
    wall: () => Date.now(),
    forgotten: (name) => catalogue.remove(name),
    reread: (definition) => catalogue.reread?.(definition),
    // As s6-svscan does while the directory is there (spec/s6-compat 1.5.4).
    left: () => void setTimeout(() => look('add'), RESTART_DELAY),
  });
  const shutdown: Shutdown = createShutdown({
    kernel, supervisor, report, failed, end,
    startNothing: () => stopHooks(),
    limits: { grace: settings.N6_GRACE, services: settings.S6_SERVICES_GRACETIME, rest: settings.S6_KILL_GRACETIME },
  });
  const look = (wish?: RescanWish): ReturnType<typeof rescan> => (shutdown.begun()
    ? { added: [], changed: [], removed: [], problems: [] }
    : rescan(supervisor, catalogue, report, wish));

  plan.listen({
    exited: (pid, exit) => (pid === commandPid ? commandEnded(exit) : supervisor.exited(pid, exit)),
    orphanReaped: () => undefined,
    childless: () => shutdown.childless(),
    failed,
  }, divertedFirst(signalHandler({
    shutdown: (signal) => shutdown.want(`received ${signal}`),
    hurry: (signal) => shutdown.want(`received ${signal} again`),
    rescan: () => look(),
  }, () => shutdown.begun())));
  if (layout.exitcode !== undefined) writeFileSync(layout.exitcode, '0\n');

  const s6 = openS6({
    kernel, supervisor, report,
    wall: () => Date.now(),
    scanDirectory,
    rescan: (wish) => look(wish),
    leave: end,
    shutdown: (reason) => shutdown.want(reason),
    shuttingDown: () => shutdown.begun(),
  });

  // A rescan that was asked for so early is what comes next anyway.
  const early = plan.earlySignals.find((signal) => meansShutdown(signal) && !files.divert(signal));
  if (early !== undefined) return shutdown.want(`received ${early} while starting`);
  look();
  whenSettled(supervisor, () => {
    startCommand();
    s6.listen();
    report({
      type: 'started', version, pid: kernel.pid, directory: catalogue.directory,
      services: supervisor.roster.size(), milliseconds: kernel.now() - beganAt,
    });
    openDoors({
      plan, supervisor, shutdown, look, report, failed, startedAt,
      opened: (close) => void (closeDoors = close),
      hooked: (stop) => void (stopHooks = stop),
    })
      .catch((error: unknown) => failed('opening the doors', error));
  });

  /** Once the end has begun nothing new is started. */
  function divertedFirst(handle: (signal: string) => void): (signal: string) => void {
    return (signal) => {
      if (shutdown.begun() || !files.divert(signal)) handle(signal);
    };
  }

  function startCommand(): void {
    const [name] = plan.command;
    // The end may have been asked for while the first services were being started.
    if (name === undefined || shutdown.begun()) return;
    const found = findCommand(name, plan.searchPath, process.cwd());
    if ('exitCode' in found) return commandMissing(name, found.code, found.exitCode);
    kernel.spawn(commandRequest(found.path, plan.command, plan.environment, isatty(0)), (result) => {
      if ('failure' in result) return commandMissing(name, result.failure.code, result.failure.step === 'file' ? 127 : 126);
      commandPid = result.pid;
      // Too late for the signal that the shutdown has sent to all others.
      if (shutdown.begun()) kernel.signal(result.pid, 'SIGTERM');
    });
  }

  function commandMissing(command: string, code: string, exitCode: number): void {
    report({ type: 'commandFailed', command, code });
    commandExit = { code: exitCode };
    shutdown.want('the command could not be run');
  }

  function commandEnded(exit: Exit): void {
    commandPid = undefined;
    report({ type: 'commandEnded', command: plan.command[0]!, exit });
    // Ended by the shutdown: its code says nothing about the container (contract section 11).
    if (shutdown.begun()) return;
    commandExit = exit;
    shutdown.want('the command ended');
  }

  function end(): void {
    const code = containerExitCode({
      command: commandExit === undefined ? undefined : shellCode(commandExit),
      critical: undefined,
      exitcodeFile: layout.exitcode === undefined ? undefined : readOrNothing(layout.exitcode),
    });
    // Not in this turn: who asked for the end, perhaps in this very turn, gets the answer first. Closing takes 200 ms at most.
    setImmediate(() => {
      closeDoors().catch((error: unknown) => failed('closing the doors', error)).finally(() => {
        s6.close();
        report({ type: 'ended', code });
        log.flush();
        files.leave(code);
      });
    });
  }
}

/** Calls back when no start is in flight any more: what was to be started has been, or has failed. */
function whenSettled(supervisor: Supervisor, act: () => void): void {
  const settled = (): boolean => supervisor.roster.spawning() === 0;
  if (settled()) return act();
  const unwatch = supervisor.watch(() => {
    if (!settled()) return;
    unwatch();
    act();
  });
}

/** PID 1 never dies by accident: what nobody caught is reported and survived. */
function ownEveryError(failed: (where: string, error: unknown) => void): void {
  process.on('uncaughtException', (error, origin) => failed(origin, error));
  process.on('unhandledRejection', (reason) => failed('a promise', reason));
  process.removeAllListeners('warning');
  process.on('warning', (warning) => failed('Node', warning));
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
