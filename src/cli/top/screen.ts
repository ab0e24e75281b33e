/**
 * The terminal while a program has all of it: another screen than the shell's, keys as they are pressed, no cursor. Whatever ends
 * the program, short of KILL, the terminal is given back as it was.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { createKeyReader } from './keys.ts';
import type { Size } from '../size.ts';

export type Screen = Readonly<{
  size(): Size;
  /** Shows these lines, one for each row. What the terminal has no room for yet is left out in favour of what comes later. */
  draw(lines: readonly string[]): void;
  /** As `draw`, on a screen that somebody else may have written to. */
  redraw(lines: readonly string[]): void;
  /** Gives the terminal to the shell, stops, and comes back with `resumed`. */
  suspend(): void;
  /** Gives the terminal back; a second time does nothing. */
  leave(): void;
}>;

export type ScreenEvents = Readonly<{
  key(key: string): void;
  /** The screen has another size, or is to be drawn anew. */
  changed(): void;
  /** A signal, or the terminal has gone: the terminal has been given back, and `code` is what to exit with. */
  ended(code: number): void;
  /** Nobody has caught this; the terminal has been given back. */
  failed(error: unknown): void;
}>;

/** xterm's alternate screen, the cursor hidden, lines that are not wrapped; and all of it back, with plain colours. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Ends an escape sequence of which only a part was written (ECMA-48, CAN). */
const CANCEL = '\x18';

/** Milliseconds after an Esc in which the rest of its sequence would have come. */
const ESCAPE_TIME = 50;
/** Milliseconds until a terminal that has no room is tried again, and for how long at the end. */
const RETRY = 20;
const PATIENCE = 500;

/** Shells add the number of a signal to 128. */
const ENDING = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/** Standard input and output have to be a terminal. */
export function openScreen(events: ScreenEvents): Screen {
  const input = new ReadStream(0);
  const output = new WriteStream(1);
  const reader = createKeyReader();
  let descriptor = ownDescription();
  let shown: readonly string[] | undefined;
  let pending = Buffer.alloc(0);
  let next: readonly string[] | undefined;
  let retry: NodeJS.Timeout | undefined;
  let escape: NodeJS.Timeout | undefined;
  let away = true;
  let left = false;

  /** Never waits: a terminal that is stopped must not make this program deaf to signals. */
  function pump(): void {
    retry = undefined;
    try {
      while (pending.length > 0) pending = pending.subarray(writeSync(descriptor, pending));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') retry = setTimeout(pump, RETRY);
      else end(ENDING.SIGHUP);
      return;
    }
    if (next === undefined) return;
    const lines = next;
    next = undefined;
    show(lines);
  }

  function show(lines: readonly string[]): void {
    if (away) return;
    if (pending.length > 0) {
      next = lines;
      return;
    }
    // Erased before it is written: after a line that fills its row, `\x1b[K` would erase the last cell.
    const changed = lines.flatMap((line, row) => (shown?.[row] === line ? [] : [`\x1b[${row + 1};1H\x1b[0m\x1b[K${line}\x1b[0m`]));
    shown = lines;
    pending = Buffer.from(changed.join(''));
    pump();
  }

  function enter(): void {
    away = false;
    shown = undefined;
    input.setRawMode(true);
    pending = Buffer.from(ENTER);
    pump();
  }

  /** The terminal as it was, at once. */
  function giveBack(): void {
    if (away) return;
    away = true;
    clearTimeout(retry);
    clearTimeout(escape);
    const rest = Buffer.from(`${pending.length > 0 ? CANCEL : ''}${LEAVE}`);
    pending = Buffer.alloc(0);
    next = undefined;
    writePatiently(descriptor, rest);
    try {
      input.setRawMode(false);
    } catch {
      // There is no terminal any more.
    }
  }

  function leave(): void {
    if (left) return;
    left = true;
    giveBack();
    input.destroy();
    for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener);
    process.off('exit', giveBack);
    process.off('uncaughtException', failed);
    process.off('unhandledRejection', failed);
    if (descriptor !== 1) closeSync(descriptor);
    descriptor = 1;
  }

  function end(code: number): void {
    if (left) return;
    leave();
    events.ended(code);
  }

  function failed(error: unknown): void {
    leave();
    events.failed(error);
  }

  function suspend(): void {
    giveBack();
    // Everybody of this job, as the terminal itself would: a launcher in front of us, too.
    process.kill(process.pid, 'SIGSTOP');
  }

  function resumed(): void {
    if (left) return;
    refresh();
    if (away) enter();
    else shown = undefined;
    events.changed();
  }

  /** Node does so by itself for process.stdout alone, which nobody opens here. */
  function refresh(): void {
    (output as unknown as { _refreshSize(): void })._refreshSize();
  }

  function resized(): void {
    refresh();
    shown = undefined;
    if (!away && pending.length === 0) {
      pending = Buffer.from('\x1b[0m\x1b[2J');
      pump();
    }
    events.changed();
  }

  const listeners: Readonly<Record<string, () => void>> = {
    ...Object.fromEntries(Object.entries(ENDING).map(([signal, code]) => [signal, () => end(code)])),
    SIGWINCH: resized,
    SIGTSTP: suspend,
    SIGCONT: resumed,
  };
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener);
  process.on('exit', giveBack);
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);

  input.on('data', (chunk: Buffer) => {
    clearTimeout(escape);
    for (const key of reader.push(chunk)) if (!left) events.key(key);
    if (reader.isWaiting() && !left) escape = setTimeout(() => reader.flush().forEach((key) => left || events.key(key)), ESCAPE_TIME);
  });
  // The terminal has been closed, or what was connected to it has gone.
  for (const event of ['end', 'close', 'error']) input.on(event, () => end(ENDING.SIGHUP));
  output.on('error', () => end(ENDING.SIGHUP));
  enter();

  return {
    size: () => ({ columns: output.columns > 0 ? output.columns : 80, rows: output.rows > 0 ? output.rows : 24 }),
    draw: show,
    redraw(lines) {
      shown = undefined;
      show(lines);
    },
    suspend,
    leave,
  };
}

/** Of the same terminal, but non-blocking without making it so for whoever shares ours; where that is not possible, ours. */
function ownDescription(): number {
  try {
    return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return 1;
  }
}

function writePatiently(descriptor: number, bytes: Buffer): void {
  const until = performance.now() + PATIENCE;
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > until) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
    }
  }
}
