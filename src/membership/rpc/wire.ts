/** The messages of Serf's RPC: MessagePack in, plain values out. Old and new agents write text as str, as raw and as bin: all of it is taken as bytes. */
import { decode, encode } from '@msgpack/msgpack';
import { MEMBER_STATUSES, sortMembers, type Member, type MemberStatus } from '../../core/members.ts';

export type Message = Readonly<Record<string, unknown>>;

/** A key that the codec refuses, and that somebody may give a tag all the same. */
const PROTO = '__proto__';
const ESCAPED = '\0__proto__';
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
const keyText = (bytes: Uint8Array): string => {
  const key = textDecoder.decode(bytes);
  return key === PROTO ? ESCAPED : key;
};

const OPTIONS = {
  rawStrings: true,
  keyDecoder: { canBeCached: () => true, decode: (bytes: Uint8Array, offset: number, length: number) => keyText(bytes.subarray(offset, offset + length)) },
  mapKeyConverter: (key: unknown): string => (key instanceof Uint8Array ? keyText(key) : String(key)),
};

/** Throws an Error for what is no whole value of MessagePack. */
export const decodeMessage = (frame: Uint8Array): unknown => decode(frame, OPTIONS);

export const encodeMessage = (message: unknown): Uint8Array => encode(message);

export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && Object.getPrototypeOf(value) === Object.prototype;

/** '' for what is no text. Bytes that are no UTF-8 become U+FFFD. */
export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return textDecoder.decode(value);
  return typeof value === 'string' ? value : '';
}

/** The answer to `members`, sorted. A member without a name, or of no known status, is left out. */
export function membersIn(body: Message | undefined): Member[] {
  const listed = body?.['Members'];
  return sortMembers((Array.isArray(listed) ? listed : []).flatMap((one: unknown) => (isMessage(one) ? memberOf(one) : [])));
}

function memberOf(one: Message): Member[] {
  const name = textOf(one['Name']);
  const status = textOf(one['Status']);
  if (name === '' || !isStatus(status)) return [];
  const tags = isMessage(one['Tags'])
    ? Object.fromEntries(Object.entries(one['Tags']).map(([key, value]) => [key === ESCAPED ? PROTO : key, textOf(value)])) : {};
  const port = one['Port'];
  return [{
    name, status, tags, address: addressOf(one['Addr']), port: typeof port === 'number' && port > 0 ? port : undefined,
    role: Object.hasOwn(tags, 'role') ? tags['role']! : '',
  }];
}

const isStatus = (text: string): text is MemberStatus => (MEMBER_STATUSES as readonly string[]).includes(text);

/** Of 4 or 16 bytes, of which the latter may hold an IPv4 address; '' for anything else. */
function addressOf(value: unknown): string {
  if (!(value instanceof Uint8Array)) return '';
  if (value.length === 4) return value.join('.');
  if (value.length !== 16) return '';
  const isMapped = value.subarray(0, 10).every((byte) => byte === 0) && value[10] === 255 && value[11] === 255;
  if (isMapped) return value.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (value[2 * index]! * 256 + value[2 * index + 1]!).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
