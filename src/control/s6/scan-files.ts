import { mkdirSync } from 'node:fs';
import { Supervised, type Means } from './service-files.ts';

/**
 * `.s6-svscan/` of a scan directory (spec/s6-compat 3.2.1), where s6-svscanctl(8) looks. Gives the reading end of its
 * control FIFO. Throws the errno, or {@link Supervised}.
 */
export function openScanFiles(scanDirectory: string, means: Means): number {
  const directory = `${scanDirectory}/.s6-svscan`;
  // `recursive` takes one that is there as it is.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!means.lock(`${directory}/lock`)) throw new Supervised(`${directory}/lock`);
  try {
    return means.fifo(`${directory}/control`, 0o600);
  } catch (error) {
    means.unlock(`${directory}/lock`);
    throw error;
  }
}
