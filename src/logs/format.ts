/** The form in which a line is handed on: see THE list in core/logs.ts. */
import { isUtf8 } from 'node:buffer';
import type { Logs } from '../core/policy.ts';
import type { StreamName } from './stream.ts';

/** `bytes`: whole lines with their newlines, or a piece of one (`ended` false). `at`: milliseconds since 1970. The bytes may be given back as they are. */
export type Format = (bytes: Buffer, ended: boolean, stream: StreamName, at: number) => Buffer;

const NEWLINE = 10;

/** Without a beginning not a byte is added; with one each piece becomes a line of its own. */
export function createFormat({ format, prefix = '' }: Logs, service: string): Format {
  if (format === 'json') return (bytes, ended, stream, at) => jsonLines(bytes, ended, service, stream, at);
  const fixed = Buffer.from(prefix).toString('latin1');
  if (format === 'timestamps') return (bytes, ended, _stream, at) => begun(bytes, ended, `${stamp(at)} ${fixed}`);
  return fixed === '' ? (bytes) => bytes : (bytes, ended) => begun(bytes, ended, fixed);
}

/** `beginning`: bytes as latin1. Many lines at once: a string's replaceAll is three times as fast as a loop over lines. */
function begun(bytes: Buffer, ended: boolean, beginning: string): Buffer {
  const lines = bytes.toString('latin1', 0, ended ? bytes.length - 1 : bytes.length);
  return Buffer.from(`${beginning}${lines.replaceAll('\n', `\n${beginning.replaceAll('$', '$$$$')}`)}\n`, 'latin1');
}

function jsonLines(bytes: Buffer, ended: boolean, service: string, stream: StreamName, at: number): Buffer {
  const head = `{"at":"${stamp(at)}","service":${JSON.stringify(service)},"stream":"${stream}","text":`;
  const whole = ended ? bytes.subarray(0, -1) : bytes;
  if (isUtf8(whole)) return Buffer.from(`${head}${whole.toString('utf8').split('\n').map((line) => JSON.stringify(line)).join(`}\n${head}`)}}\n`);
  const lines: string[] = [];
  for (const line of linesOf(bytes)) {
    const { text, bytes: exact } = textOf(line);
    lines.push(`${head}${JSON.stringify(text)}${exact === undefined ? '' : `,"bytes":"${exact}"`}}\n`);
  }
  return Buffer.from(lines.join(''));
}

/** A line as text; where that is not all there is to say, because it is no UTF-8, its bytes in base64, too. */
export function textOf(line: Buffer): { text: string; bytes?: string } {
  const text = line.toString('utf8');
  return isUtf8(line) ? { text } : { text, bytes: line.toString('base64') };
}

/** Each line without its newline. */
export function linesOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline;
    found.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return found;
}

let stampedAt = -1;
let stamped = '';

/** ISO 8601 in UTC, with milliseconds. */
export function stamp(at: number): string {
  if (at !== stampedAt) {
    stamped = new Date(at).toISOString();
    stampedAt = at;
  }
  return stamped;
}
