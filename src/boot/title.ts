/**
 * The names of the services in the supervisor's own command line, as `s6-supervise NAME`: scripts of images ask
 * `pgrep -f 's6-supervise svc-nginx'` whether a service is supervised (corpus 2.3), and s6 has a process for each.
 * libuv writes a title over the arguments that the process was started with, so the launcher gives a long blank one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { PublicEvent } from '../control/backend.ts';
import type { Report } from '../core/messages.ts';

/** What ps(1) and /proc/PID/comm show, and what comes before the names. */
const OWN_NAME = 'n6';

export type TitleOptions = Readonly<{
  /** Names of all services, in order. */
  names(): readonly string[];
  subscribe(listener: (event: PublicEvent) => void): () => void;
  report(report: Report): void;
  /** Bytes that a title may have; undefined: none was asked for, and nothing is done. */
  room: number | undefined;
}>;

/** The arguments that the launcher was given: without the blank one that it puts first to make room. */
export function withoutRoom(argv: readonly string[]): readonly string[] {
  return isBlank(argv[0]) ? argv.slice(1) : argv;
}

/** Bytes that a title of this process may have; undefined when the launcher made no room for one. */
export function roomForTitle(): number | undefined {
  const line = readFileSync('/proc/self/cmdline');
  return line.toString('latin1').split('\0').some(isBlank) ? line.length - 1 : undefined;
}

/**
 * Keeps the command line up to date with the roster. Gives the function that writes it at once: the first services'
 * scripts may ask before the loop has had a turn.
 */
export function showServices({ names, subscribe, report, room }: TitleOptions): () => void {
  if (room === undefined) return () => undefined;
  let shown: string | undefined;
  let planned = false;
  let told = false;
  const write = (): void => {
    planned = false;
    const { title, leftOut } = titleOf(names(), room);
    if (leftOut > 0 && !told) {
      told = true;
      const text = `${leftOut} services do not fit into the command line, where \`pgrep -f 's6-supervise NAME'\` looks for them; svc status tells of all`;
      report({ type: 'note', level: 'info', text });
    }
    if (title === shown) return;
    shown = title;
    process.title = title;
    // libuv names the process, too: after the first 15 bytes of the title, which would be cut in the middle of a word.
    writeFileSync('/proc/self/comm', OWN_NAME);
  };
  subscribe(({ event }) => {
    if (planned || (event !== 'service-added' && event !== 'service-removed')) return;
    planned = true;
    // A rescan changes many in one turn; the title is written once after it.
    setImmediate(write);
  });
  return write;
}

/** Names that do not fit are left out, shorter ones after them are not. */
export function titleOf(names: readonly string[], room: number): { title: string; leftOut: number } {
  let title = OWN_NAME;
  let left = room - OWN_NAME.length;
  let leftOut = 0;
  for (const name of names) {
    const words = ` s6-supervise ${name}`;
    const length = Buffer.byteLength(words);
    if (length > left) {
      leftOut++;
      continue;
    }
    title += words;
    left -= length;
  }
  return { title, leftOut };
}

const isBlank = (word: string | undefined): boolean => word !== undefined && /^ {1024,}$/.test(word);
