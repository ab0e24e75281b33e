/** While a long action waits: on a terminal, on standard error, what for. Elsewhere nobody hears anything of it. */
import { isatty } from 'node:tty';
import type { N6 } from '../client/client.ts';
import type { Invocation } from './command.ts';
import { waitingFor, waitingForLong } from './sentences.ts';
import { sizeOf } from './size.ts';
import { strokesFor, UNICODE } from './tree.ts';
import { write } from './write.ts';

export type Progress = Readonly<{
  /** One of those that were waited for is not any more. */
  done(name: string): void;
  /** Nothing is waited for: the line goes away. */
  end(): void;
}>;

/** What is waited for, by name, and what is known of it; empty: nothing. */
export type Waiting = ReadonlyMap<string, string>;

/** Milliseconds in which most actions have ended, so that nothing need be said; and between two pictures. */
const PATIENCE = 400;
const FRAME = 100;

const NOTHING: Progress = { done: () => undefined, end: () => undefined };

/**
 * A line with a spinner, and what is still waited for with the last that was heard of it. A terminal that cannot take a line back is told
 * once. Nothing where standard error is no terminal, or with `--json`.
 */
export function createProgress({ options }: Pick<Invocation, 'options'>, n6: N6, waiting: Waiting): Progress {
  if (options['json'] === true || !isatty(2)) return NOTHING;
  const left = new Map(waiting);
  const began = performance.now();
  const over = new AbortController();
  const unicode = strokesFor(process.env) === UNICODE;
  const isPlain = ['', 'dumb'].includes(process.env['TERM'] ?? '');
  let frames: NodeJS.Timeout | undefined;
  let count = 0;

  const first = setTimeout(() => {
    if (isPlain) return void write(2, `svc: ${waitingFor(left)}\n`);
    void listen();
    draw();
    frames = setInterval(draw, FRAME);
  }, PATIENCE);

  function draw(): void {
    const text = waitingForLong(left, performance.now() - began);
    write(2, progressLine(text, count++, unicode, sizeOf(2).columns));
  }

  /** What happens to those that are waited for. That it cannot be heard is none of this one's business. */
  async function listen(): Promise<void> {
    try {
      for await (const item of n6.events({ signal: over.signal })) {
        if ('event' in item && item.service !== undefined && left.has(item.service)) left.set(item.service, item.event.replace(/^service-/, ''));
      }
    } catch {
      // Whoever waits hears of it, too.
    }
  }

  return {
    done: (name) => void left.delete(name),
    end() {
      clearTimeout(first);
      clearInterval(frames);
      over.abort();
      if (frames !== undefined) write(2, '\r\x1b[K');
    },
  };
}

const SPINNERS = { unicode: '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏', ascii: '|/-\\' };

/** ISO 6429: the line is erased and written anew, and never wraps. Pure. */
export function progressLine(text: string, count: number, unicode: boolean, columns: number): string {
  const spinner = unicode ? SPINNERS.unicode : SPINNERS.ascii;
  const line = [...`${spinner[count % spinner.length]} ${text}`];
  const cut = line.length < columns ? line.join('') : `${line.slice(0, Math.max(0, columns - 2)).join('')}${unicode ? '…' : '~'}`;
  return `\r\x1b[K${cut}`;
}
