/** What `/v1/logs` with `follow` puts into the stream of one client: the lines that there are, then each new one. */
import type { Sink } from './event-stream.ts';
import type { LogLine, LogsBackend, LogWish } from './logs.ts';
import type { Lost } from './protocol.ts';

/** Characters that wait for a client that does not read; what comes when so many do is counted, and never made. */
export const MOST_WAITING = 1024 * 1024;

/** Writes server-sent events and never waits for the client. Returns how to stop. */
export function streamLines(logs: LogsBackend, wish: LogWish, sink: Sink): () => void {
  const queue: string[] = [];
  let waiting = 0;
  let lost = 0;
  let full = false;

  function enqueue(text: string): void {
    queue.push(text);
    waiting += text.length;
  }

  function tellLost(): void {
    if (lost > 0) enqueue(lostFrame({ lost }));
    lost = 0;
  }

  function flush(): void {
    while (!full && queue.length > 0) {
      const text = queue.shift()!;
      waiting -= text.length;
      full = !sink.write(text);
      if (queue.length === 0) tellLost();
    }
  }

  function give(lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    tellLost();
    // Many lines in one piece: each write is a chunk of HTTP of its own.
    enqueue(lines.map(lineFrame).join(''));
    flush();
  }

  sink.on('drain', () => {
    full = false;
    flush();
  });
  // Looking back and subscribing happen in one turn: no line falls between them and none comes twice.
  const before = logs.lines(wish);
  lost = before.lost;
  give(before.lines);
  if (lost > 0) {
    tellLost();
    flush();
  }
  return logs.subscribe((service, count, lines) => {
    if (!wish.wants(service)) return;
    if (waiting > MOST_WAITING) lost += count;
    else give(lines());
  });
}

const lineFrame = (line: LogLine): string => `id: ${line.seq}\ndata: ${JSON.stringify(line)}\n\n`;
/** Without an id: the client's place stays that of the last line it has really seen. */
const lostFrame = (lost: Lost): string => `data: ${JSON.stringify(lost)}\n\n`;
