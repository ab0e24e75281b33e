/** Lines of services: those that there are, and those that come, whatever happens to the supervisor in between. */
import type { Client } from '../control/client.ts';
import { mayPass } from './errors.ts';
import type { LogLine } from '../control/logs.ts';
import type { Answers, Lost } from '../control/protocol.ts';
import { PATIENCE } from './waits.ts';

export type LogOptions = Readonly<{
  /** Names and globs; all services unless given. */
  names?: readonly string[] | undefined;
  /** The newest ones, at most so many: 100 unless given, 10,000 at most. */
  lines?: number | undefined;
  /** Only those of the last so many milliseconds. */
  since?: number | undefined;
  /** Only those after the line with this seq; `lost` then says how many of them are not kept any more. */
  after?: number | undefined;
  signal?: AbortSignal | undefined;
}>;

export type FollowOptions = LogOptions & Readonly<{
  /** Milliseconds in which a supervisor that has gone may come back, {@link PATIENCE} unless given; 0: the end of the connection is the end. */
  patience?: number | undefined;
  /** Called with what there is at the beginning, before the first line: which services are not captured, for one. */
  begun?: ((answer: Answers['logs']) => void) | undefined;
}>;

/** Milliseconds between two tries to reach a supervisor that has gone. */
const RETRY = 100;
const MOST = '10000';

export function askLines(client: Client, options: LogOptions = {}): Promise<Answers['logs']> {
  const { lines, since, after, signal } = options;
  const numbers = Object.entries({ lines, since, after }).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return client.call('logs', { query: [...namesOf(options), ...numbers.map(([name, value]): [string, string] => [name, String(value)])], ...only(signal) });
}

/**
 * Yields the lines that there are, then each new one; `{ lost }` where lines could not be had. When the connection is lost it goes on
 * after the last line that was seen, or, when another supervisor answers, with the first one of that. Throws as followEvents does.
 */
export async function* followLines(client: Client, options: FollowOptions = {}): AsyncGenerator<LogLine | Lost, void> {
  const { patience = PATIENCE, signal } = options;
  let began: string | undefined;
  let after = 0;
  let until: number | undefined;
  for (;;) {
    let gone: Error | undefined;
    try {
      const answer = await askLines(client, began === undefined ? options : { names: options.names, after, lines: Number(MOST), signal });
      if (began === undefined) options.begun?.(answer);
      const isAnother = began !== undefined && answer.began !== began;
      const { lines, lost, newest } = isAnother ? await askLines(client, { names: options.names, after: 0, lines: Number(MOST), signal }) : answer;
      began = answer.began;
      until = undefined;
      if (lost > 0) yield { lost };
      yield* lines;
      after = newest;
      const query: [string, string][] = [...namesOf(options), ['after', String(after)], ['lines', MOST]];
      for await (const item of client.lines({ query, ...only(signal) })) {
        if ('reconnect' in item) break;
        if ('seq' in item) after = item.seq;
        yield item;
      }
    } catch (error) {
      if (signal?.aborted === true) return;
      if (began === undefined || !mayPass(error)) throw error;
      gone = error;
    }
    if (signal?.aborted === true) return;
    until ??= performance.now() + patience;
    if (performance.now() + RETRY > until) {
      if (gone === undefined) return;
      throw gone;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

const namesOf = ({ names = [] }: LogOptions): [string, string][] => names.map((name) => ['name', name]);
const only = (signal: AbortSignal | undefined): { signal?: AbortSignal } => (signal === undefined ? {} : { signal });
