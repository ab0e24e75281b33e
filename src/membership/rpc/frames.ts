/**
 * Finds where one value of MessagePack ends in a stream of them, before anything is decoded: what comes from the network
 * costs no more memory than the limits say. The format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */

/** Bytes of one value. A thousand members with all the tags that Serf allows them (512 bytes) take less than one tenth. */
const LARGEST = 8 * 2 ** 20;
/** The answers of Serf have four. */
const DEEPEST = 16;

export type Framer = Readonly<{
  /** Whole values that the stream has now, in order. Throws TypeError for what is no MessagePack, or beyond the limits; there is no going on then. */
  push(chunk: Buffer): Buffer[];
}>;

export function createFramer(largest = LARGEST): Framer {
  let buffer = Buffer.alloc(0);
  let length = 0;
  /** Where this value begins, and where the next header in it is. */
  let begin = 0;
  let at = 0;
  /** How many values are still to come, of the whole and of each collection that has begun in it. */
  let open: number[] = [1];

  function add(chunk: Buffer): void {
    if (length + chunk.length > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, length + chunk.length, 4096));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    length += chunk.copy(buffer, length);
  }

  /** Goes on as far as there are bytes; true: the value is whole, and ends at `at`. */
  function scan(): boolean {
    while (open.length > 0) {
      const header = headerAt(buffer, at, length);
      if (header === undefined) return false;
      const end = at + header.size;
      // Each value has a byte at least.
      if (end - begin + header.values > largest) throw new TypeError(`a message of more than ${largest} bytes`);
      if (end > length) return false;
      at = end;
      open[open.length - 1]! -= 1;
      if (header.values > 0) open.push(header.values);
      if (open.length > DEEPEST) throw new TypeError(`a message with more than ${DEEPEST} levels`);
      while (open.at(-1) === 0) open.pop();
    }
    return true;
  }

  return {
    push(chunk) {
      add(chunk);
      const frames: Buffer[] = [];
      while (at < length && scan()) {
        frames.push(Buffer.from(buffer.subarray(begin, at)));
        begin = at;
        open = [1];
      }
      if (begin > 0) {
        // What was large need not be kept for what is small.
        buffer = Buffer.from(buffer.subarray(begin, length));
        length = buffer.length;
        at -= begin;
        begin = 0;
      }
      return frames;
    },
  };
}

/** `size`: bytes up to the next header; `values`: those in it that have headers of their own. undefined: too few bytes to tell. */
type Header = Readonly<{ size: number; values: number }>;

function headerAt(bytes: Buffer, at: number, length: number): Header | undefined {
  if (at >= length) return undefined;
  const first = bytes[at]!;
  if (first <= 0x7f || first >= 0xe0) return plain(1);
  if (first <= 0x8f) return { size: 1, values: 2 * (first & 0x0f) };
  if (first <= 0x9f) return { size: 1, values: first & 0x0f };
  if (first <= 0xbf) return plain(1 + (first & 0x1f));
  const fixed = FIXED[first];
  if (fixed !== undefined) return plain(fixed);
  const counted = COUNTED[first];
  if (counted === undefined) throw new TypeError('no MessagePack');
  const { width, extra, perValue } = counted;
  if (at + 1 + width > length) return undefined;
  const count = bytes.readUIntBE(at + 1, width);
  return perValue === 0 ? plain(1 + width + extra + count) : { size: 1 + width, values: perValue * count };
}

const plain = (size: number): Header => ({ size, values: 0 });

/** nil, false, true, floats, integers, extensions of a fixed size: bytes, header included. */
const FIXED: Readonly<Record<number, number>> = {
  0xc0: 1, 0xc2: 1, 0xc3: 1, 0xca: 5, 0xcb: 9, 0xcc: 2, 0xcd: 3, 0xce: 5, 0xcf: 9, 0xd0: 2, 0xd1: 3, 0xd2: 5, 0xd3: 9,
  0xd4: 3, 0xd5: 4, 0xd6: 6, 0xd7: 10, 0xd8: 18,
};
/** Those that say how many follow, in so many bytes: bytes of bin, ext (which have a type, too) and str, values of arrays and maps. */
const COUNTED: Readonly<Record<number, Readonly<{ width: number; extra: number; perValue: number }>>> = {
  0xc4: { width: 1, extra: 0, perValue: 0 }, 0xc5: { width: 2, extra: 0, perValue: 0 }, 0xc6: { width: 4, extra: 0, perValue: 0 },
  0xc7: { width: 1, extra: 1, perValue: 0 }, 0xc8: { width: 2, extra: 1, perValue: 0 }, 0xc9: { width: 4, extra: 1, perValue: 0 },
  0xd9: { width: 1, extra: 0, perValue: 0 }, 0xda: { width: 2, extra: 0, perValue: 0 }, 0xdb: { width: 4, extra: 0, perValue: 0 },
  0xdc: { width: 2, extra: 0, perValue: 1 }, 0xdd: { width: 4, extra: 0, perValue: 1 },
  0xde: { width: 2, extra: 0, perValue: 2 }, 0xdf: { width: 4, extra: 0, perValue: 2 },
};
