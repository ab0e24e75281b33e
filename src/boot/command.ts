/** The container's CMD: found in PATH, started in the image's working directory, its end is the container's. */
import { isatty } from 'node:tty';
import { CANNOT_EXECUTE, NOT_FOUND } from '../core/exit-codes.ts';
import { shellCode, type Exit } from '../core/exit.ts';
import type { Report } from '../core/messages.ts';
import type { Kernel, SpawnRequest } from '../kernel/kernel.ts';
import { findCommand } from '../launch/find.ts';

export { findCommand };

export type Command = Readonly<{
  /** Nothing happens without a CMD, or once the end was asked for. */
  start(): void;
  /** True when the pid is CMD's: its end has been taken note of. */
  exited(pid: number, exit: Exit): boolean;
  /** To CMD while it runs or is being started; false when it does not. */
  signal(name: string): boolean;
  /** As a shell gives it (contract section 11); undefined unless it ended by itself, or could not be run. */
  exitCode(): number | undefined;
  save(): { pid: number | undefined; exitCode: number | undefined };
  /** It was started by an earlier life of this process. */
  adopt(saved: { pid: number | undefined; exitCode: number | undefined }): void;
}>;

export type CommandOptions = Readonly<{
  kernel: Kernel;
  /** The program's name first; empty: there is none. */
  argv: readonly string[];
  searchPath: string;
  environment: readonly Buffer[];
  report(report: Report): void;
  started(pid: number): void;
  /** It ended by itself, or could not be run. */
  ended(reason: string): void;
  shuttingDown(): boolean;
}>;

export function createCommand(options: CommandOptions): Command {
  const { kernel, argv, report } = options;
  const [name = ''] = argv;
  let running: number | undefined;
  /** Signals for a process whose start has not been answered yet; undefined: none is in flight. */
  let early: string[] | undefined;
  let exitCode: number | undefined;

  function missing(code: string, shellsCode: number): void {
    report({ type: 'commandFailed', command: name, code });
    exitCode = shellsCode;
    options.ended('the command could not be run');
  }

  return {
    start() {
      // The end may have been asked for while the first services were being started.
      if (argv.length === 0 || options.shuttingDown()) return;
      const found = findCommand(name, options.searchPath, process.cwd());
      if ('exitCode' in found) return missing(found.code, found.exitCode);
      early = [];
      kernel.spawn(commandRequest(found.path, argv, options.environment, isatty(0)), (result) => {
        const signals = early ?? [];
        early = undefined;
        if ('failure' in result) return missing(result.failure.code, result.failure.step === 'file' ? NOT_FOUND : CANNOT_EXECUTE);
        running = result.pid;
        options.started(result.pid);
        // Too late for the signal that the shutdown has sent to all others.
        if (options.shuttingDown() && !signals.includes('SIGTERM')) signals.push('SIGTERM');
        for (const signal of signals) kernel.signal(result.pid, signal);
      });
    },
    exited(pid, exit) {
      if (pid !== running) return false;
      running = undefined;
      report({ type: 'commandEnded', command: name, exit });
      // Ended by the shutdown: its code says nothing about the container (contract section 11).
      if (options.shuttingDown()) return true;
      exitCode = shellCode(exit);
      options.ended('the command ended');
      return true;
    },
    signal(signal) {
      if (early === undefined) return running !== undefined && kernel.signal(running, signal);
      early.push(signal);
      return true;
    },
    exitCode: () => exitCode,
    save: () => ({ pid: running, exitCode }),
    adopt(saved) {
      running = saved.pid;
      exitCode = saved.exitCode;
    },
  };
}

/**
 * An interactive CMD (`docker run -it`) keeps n6's session, whose controlling terminal it needs for job control; any
 * other gets a session of its own.
 */
const commandRequest = (file: string, argv: readonly string[], environment: readonly Buffer[], terminal: boolean): SpawnRequest => ({
  directory: process.cwd(),
  program: file,
  arguments: argv,
  environment,
  session: !terminal,
  stdio: ['inherit', 'inherit', 'inherit'],
});
