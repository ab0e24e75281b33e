import type { Labels } from './script.ts';

/** `@` and 24 hexadecimal digits of the TAI64N label (spec/s6-compat 2.2). `time`: nanoseconds since 1970. */
export function tai64nText(time: bigint): string {
  const seconds = time / SECOND;
  return `@${(ORIGIN + seconds + LEAP_SECONDS).toString(16).padStart(16, '0')}${(time % SECOND).toString(16).padStart(8, '0')}`;
}

/** `YYYY-MM-DD HH:MM:SS.nnnnnnnnn` in local time (localtime(3), TZ). `time`: nanoseconds since 1970. */
export function localText(time: bigint): string {
  const seconds = Number(time / SECOND);
  if (seconds !== lastSecond) {
    const date = new Date(seconds * 1000);
    lastSecond = seconds;
    lastText = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())} `
      + `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  }
  return `${lastText}.${String(time % SECOND).padStart(9, '0')}`;
}

/** What goes before each line, as latin1: t, T, prefix, always in this order (spec/s6-compat 6.2, D04). */
export function beginning({ tai64n, local, prefix }: Labels, time: bigint): string {
  return `${tai64n ? `${tai64nText(time)} ` : ''}${local ? `${localText(time)}  ` : ''}${prefix}`;
}

/** Lines, each with its newline, with this text before each of them. */
export function withBeginning(lines: Buffer, text: string): Buffer {
  if (text === '') return lines;
  const all = lines.toString('latin1', 0, lines.length - 1);
  return Buffer.from(`${text}${all.replaceAll('\n', () => `\n${text}`)}\n`, 'latin1');
}

let lastSecond = -1;
let lastText = '';
const two = (number: number): string => String(number).padStart(2, '0');

const SECOND = 1_000_000_000n;
const ORIGIN = 2n ** 62n;
/** TAI less UTC since 2017-01-01. */
const LEAP_SECONDS = 37n;
