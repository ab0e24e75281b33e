/** What hooks are to everybody: how long they wait for more events of the same kind, and what has become of them. Pure. */
import { ANNOUNCEMENT_NAMES, type AnnouncementName } from './announcements.ts';

/** One run of one hook. */
export type HookRun = Readonly<{
  event: AnnouncementName;
  /** null: the event was about none. */
  service: string | null;
  hook: string;
  /** When it began, ISO 8601. */
  at: string;
  seconds: number;
  ok: boolean;
  /** Why it failed; empty: it did not. */
  reason: string;
}>;

/** Milliseconds. A burst becomes one run of the hooks once nothing has come for the quiet period, or when the upper bound is over. */
export type HookWait = Readonly<{ quiet: number; most: number }>;
export type HookWaits = ReadonlyMap<AnnouncementName, HookWait>;

/** `EVENT=QUIET/MOST`; the event may end in `*`. */
const WORD = /^([a-z*-]+)=(\d{1,9})\/(\d{1,9})$/;

/** The words of N6_HOOK_WAIT where it is not given: what this event means can be seen in the list alone. */
export const USUAL_HOOK_WAITS = ['members-changed=100/1000'] as const;
export const HOOK_WAIT_FORM = 'words such as members-changed=100/1000, or service-*=0/0: EVENT=QUIET/MOST in milliseconds';

/**
 * Of words, the last that means an event counts. undefined: one of them cannot be understood, means no event, or has a bound that is shorter than
 * its quiet period.
 */
export function parseHookWaits(text: string): HookWaits | undefined {
  const waits = new Map<AnnouncementName, HookWait>();
  for (const word of text.split(/[ \t\r\n]+/).filter((part) => part !== '')) {
    const [, pattern = '', quiet = '', most = ''] = WORD.exec(word) ?? [];
    const meant = ANNOUNCEMENT_NAMES.filter((name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
    const wait = { quiet: Number(quiet), most: Number(most) };
    if (pattern === '' || meant.length === 0 || wait.most < wait.quiet) return undefined;
    for (const name of meant) {
      if (wait.quiet === 0) waits.delete(name);
      else waits.set(name, wait);
    }
  }
  return waits;
}

/** A line that a hook has printed, after the last two parts of its path: EVENT/NAME. */
export const hookPrintedText = (hook: string, text: string): string => `hook ${hook.split('/').slice(-2).join('/')}: ${text}`;
