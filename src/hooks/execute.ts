import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Exit } from '../core/exit.ts';
import { errnoText } from '../core/messages.ts';

/** What hooks need from the kernel, which satisfies it as it is. */
export type HookSystem = Readonly<{
  /** A real pipe: `cat /dev/stdin` fails in a child whose stdin is a socket, as Node's own pipes are. */
  pipe(): { read: number; write: number };
  close(descriptor: number): void;
  /** `pid` below 0 is a process group; false when nothing of it is left. */
  signal(pid: number, signal: string): boolean;
  leaveToLibuv(pid: number): void;
  withGivenLimit<T>(start: () => T): T;
  /** Monotonic milliseconds. */
  now(): number;
}>;

export type Execution = Readonly<{
  hook: string;
  environment: Readonly<Record<string, string>>;
  /** What it reads on stdin. */
  input: string;
  /** Milliseconds until its process group gets TERM; 0: no limit. */
  timeout: number;
  /** Ends it early, in the same way. */
  abort: AbortSignal;
  kernel: HookSystem;
  /** Called at most once, as soon as it is known: a hook that hangs is told when it is asked to end, not when it has. */
  failed(reason: string): void;
  /** It has this process now. `endBy`: when its time is over; undefined: it has no limit. */
  started(pid: number, endBy: number | undefined): void;
}>;

/** Milliseconds between TERM and KILL for a hook that is over its time. */
export const KILL_AFTER = 5000;

/**
 * Runs one hook and resolves when it has ended; never rejects. It leads a process group of its own, so that a limit
 * reaches what it started, too. What it prints goes where n6's own output goes.
 */
export async function execute({ hook, environment, input, timeout, abort, kernel, failed, started }: Execution): Promise<void> {
  // Loaded when the first hook is about to run: most containers have none.
  const { execa } = await import('execa');
  let pipe: { read: number; write: number };
  try {
    pipe = kernel.pipe();
  } catch (error) {
    return failed(reasonOf({ code: (error as NodeJS.ErrnoException).code }));
  }
  // execa hands any descriptor on to child_process; only its types end at 9.
  const stdin = pipe.read as 3;
  const child = kernel.withGivenLimit(() => execa(hook, [], {
    cwd: path.dirname(hook), env: environment, extendEnv: false, stdio: [stdin, 'inherit', 'inherit'],
    detached: true, cleanup: false, reject: false, buffer: false,
  }));
  // In the turn of the start: otherwise the kernel could reap it and libuv would wait for ever.
  if (child.pid !== undefined) kernel.leaveToLibuv(child.pid);
  if (child.pid !== undefined) started(child.pid, timeout === 0 ? undefined : kernel.now() + timeout);
  kernel.close(pipe.read);
  const feeding = feed(pipe.write, input);
  const group = child.pid === undefined ? undefined : watchGroup(child.pid, { timeout, abort, kernel, failed });
  const result = await child;
  feeding.destroy();
  if (await group?.leaderEnded()) return;
  if (result.failed) failed(reasonOf(result));
}

export type Continuation = Pick<Execution, 'abort' | 'kernel' | 'failed'> & Readonly<{
  pid: number;
  endBy: number | undefined;
  ended: Promise<Exit>;
}>;

/** The rest of a hook that an earlier life of this process has started. Resolves when it has ended; never rejects. */
export async function goOn({ pid, endBy, ended, abort, kernel, failed }: Continuation): Promise<void> {
  const timeout = endBy === undefined ? 0 : Math.max(1, Math.ceil(endBy - kernel.now()));
  const group = watchGroup(pid, { timeout, abort, kernel, failed });
  const exit = await ended;
  if (await group.leaderEnded()) return;
  if (!('code' in exit)) failed(reasonOf({ signal: exit.signal }));
  else if (exit.code !== 0) failed(reasonOf({ exitCode: exit.code }));
}

/** A socket only in Node's words: a stream that never blocks the loop, however long the event and however slow the hook. */
function feed(descriptor: number, input: string): Socket {
  const pipe = new Socket({ fd: descriptor, readable: false, writable: true });
  // EPIPE: it has ended, or closed its stdin, without reading. It need not read.
  pipe.on('error', () => undefined);
  pipe.end(input);
  return pipe;
}

/** Watches the limits. `leaderEnded` resolves when nothing of the group is left that was asked to end: true if it was asked. */
function watchGroup(pid: number, { timeout, abort, kernel, failed }: Pick<Execution, 'timeout' | 'abort' | 'kernel' | 'failed'>) {
  let killing: Promise<void> | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  let ended = false;

  function end(reason: string): void {
    if (killing !== undefined) return;
    failed(reason);
    kernel.signal(-pid, 'SIGTERM');
    // A stopped process does not see TERM before it continues (signal(7)).
    kernel.signal(-pid, 'SIGCONT');
    killing = new Promise<void>((resolve) => {
      killTimer = setTimeout(resolve, KILL_AFTER);
    }).then(kill);
  }

  function kill(): void {
    // While members of the group live, its number is given to no new process (fork(2)): if there is a process of this
    // number although the leader has been reaped, the group is gone and the number is somebody else's.
    if (ended && existsSync(`/proc/${pid}`)) return;
    kernel.signal(-pid, 'SIGKILL');
  }

  const limit = timeout === 0 ? undefined : setTimeout(() => end(`it did not end in ${timeout} ms (N6_HOOK_TIMEOUT); sent SIGTERM to it`), timeout);
  const onAbort = (): void => end('the supervisor is ending; sent SIGTERM to it');
  if (abort.aborted) onAbort();
  else abort.addEventListener('abort', onAbort, { once: true });

  return {
    async leaderEnded(): Promise<boolean> {
      ended = true;
      clearTimeout(limit);
      abort.removeEventListener('abort', onAbort);
      if (killing === undefined) return false;
      // CONT harms nobody and tells whether anybody is left: what the hook had started may need its five seconds, too.
      if (kernel.signal(-pid, 'SIGCONT')) await killing;
      else clearTimeout(killTimer);
      return true;
    },
  };
}

type Result = Readonly<{ exitCode?: number | undefined; signal?: string | undefined; code?: string | undefined; shortMessage?: string | undefined }>;

function reasonOf({ exitCode, signal, code, shortMessage }: Result): string {
  if (exitCode !== undefined) return `exit ${exitCode}`;
  if (signal !== undefined) return `killed by ${signal}`;
  if (code === undefined) return shortMessage ?? 'unknown reason';
  return `it cannot be started: ${errnoText(code)}; check ${HINTS[code] ?? 'its first line and its mode'}`;
}

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'the interpreter in its first line',
  EAGAIN: 'the limit of processes (ulimit -u)',
  ENOMEM: 'the limit of memory',
  EMFILE: 'the limit of open files (ulimit -n)',
  ENFILE: 'the limit of open files of the machine (sysctl fs.file-max)',
};
