import { closeSync, constants, openSync, readSync } from 'node:fs';

/** What a file that is to be executed begins with (execve(2), elf(5)). */
export type Beginning =
  /** `#!interpreter argument`: everything after the first blanks is one single argument. */
  | { kind: 'script'; interpreter: string; argument: string | undefined }
  /** `loader` is the program interpreter of a dynamically linked file, such as /lib/ld-musl-x86_64.so.1. */
  | { kind: 'binary'; loader: string | undefined }
  | { kind: 'neither' };

/** Reads as much as the system does. Throws what open(2) and read(2) throw. */
export function beginningOf(path: string): Beginning {
  // O_NONBLOCK: what was a file a moment ago may be a FIFO now, whose open would wait for a writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const head = readAt(file, 0, PAGE);
    if (head.toString('latin1', 0, 2) === '#!') return script(head);
    if (head.toString('latin1', 0, 4) === '\x7fELF') return { kind: 'binary', loader: loaderOf(file, head) };
    return { kind: 'neither' };
  } finally {
    closeSync(file);
  }
}

const PAGE = 4096;
/** BINPRM_BUF_SIZE: Linux reads no more of a script to find its interpreter; it was 128 before 5.1. */
const HASHBANG_BYTES = 256;

function script(head: Buffer): Beginning {
  const buffer = head.subarray(2, HASHBANG_BYTES);
  const end = buffer.indexOf('\n');
  const line = buffer.toString('utf8', 0, end < 0 ? buffer.length : end).replace(/\0[^]*$/, '').replace(/^[ \t]+|[ \t]+$/g, '');
  const blank = line.search(/[ \t]/);
  const interpreter = blank < 0 ? line : line.slice(0, blank);
  // A name that may be cut off by the end of the buffer is refused, not guessed (fs/binfmt_script.c, since Linux 5.0).
  const cutOff = end < 0 && blank < 0 && head.length >= HASHBANG_BYTES;
  if (interpreter === '' || cutOff) return { kind: 'neither' };
  return { kind: 'script', interpreter, argument: blank < 0 ? undefined : line.slice(blank).replace(/^[ \t]+/, '') };
}

const PT_INTERP = 3;

function loaderOf(file: number, head: Buffer): string | undefined {
  const littleEndian = head[5] === 1;
  if (!littleEndian || head.length < 64) return undefined;
  const wide = head[4] === 2;
  // A broken file may say anything; beyond this there is no file, and so nothing to read.
  const word = (from: Buffer, at: number): number => (wide ? Math.min(Number(from.readBigUInt64LE(at)), 2 ** 48) : from.readUInt32LE(at));
  const [tableAt, sizeAt, countAt, offsetAt, lengthAt] = wide ? [32, 54, 56, 8, 32] as const : [28, 42, 44, 4, 16] as const;
  const size = head.readUInt16LE(sizeAt);
  const table = readAt(file, word(head, tableAt), Math.min(size * head.readUInt16LE(countAt), PAGE * 16));
  for (let at = 0; size >= lengthAt + 8 && at + size <= table.length; at += size) {
    if (table.readUInt32LE(at) !== PT_INTERP) continue;
    return readAt(file, word(table, at + offsetAt), Math.min(word(table, at + lengthAt), PAGE)).toString('utf8').replace(/\0[^]*$/, '');
  }
  return undefined;
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, length === 0 ? 0 : readSync(file, buffer, 0, length, position));
}
