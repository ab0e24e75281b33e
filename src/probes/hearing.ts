/** What a service says of itself by sd_notify(3), and whether it may say so. */
import type { Definition } from '../core/definition.ts';
import type { Datagram } from '../kernel/datagrams.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Told } from './life.ts';
import { readNotice, type Notice } from './notify-fields.ts';
import { isBelow, userOf } from './process-facts.ts';
import { refusedPid, refusedSender } from './sentences.ts';

export type HearingOptions = Readonly<{
  kernel: Kernel;
  definition: Definition;
  /** Its main process, now. */
  pid(): number;
  /** It had been ready before this began: the life is older. */
  wasReady: boolean;
  give(event: Told): void;
  ready(): void;
  reloaded(): void;
  alive(watchdog: 'alive' | 'trigger'): void;
  expectEvery(milliseconds: number): void;
  complain(text: string): void;
  nameOf(pid: number): string | undefined;
}>;

/** Who is in /proc/PID/status as n6's own user. */
const OWN = process.getuid?.() ?? 0;

export function createHearing(options: HearingOptions): (datagram: Datagram) => void {
  const { kernel, definition, give, complain } = options;
  let reloading = false;
  /** What is not ready yet can begin, but not reload. */
  let wasReady = definition.policy.ready?.by !== 'notify' || options.wasReady;
  /** The status is a word of ours, for a service that gave none. */
  let ours = false;
  const complained = new Set<string>();

  /** Each only once in a life: who sends once sends often. */
  function complainOnce(kind: string, text: string): void {
    if (complained.has(kind)) return;
    complained.add(kind);
    complain(text);
  }

  const mayTell = (uid: number): boolean => uid === 0 || uid === OWN || uid === userOf(options.pid());

  /** Who may tell n6 whom to signal: somebody of its own, whom the sender could signal himself, and who is no other service. */
  function isItsOwn(pid: number, uid: number): boolean {
    const owner = options.nameOf(pid);
    if (owner !== undefined && owner !== definition.name) return false;
    return isBelow(pid, kernel.pid, options.pid()) && (uid === 0 || uid === userOf(pid));
  }

  function hearMainPid(text: string, uid: number): void {
    const mainPid = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : NaN;
    if (mainPid === options.pid()) return;
    if (mainPid > 1 && isItsOwn(mainPid, uid)) give({ type: 'mainPidTold', pid: options.pid(), mainPid });
    else complainOnce('pid', refusedPid(JSON.stringify(text.slice(0, 20)).slice(1, -1)));
  }

  function hearStatus({ status, reloading: reloads, stopping, ready }: Notice): void {
    const word = reloads ? 'reloading' : stopping ? 'stopping' : undefined;
    const text = status ?? word ?? (ready && ours ? '' : undefined);
    if (text === undefined) return;
    ours = status === undefined && word !== undefined;
    give({ type: 'statusTold', pid: options.pid(), text });
  }

  return ({ uid, pid, bytes }) => {
    if (!mayTell(uid)) return complainOnce('sender', refusedSender(uid, pid));
    const notice = readNotice(bytes);
    if (notice.mainPid !== undefined) hearMainPid(notice.mainPid, uid);
    if (notice.reloading) reloading = true;
    hearStatus(notice);
    if (notice.ready) {
      options.ready();
      // HAProxy says RELOADING=1 while it starts, too.
      if (reloading && wasReady) options.reloaded();
      reloading = false;
      wasReady = true;
    }
    if (notice.watchdogEvery !== undefined) options.expectEvery(notice.watchdogEvery);
    if (notice.watchdog !== undefined) options.alive(notice.watchdog);
  };
}
