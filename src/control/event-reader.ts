/** The client's half of server-sent events: bytes to events. Pure. */
import type { PublicEvent } from './backend.ts';
import type { Lost } from './protocol.ts';

export type EventReader<Item> = { push(chunk: Buffer): Item[] };

/**
 * Reads server-sent events (WHATWG HTML, "Interpreting an event stream") as far as n6 sends them: `data` lines, ended by
 * an empty line; `id` stands in the data as `seq`, comments and other fields are passed over. Chunks may end anywhere.
 */
export function createEventReader<Item = PublicEvent | Lost>(): EventReader<Item> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  return {
    push(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n/);
      rest = lines.pop()!;
      const found: Item[] = [];
      for (const line of lines) {
        if (line.startsWith('data:')) {
          data.push(line.slice(line[5] === ' ' ? 6 : 5));
        } else if (line === '' && data.length > 0) {
          found.push(JSON.parse(data.join('\n')) as Item);
          data = [];
        }
      }
      return found;
    },
  };
}
