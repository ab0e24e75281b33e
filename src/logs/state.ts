/** What a second life of this process needs of the first one's lines: plain data. Bytes are in base64. */
import type { Block } from './ring.ts';
import { STREAM_NAMES, type StreamName } from './stream.ts';

export type LogState = Readonly<{
  version: 1;
  /** Of the newest line. */
  seq: number;
  /** When the counting began, ISO 8601. */
  began: string;
  /** Formatted lines that the container's output has not taken; may begin within a line. */
  waiting: Readonly<Record<StreamName, string>>;
  services: Readonly<Record<string, ServiceLogState>>;
}>;

export type ServiceLogState = Readonly<{
  /** Beginnings of lines that have been read. */
  partial: Readonly<Record<StreamName, string>>;
  /** Formatted lines that its file has not taken. */
  waiting: string;
  /** The line that says that it is ready was in this life. */
  matched: boolean;
  /** Its newest lines, oldest first. */
  ring: readonly Readonly<{ block: Block; bytes: string }>[];
}>;

/** undefined: nothing that could be understood. What is wrong with one service is left out; the others have theirs. */
export function parseLogState(given: unknown): LogState | undefined {
  if (!isObject(given) || given['version'] !== 1 || !isCount(given['seq']) || typeof given['began'] !== 'string') return undefined;
  const services = Object.entries(isObject(given['services']) ? given['services'] : {}).map(([name, one]) => [name, parseService(one)] as const);
  return {
    version: 1,
    seq: given['seq'],
    began: given['began'],
    waiting: texts(given['waiting']),
    services: Object.fromEntries(services.filter((entry): entry is [string, ServiceLogState] => entry[1] !== undefined)),
  };
}

function parseService(given: unknown): ServiceLogState | undefined {
  if (!isObject(given)) return undefined;
  const ring = Array.isArray(given['ring']) ? given['ring'] as unknown[] : [];
  return {
    partial: texts(given['partial']),
    waiting: typeof given['waiting'] === 'string' ? given['waiting'] : '',
    matched: given['matched'] === true,
    ring: ring.filter(isKept),
  };
}

function isKept(given: unknown): given is ServiceLogState['ring'][number] {
  if (!isObject(given) || typeof given['bytes'] !== 'string' || !isObject(given['block'])) return false;
  const { seq, at, stream, lines, length, cut } = given['block'];
  return isCount(seq) && isCount(at) && isCount(lines) && isCount(length) && typeof cut === 'boolean' && STREAM_NAMES.some((name) => name === stream);
}

function texts(given: unknown): Record<StreamName, string> {
  const of = (name: StreamName): string => (isObject(given) && typeof given[name] === 'string' ? given[name] : '');
  return { stdout: of('stdout'), stderr: of('stderr') };
}

const isObject = (given: unknown): given is Record<string, unknown> => typeof given === 'object' && given !== null && !Array.isArray(given);
const isCount = (given: unknown): given is number => typeof given === 'number' && Number.isSafeInteger(given) && given >= 0;
