/** The log of one service, as `svc top` follows it. */
import type { N6 } from '../../client/client.ts';
import { notCaptured } from '../sentences.ts';
import { plain } from './text.ts';

export type LogListener = Readonly<{
  /** Lines without control characters, all that came at once. */
  lines(lines: readonly string[], lost: number): void;
  /** Why there are none. */
  problem(text: string): void;
}>;

/** Lines that are asked for at first. */
const FIRST = 200;
/** Characters of a line that are looked at: more fit on no screen that anybody reads. */
const LONGEST = 4096;
/** Milliseconds for which lines are collected. */
const COLLECTING = 30;

/** Returns when the signal is aborted or the supervisor goes; throws Refused when it says no, Unreachable when it is lost. */
export async function followLog(n6: N6, name: string, signal: AbortSignal, tell: LogListener): Promise<void> {
  let lines: string[] = [];
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (!signal.aborted) tell.lines(lines, lost);
    lines = [];
    lost = 0;
  };
  const begun = ({ uncaptured }: { uncaptured: readonly string[] }): void => {
    if (uncaptured.includes(name) && !signal.aborted) tell.problem(notCaptured([name]));
  };
  try {
    // Who asks for it again when the supervisor is back is the stream of events.
    for await (const item of n6.followLogs({ names: [name], lines: FIRST, begun, signal, patience: 0 })) {
      if ('lost' in item) lost += item.lost;
      else lines.push(plain(item.text.slice(0, LONGEST)));
      timer ??= setTimeout(flush, COLLECTING);
    }
  } finally {
    clearTimeout(timer);
    if (lines.length > 0 || lost > 0) flush();
  }
}
