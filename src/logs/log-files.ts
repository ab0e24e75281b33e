/** The log files of all services: each has a directory of its own. */
import type { LogFiles } from '../core/policy.ts';
import { createArchives } from './archive.ts';
import { createDisk, createFileSink, type FileSink } from './files.ts';
import { taken } from './sentences.ts';

export type OpenLogFiles = Readonly<{
  openFiles(service: string, files: LogFiles): FileSink | undefined;
  closedFiles(service: string): void;
}>;

/** `patience`: see files.ts. */
export function createLogFiles(patience: number, complain: (service: string, text: string) => void): OpenLogFiles {
  const disk = createDisk();
  const owners = new Map<string, string>();
  return {
    openFiles(service, files) {
      const owner = owners.get(files.directory);
      if (owner !== undefined && owner !== service) {
        complain(service, taken(files.directory, owner));
        return undefined;
      }
      owners.set(files.directory, service);
      const tell = (text: string): void => complain(service, text);
      return createFileSink({ files, disk, archives: createArchives(() => Date.now(), tell), patience, complain: tell });
    },
    closedFiles(service) {
      for (const [directory, owner] of owners) if (owner === service) owners.delete(directory);
    },
  };
}
