/** Why something was not ready or not healthy, in one sentence each. */
import { errnoText, exitText } from '../core/messages.ts';
import type { Exit } from '../core/exit.ts';

/** `500 ms`, `2 s`, `1.5 s`. */
export const durationText = (milliseconds: number): string =>
  (milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 100) / 10} s`);

export const noAnswer = (within: number): string => `no answer in ${durationText(within)}`;
export const noHeartbeat = (within: number): string => `no WATCHDOG=1 for ${durationText(within)}`;
export const TRIGGERED = 'it sent WATCHDOG=trigger';
export const cannotAsk = (error: unknown): string => `cannot check it: ${errnoText((error as NodeJS.ErrnoException).code ?? String(error))}`;
export const STILL_RUNS = 'the last check has not ended yet';

/** `place`: `127.0.0.1:80`, or the path of a socket. */
export function connectText(place: string, code: string): string {
  switch (code) {
    case 'ECONNREFUSED': return `connection refused by ${place}`;
    case 'ECONNRESET': case 'EPIPE': return `connection closed by ${place} before it answered`;
    case 'ENOTFOUND': case 'EAI_AGAIN': return `no address is known for ${place}`;
    case 'ENOENT': return `no socket at ${place}`;
    default: return /^HPE_/.test(code) ? `${place} does not speak HTTP` : `cannot connect to ${place}: ${errnoText(code)}`;
  }
}

export const httpText = (status: number): string => `HTTP ${status}`;

/** `line`: the last one that the command wrote. */
export const exitSentence = (exit: Exit, line: string): string =>
  `${'code' in exit ? `exit ${exit.code}` : exitText(exit)}${line === '' ? '' : `: ${line}`}`;

export const refusedPid = (pid: string): string => `it sent MAINPID=${pid}, which is none of its processes; its main process stays the same`;
export const refusedSender = (uid: number, pid: number): string =>
  `process ${pid} of user ${uid} wrote to its NOTIFY_SOCKET; only root, n6's user and the service's user may`;
