/** The programs that a scan directory may bring in `.s6-svscan/` (spec/s6-compat 3.4): for signals, and for the very end. */
import { statSync } from 'node:fs';
import type { Report } from '../core/messages.ts';
import { errnoText } from '../core/messages.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';

export type ScanFiles = Readonly<{
  /**
   * A signal for which there is a program is not for n6 (spec/s6-compat 3.4.3): the program is started instead, in the scan
   * directory, and nothing else happens. False: there is none. One that is not executable is told and left (3.4.4).
   */
  divert(signal: string): boolean;
  /**
   * Becomes `finish`, which keeps this pid and whose exit code is everybody's then (spec/s6-compat 3.4.6); where there is
   * none, or it cannot be executed, which is told, n6 exits with `code`.
   */
  leave(code: number): never;
}>;

/** Signals that may be diverted; ALRM, CHLD and ABRT never are. */
export const DIVERTIBLE: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGPWR', 'SIGWINCH'];

/** `scanDirectory` undefined: there is no such directory, n6 does all by itself. */
export function scanFiles(
  kernel: LinuxKernel, scanDirectory: string | undefined, environment: readonly Buffer[], report: (report: Report) => void,
): ScanFiles {
  const warn = (text: string): void => report({ type: 'note', level: 'warn', text });

  /** Of `.s6-svscan/NAME`, relative to the scan directory as its program sees itself; undefined where there is nothing to start. */
  function find(name: string, otherwise: string): { program: string; directory: string } | undefined {
    if (scanDirectory === undefined) return undefined;
    const program = `./.s6-svscan/${name}`;
    const file = `${scanDirectory}/.s6-svscan/${name}`;
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile()) return undefined;
    if ((stats.mode & 0o111) !== 0) return { program, directory: scanDirectory };
    warn(`${file} is not executable; ${otherwise}. Make it so: chmod +x ${file}`);
    return undefined;
  }

  return {
    divert(signal) {
      const found = DIVERTIBLE.includes(signal) ? find(signal, `${signal} means what it means to n6`) : undefined;
      if (found === undefined) return false;
      const { program, directory } = found;
      kernel.spawn({ directory, program, arguments: [program], environment, session: true, stdio: ['null', 'inherit', 'inherit'] }, (result) => {
        if ('failure' in result) warn(`cannot start ${directory}/${program.slice(2)}: ${errnoText(result.failure.code)}; ${signal} had no effect`);
      });
      return true;
    },
    leave(code) {
      const found = find('finish', `n6 exits with ${code}`);
      if (found !== undefined) {
        try {
          process.chdir(found.directory);
          kernel.exec({ program: `${found.directory}/${found.program.slice(2)}`, arguments: [found.program], environment });
        } catch (error) {
          const { code: reason = String(error) } = error as NodeJS.ErrnoException;
          warn(`cannot execute ${found.directory}/${found.program.slice(2)}: ${errnoText(reason)}; n6 exits with ${code}`);
        }
      }
      return kernel.exit(code);
    },
  };
}
