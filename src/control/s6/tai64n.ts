/**
 * A TAI64N label of 12 bytes, big-endian: 2^62 + TAI seconds, then nanoseconds (spec/s6-compat 2.2). `wall`: milliseconds
 * since 1970, as Date.now() counts them; a fraction is kept.
 */
export function tai64n(wall: number): Buffer {
  const milliseconds = Math.floor(wall);
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.round((wall - seconds * 1000) * 1e6);
  const label = Buffer.alloc(TAI64N_LENGTH);
  label.writeBigUInt64BE(ORIGIN + BigInt(seconds + LEAP_SECONDS), 0);
  label.writeUInt32BE(Math.min(nanoseconds, 999_999_999), 8);
  return label;
}

/** Milliseconds since 1970 of a label that {@link tai64n} has made. */
export function wallOf(label: Buffer): number {
  return Number(label.readBigUInt64BE(0) - ORIGIN - BigInt(LEAP_SECONDS)) * 1000 + label.readUInt32BE(8) / 1e6;
}

export const TAI64N_LENGTH = 12;

const ORIGIN = 2n ** 62n;
/** TAI less UTC since 2017-01-01: the 10 of 1970 and 27 leap seconds. */
const LEAP_SECONDS = 37;
