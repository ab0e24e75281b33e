import { isatty, WriteStream } from 'node:tty';

export { isatty };

export type Size = Readonly<{ columns: number; rows: number }>;

/** One for each: a second would be one more descriptor. */
const streams = new Map<1 | 2, WriteStream>();

/** Of the terminal that a descriptor is, now. One that does not know its size, such as a serial line, says 0. */
export function sizeOf(descriptor: 1 | 2): Size {
  const known = streams.get(descriptor);
  const stream = known ?? new WriteStream(descriptor);
  // Node looks again by itself for process.stdout alone, which nobody opens here.
  if (known === undefined) streams.set(descriptor, stream);
  else (stream as unknown as { _refreshSize(): void })._refreshSize();
  const { columns, rows } = stream;
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
}
