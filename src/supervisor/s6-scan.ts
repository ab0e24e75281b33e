/** `.s6-svscan/` of a scan directory, where s6-svscanctl(8) writes (spec/s6-compat 3.2). */
import { SCAN_LETTERS } from '../control/s6/letters.ts';
import { openScanFiles } from '../control/s6/scan-files.ts';
import { Supervised } from '../control/s6/service-files.ts';
import { errnoText, type Report } from '../core/messages.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { RescanWish } from './scanning.ts';

export type ScanDoor = Readonly<{
  listen(): void;
  /** The reading end of its control FIFO; undefined: it could not be had. */
  control: number | undefined;
}>;

export type ScanDoorOptions = Readonly<{
  kernel: LinuxKernel;
  /** Where `.s6-svscan/` belongs; undefined: nowhere. */
  scanDirectory: string | undefined;
  rescan(wish: RescanWish): void;
  /** To end at once, without stopping anything. */
  leave(): void;
  shutdown(reason: string): void;
  report(report: Report): void;
}>;

/** `known`: its control FIFO, from an earlier life of this process. */
export function openScanDoor(options: ScanDoorOptions, known?: number): ScanDoor {
  const { kernel, report } = options;
  const control = options.scanDirectory === undefined ? undefined : known ?? open(options.scanDirectory);

  function open(scanDirectory: string): number | undefined {
    try {
      return openScanFiles(scanDirectory, kernel);
    } catch (error) {
      report({ type: 'note', level: 'warn', text: `s6-svscanctl cannot be used here: ${reasonOf(error)}` });
      return undefined;
    }
  }

  function obey(letter: string): void {
    const wish = Object.hasOwn(SCAN_LETTERS, letter) ? SCAN_LETTERS[letter]!.wish : undefined;
    if (wish === 'add' || wish === 'prune') options.rescan(wish);
    else if (wish === 'rescan') options.rescan('all');
    else if (wish === 'leave') options.leave();
    else if (wish === 'shutdown') options.shutdown(`s6-svscanctl -${letter}`);
    else if (wish === undefined) report({ type: 'note', level: 'warn', text: `s6-svscanctl: ${JSON.stringify(letter)} is not supported; ignored` });
  }

  return {
    control,
    listen() {
      if (control === undefined) return;
      kernel.read(control, (chunk) => {
        for (const letter of chunk?.toString('latin1') ?? '') obey(letter);
      });
    },
  };
}

/** Why a directory could not be opened to s6's clients. */
export function reasonOf(error: unknown): string {
  if (error instanceof Supervised) return `another supervisor holds the lock ${error.message}`;
  const { code, path } = error as NodeJS.ErrnoException;
  return code === undefined ? String(error) : `${errnoText(code)}${path === undefined ? '' : `: ${path}`}`;
}
