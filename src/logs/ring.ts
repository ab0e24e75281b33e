/** The newest lines of one service, in memory: so many bytes and no more, whatever it writes. */
import { linesOf, stamp, textOf } from './format.ts';
import type { StreamName } from './stream.ts';
import type { LogLine } from '../control/logs.ts';

/** Lines that were read at once. */
export type Block = Readonly<{
  /** Of its first line; the next ones count on. */
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  stream: StreamName;
  lines: number;
  /** Bytes, without what was cut. */
  length: number;
  /** Its last line was too long to be kept: this is its beginning. */
  cut: boolean;
}>;

export type Ring = Readonly<{
  /** `lines` as they are counted for `seq`. */
  push(bytes: Buffer, block: Pick<Block, 'seq' | 'at' | 'stream' | 'lines'>): void;
  /** The newest ones first, at most so many, with a seq above `after` and not older than `since` (milliseconds since 1970). */
  newest(service: string, most: number, after: number, since: number): LogLine[];
  /** How many there were with a seq above this, kept or not. */
  countAfter(seq: number): number;
  /** Bytes that it takes at most from now on. */
  limit(bytes: number): void;
  /** Everything that is kept, oldest first. */
  blocks(): readonly Readonly<{ block: Block; bytes: Buffer }>[];
  /** Takes back what `blocks` gave in an earlier life. */
  restore(block: Block, bytes: Buffer): void;
}>;

/** What a block costs beside its bytes. */
const OVERHEAD = 128;
const SMALLEST = 4096;
const NEWLINE = 10;

export function createRing(limit: number): Ring {
  let most = limit;
  let memory = Buffer.alloc(0);
  /** Oldest first, from `first` on. */
  let blocks: Block[] = [];
  let first = 0;
  /** Bytes before the oldest that is kept, and after the newest, counted from the very first. */
  let begin = 0;
  let end = 0;
  let forgotten: { seq: number; lines: number }[] = [];

  const taken = (): number => end - begin + (blocks.length - first) * OVERHEAD;

  function forget(): void {
    const { seq, lines, length } = blocks[first]!;
    begin += length;
    first++;
    note(seq, lines);
    if (first > 64 && first * 2 > blocks.length) {
      blocks = blocks.slice(first);
      first = 0;
    }
  }

  /** For whoever asks what he has missed. Far back it is enough to know how many. */
  function note(seq: number, lines: number): void {
    forgotten.push({ seq, lines });
    if (forgotten.length <= 512) return;
    const old = forgotten.slice(0, 256).reduce((sum, one) => sum + one.lines, 0);
    const last = forgotten[255]!;
    forgotten = [{ seq: last.seq + last.lines - old, lines: old }, ...forgotten.slice(256)];
  }

  function makeRoom(length: number): void {
    while (first < blocks.length && taken() + length + OVERHEAD > most) forget();
    const wanted = end - begin + length;
    if (wanted > memory.length) move(Math.min(most, Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(wanted)))));
  }

  function move(size: number): void {
    const bytes = read(begin, end - begin);
    memory = Buffer.alloc(size);
    bytes.copy(memory, 0);
    begin = 0;
    end = bytes.length;
  }

  function read(from: number, length: number): Buffer {
    const at = memory.length === 0 ? 0 : from % memory.length;
    if (at + length <= memory.length) return memory.subarray(at, at + length);
    return Buffer.concat([memory.subarray(at), memory.subarray(0, at + length - memory.length)]);
  }

  function keep(block: Block, bytes: Buffer): void {
    makeRoom(bytes.length);
    const at = end % memory.length;
    const before = Math.min(bytes.length, memory.length - at);
    bytes.copy(memory, at, 0, before);
    bytes.copy(memory, 0, before);
    end += bytes.length;
    blocks.push(block);
  }

  return {
    push(bytes, { seq, at, stream, lines }) {
      const room = most - OVERHEAD;
      if (room < SMALLEST / 2) return note(seq, lines);
      let kept = bytes;
      let dropped = 0;
      // More at once than all that may be kept: the last lines of it, or the beginning of the only one.
      if (bytes.length > room / 2) {
        const from = bytes.indexOf(NEWLINE, bytes.length - Math.floor(room / 2)) + 1;
        if (from > 0 && from < bytes.length) {
          dropped = lines - countOf(bytes, from);
          kept = bytes.subarray(from);
        } else {
          dropped = lines - 1;
          const start = bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1;
          kept = bytes.subarray(start, start + Math.floor(room / 2));
        }
        if (dropped > 0) {
          // No gap: what is kept are the last lines.
          while (first < blocks.length) forget();
          note(seq, dropped);
        }
      }
      const cut = kept.length < bytes.length && kept.at(-1) !== NEWLINE;
      keep({ seq: seq + dropped, at, stream, lines: lines - dropped, length: kept.length, cut }, kept);
    },
    newest(service, wanted, after, since) {
      const found: LogLine[] = [];
      let offset = end;
      for (let index = blocks.length - 1; index >= first && found.length < wanted; index--) {
        const { seq, at, stream, lines, length, cut } = blocks[index]!;
        offset -= length;
        if (seq + lines - 1 <= after || at < since) break;
        const texts = linesOf(read(offset, length));
        for (let i = texts.length - 1; i >= 0 && found.length < wanted; i--) {
          if (seq + i <= after) break;
          found.push({ seq: seq + i, at: stamp(at), service, stream, ...textOf(texts[i]!), ...(cut && i === texts.length - 1 ? { cut } : {}) });
        }
      }
      return found;
    },
    countAfter: (seq) => linesAfter(forgotten, seq) + linesAfter(blocks.slice(first), seq),
    limit(bytes) {
      most = bytes;
      while (first < blocks.length && taken() > most) forget();
      if (memory.length > most) move(Math.max(end - begin, 0));
    },
    blocks() {
      let offset = begin;
      return blocks.slice(first).map((block) => {
        const bytes = Buffer.from(read(offset, block.length));
        offset += block.length;
        return { block, bytes };
      });
    },
    restore: (block, bytes) => {
      if (bytes.length + OVERHEAD <= most) keep(block, bytes);
    },
  };
}

function countOf(bytes: Buffer, from: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Newest last. */
function linesAfter(blocks: readonly Readonly<{ seq: number; lines: number }>[], after: number): number {
  let count = 0;
  for (let i = blocks.length - 1; i >= 0; i--) {
    const { seq, lines } = blocks[i]!;
    if (seq + lines - 1 <= after) break;
    count += Math.min(lines, seq + lines - 1 - after);
  }
  return count;
}
