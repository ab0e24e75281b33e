/** What n6 says about lines, among lines and in its own log. */
import { errnoText } from '../core/messages.ts';

const count = (lines: number): string => `${lines} ${lines === 1 ? 'line' : 'lines'}`;

/** Stands in the output of the container, where they would have been. */
export const lostText = (lines: number): string => `n6: ${count(lines)} of services were lost: nobody read them\n`;
/** Stands in a file. */
export const lostInFile = (lines: number): string => `n6: ${count(lines)} were lost: they could not be written\n`;

export const UNREAD = 'nobody reads the output of n6; lines of services are thrown away until somebody does, and counted';

export const cannotWrite = (place: string, code: string): string =>
  `cannot write to ${place}: ${errnoText(code)}; its lines wait in memory and are tried again, more than that are thrown away and counted`;
export const cannotKeep = (place: string, error: unknown): string =>
  `cannot make an archive of ${place}: ${errnoText((error as NodeJS.ErrnoException).code ?? String(error))}; it is kept as it is`;
export const canWriteAgain = (place: string, lost: number): string =>
  `writes to ${place} again${lost === 0 ? '; nothing was lost' : `; ${count(lost)} were lost`}`;
export const taken = (directory: string, by: string): string =>
  `its lines go to no file: ${directory} is the log directory of ${by}; give each service its own`;
export const cannotCompress = (error: unknown): string =>
  `cannot compress or clear away log files: ${errnoText((error as NodeJS.ErrnoException).code ?? String(error))}; they stay as they are`;
