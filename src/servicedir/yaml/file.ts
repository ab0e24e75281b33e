/** The text of a file that a person wrote, if it is one: PID 1 waits for no FIFO and reads no 100 MB. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoText } from '../../core/messages.ts';

/** Bytes. */
const LARGEST = 256 * 1024;

export type Text = Readonly<{ text: string } | { value: string | undefined; expected: string; remedy: string; line?: number }>;

/** `file` is where it is, `name` how its user calls it. Never throws. */
export function readSmallText(file: string, name: string): Text {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: open(2) of a FIFO would wait for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) {
      return { value: stats.isDirectory() ? 'a directory' : 'no regular file', expected: 'a regular file', remedy: `look at it: ls -ld ${name}` };
    }
    if (stats.size > LARGEST) return tooLarge(`${stats.size} bytes`);
    return decode(contentOf(descriptor), name);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENXIO') return { value: 'no regular file', expected: 'a regular file', remedy: `look at it: ls -ld ${name}` };
    const remedy = code === 'EACCES' ? `allow it: chmod a+r ${name}` : `look at it: ls -l ${name}`;
    return { value: errnoText(code), expected: 'a file that can be read', remedy };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const tooLarge = (value: string): Text => ({ value, expected: 'a file of at most 256 KiB', remedy: 'keep data in files of their own' });

/** undefined: it grew beyond the limit while it was read. */
function contentOf(descriptor: number): Buffer | undefined {
  const buffer = Buffer.alloc(LARGEST + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < buffer.length; length += read) read = readSync(descriptor, buffer, length, buffer.length - length, length);
  return length > LARGEST ? undefined : buffer.subarray(0, length);
}

function decode(content: Buffer | undefined, name: string): Text {
  if (content === undefined) return tooLarge('more');
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(content) };
  } catch {
    const line = content.subarray(0, firstInvalid(content)).toString('latin1').split('\n').length;
    return { value: 'bytes that are no UTF-8', expected: 'text in UTF-8', remedy: `convert it: iconv -t UTF-8 ${name}`, line };
  }
}

/** Where it stops to be UTF-8. */
function firstInvalid(content: Buffer): number {
  const decoded = content.toString('utf8');
  const lossy = Buffer.from(decoded, 'utf8');
  let i = 0;
  while (i < content.length && content[i] === lossy[i]) i++;
  return i;
}
