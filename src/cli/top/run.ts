/** `svc top` itself: asks when there is something to ask about, and shows what is known. */
import type { N6 } from '../../client/client.ts';
import { Refused, Unreachable } from '../../control/client-errors.ts';
import { select } from '../../control/glob.ts';
import { COMMANDS } from '../../core/commands.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import { resultOf } from '../results.ts';
import { fulfilled, notFulfilled } from '../sentences.ts';
import { WAIT } from '../../client/waits.ts';
import { followLog } from './log.ts';
import { newTop, withLines, withReading, withServices, type Top } from './model.ts';
import { press, type Wish } from './press.ts';
import { openScreen, type Screen } from './screen.ts';
import { draw, pagesOf, type Style } from './view.ts';

export type TopOptions = Readonly<{
  /** Names and globs; empty: every service. */
  patterns: readonly string[];
  /** Milliseconds between two looks at what services use. */
  interval: number;
  style: Style;
}>;

/** Milliseconds between two looks at all services, however many events there are, and between two drawings. */
const REFRESH = 150;
const DRAWING = 30;
/** Milliseconds that a service is selected before its log is asked for: whoever moves down a list asks for none. */
const SETTLING = 120;

/**
 * Resolves with the exit code when it is left, `code` of a signal included, or when the supervisor has ended. Rejects with
 * Unreachable when it is lost, and with NoSuchService at the beginning. The terminal is as before by then.
 */
export async function runTop(n6: N6, { patterns, interval, style }: TopOptions): Promise<{ code: number; supervisorEnded: boolean }> {
  const { directory } = await n6.supervisor();
  let top = withServices(newTop(directory), await n6.services(...patterns), performance.now());

  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const { signal } = over;
    const timers = new Set<NodeJS.Timeout>();
    let drawing: NodeJS.Timeout | undefined;
    let log: { name: string | undefined; stop(): void } = { name: undefined, stop: () => undefined };

    const screen: Screen = openScreen({
      key,
      changed: () => screen.redraw(picture()),
      ended: (code) => leave(() => resolve({ code, supervisorEnded: false })),
      failed: fail,
    });

    function leave(tell: () => void): void {
      if (signal.aborted) return;
      over.abort();
      for (const timer of timers) clearTimeout(timer);
      log.stop();
      screen.leave();
      tell();
    }

    function fail(error: unknown): void {
      leave(() => reject(error instanceof Error ? error : new Error(String(error))));
    }

    /** What nobody waits for: its failure is a bug, and is told as one. */
    const own = (promise: Promise<unknown>): void => void promise.catch(fail);

    function after(milliseconds: number, act: () => void): NodeJS.Timeout {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act();
      }, milliseconds);
      timers.add(timer);
      return timer;
    }

    const refresh = oneAtATime(() => lookAtServices().catch(fail), REFRESH, signal);
    const picture = (): string[] => draw(top, screen.size(), style, performance.now());

    function update(next: Top): void {
      if (signal.aborted) return;
      top = next;
      if (top.log.name !== log.name) beginLog();
      drawing ??= after(DRAWING, () => {
        drawing = undefined;
        screen.draw(picture());
      });
    }

    function key(pressed: string): void {
      const { top: next, wish } = press(top, pressed, pagesOf(screen.size()));
      update(next);
      if (wish !== undefined) fulfil(wish);
      if (!signal.aborted && wish?.type !== 'suspend') screen.draw(picture());
    }

    function fulfil(wish: Wish): void {
      switch (wish.type) {
        case 'quit': return leave(() => resolve({ code: SVC_EXIT.done.code, supervisorEnded: false }));
        case 'suspend': return screen.suspend();
        case 'redraw': return screen.redraw(picture());
        case 'why': return own(why(wish.name));
        case 'command': return own(command(wish));
      }
    }

    const say = (text: string, bad: boolean): void => update({ ...top, notice: { text, bad } });

    async function command({ command, name }: Extract<Wish, { type: 'command' }>): Promise<void> {
      say(`${command} ${name} ${style.mark === '…' ? '…' : '...'}`, false);
      try {
        const result = await resultOf(name, COMMANDS[command].goal, n6.command(name, command, { signal }));
        if (result.came) say(fulfilled(command, result), false);
        else say(result.refusal ?? notFulfilled(command, result, WAIT), true);
      } catch (error) {
        complain(error);
      }
      refresh();
    }

    async function why(name: string): Promise<void> {
      try {
        const { paragraph } = await n6.why(name);
        if (top.selected === name) update({ ...top, note: paragraph });
      } catch (error) {
        complain(error);
      }
    }

    /** What may go wrong while somebody looks: it has gone for a moment, or it says no. */
    function complain(error: unknown): void {
      if (signal.aborted) return;
      if (error instanceof Unreachable) update({ ...top, connected: false });
      else if (error instanceof Refused) say(error.message, true);
      else throw error;
    }

    async function lookAtServices(): Promise<void> {
      try {
        const { services } = await n6.call('services', { signal });
        update(withServices(top, patterns.length === 0 ? services : select(services, patterns).selected, performance.now()));
      } catch (error) {
        complain(error);
      }
    }

    async function lookAtUsage(): Promise<void> {
      try {
        const { at, usages } = await n6.call('usage', { signal });
        update(withReading({ ...top, connected: true }, { at: Date.parse(at), usages }));
      } catch (error) {
        // No /proc, or an older supervisor: that does not change while we look.
        if (error instanceof Refused && (error.problem.code === 'no-usage' || error.problem.code === 'no-such-resource')) {
          update(withReading(top, undefined));
          return;
        }
        complain(error);
      }
      if (!signal.aborted) after(interval, () => own(lookAtUsage()));
    }

    function beginLog(): void {
      log.stop();
      const { name } = top.log;
      const end = new AbortController();
      const timer = name === undefined ? undefined : after(SETTLING, () => own(readLog(name, end.signal)));
      log = {
        name,
        stop() {
          clearTimeout(timer);
          end.abort();
        },
      };
    }

    async function readLog(name: string, end: AbortSignal): Promise<void> {
      try {
        await followLog(n6, name, end, {
          lines: (lines, lost) => update(withLines(top, lines, lost)),
          problem: (text) => update({ ...top, log: { ...top.log, problem: text } }),
        });
      } catch (error) {
        if (end.aborted || signal.aborted || error instanceof Unreachable) return;
        if (!(error instanceof Refused)) throw error;
        update({ ...top, log: { ...top.log, problem: error.message } });
      }
    }

    async function followEvents(): Promise<void> {
      const opened = (): void => {
        update({ ...top, connected: true, log: { ...top.log, lines: [], lost: 0 }, behind: 0 });
        beginLog();
        refresh();
      };
      const events = n6.events({ signal, opened });
      while ((await events.next()).done !== true) refresh();
      leave(() => resolve({ code: SVC_EXIT.done.code, supervisorEnded: true }));
    }

    screen.draw(picture());
    own(followEvents());
    own(lookAtUsage());
  });
}
