import type { Exit } from '../core/exit.ts';
import { nameOfSignal } from '../core/signals.ts';
import { memory, type Libc } from './libc.ts';

/** A child that has ended. */
export type Dead = Readonly<{ pid: number; exit: Exit }>;

/** The next dead child, of all (`pid` undefined) or this one; undefined when there is none now. It stays until it is reaped. */
export const peek = (libc: Libc, pid?: number): Dead | undefined => wait(libc, pid, WEXITED | WNOHANG | WNOWAIT).dead;

/** The same, and its pid becomes free. */
export const reap = (libc: Libc, pid: number): Dead | undefined => wait(libc, pid, WEXITED | WNOHANG).dead;

/** Whether there is such a child, dead or alive; without a pid, any child at all. */
export const hasChild = (libc: Libc, pid?: number): boolean => wait(libc, pid, WEXITED | WNOHANG | WNOWAIT).known;

/** si_code and si_status of a SIGCHLD (waitid(2)) as an Exit. */
export function exitOf(code: number, status: number): Exit {
  if (code === CLD_EXITED) return { code: status };
  return { signal: nameOfSignal(status) ?? `SIG${status}`, number: status, dumped: code === CLD_DUMPED };
}

const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const CLD_EXITED = 1;
const CLD_DUMPED = 3;

/** siginfo_t of 64-bit Linux: si_signo, si_errno, si_code, padding, then of SIGCHLD si_pid, si_uid, si_status. */
const SIGINFO_SIZE = 128;
const SI_CODE = 8;
const SI_PID = 16;
const SI_STATUS = 24;
const information = memory(SIGINFO_SIZE);

/** `known` false is ECHILD, the only error that these flags can meet. WNOHANG without a dead child leaves si_pid 0. */
function wait(libc: Libc, pid: number | undefined, options: number): { known: boolean; dead: Dead | undefined } {
  information.writeInt32LE(0, SI_PID);
  if (libc.waitid(pid === undefined ? P_ALL : P_PID, pid ?? 0, information, options) !== 0) return { known: false, dead: undefined };
  const found = information.readInt32LE(SI_PID);
  if (found === 0) return { known: true, dead: undefined };
  return { known: true, dead: { pid: found, exit: exitOf(information.readInt32LE(SI_CODE), information.readInt32LE(SI_STATUS)) } };
}
