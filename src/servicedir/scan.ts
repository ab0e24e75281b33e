import { readdirSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';
import type { Definition } from '../core/definition.ts';
import type { Problem } from '../core/messages.ts';
import { readServiceDirectory, type ReadResult } from './read.ts';
import type { Interpreters } from './script.ts';
import type { YamlPort } from './yaml/port.ts';

export type ScanResult = {
  /** Sorted by the bytes of their names; a logger `NAME/log` comes after NAME. */
  definitions: Definition[];
  problems: Problem[];
  /** Name of the errno when the scan directory itself cannot be read; nothing is known then. */
  unreadable: string | undefined;
  /** Left out because the reader of `service.yaml` is not loaded yet: nothing may be concluded about them. */
  deferred: string[];
  /** Left out by their `enabled-if`. */
  disabled: { name: string; why: string }[];
  /** `FILE:LINE` of a key of a service's `service.yaml`. */
  place(service: string, key: string): string;
};

export type ScanOptions = Readonly<{
  /** Names that are somebody else's. */
  skip?: (name: string) => boolean;
  yaml?: YamlPort | undefined;
}>;

/**
 * Every directory in `directory`, or link to one, that does not begin with a dot is a service (spec 3.1), and so is
 * the directory `log` in it (spec 3.3); files are nothing. Never throws.
 */
export function scanServices(directory: string, { skip = () => false, yaml }: ScanOptions = {}): ScanResult {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    return { ...NOTHING, unreadable: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
  const absolute = path.resolve(directory);
  const interpreters: Interpreters = new Map();
  const definitions: Definition[] = [];
  const problems: Problem[] = [];
  const deferred: string[] = [];
  const disabled: ScanResult['disabled'] = [];
  const places = new Map<string, ReadResult['place']>();
  for (const entry of entries.filter(({ name }) => !name.startsWith('.') && !skip(name)).sort(byBytes)) {
    const place = `${absolute}/${entry.name}`;
    const found = judge(entry, absolute, place);
    if (found === 'nothing') continue;
    if (found !== 'service') {
      problems.push(found);
      continue;
    }
    const read = readServiceDirectory(place, entry.name, { interpreters, yaml });
    const logger = read.definition.stdoutPipe;
    const all = logger === undefined ? [read] : [read, readServiceDirectory(`${absolute}/${logger}`, logger, { interpreters, yaml })];
    // A service without its logger would block as soon as the pipe is full; a logger without its service has nothing to read.
    if (all.some((one) => one.deferred)) {
      deferred.push(...all.map(({ definition }) => definition.name));
      continue;
    }
    if (read.disabled !== undefined) {
      disabled.push({ name: entry.name, why: read.disabled });
      continue;
    }
    definitions.push(...all.map(({ definition }) => definition));
    problems.push(...all.flatMap((one) => one.problems));
    for (const one of all) places.set(one.definition.name, one.place);
  }
  return { definitions, problems, unreadable: undefined, deferred, disabled, place: (service, key) => places.get(service)?.(key) ?? `${absolute}/${service}` };
}

/** A look at nothing. */
export const NOTHING: ScanResult = { definitions: [], problems: [], unreadable: undefined, deferred: [], disabled: [], place: (service) => service };

/** UTF-8 keeps the order of code points, UTF-16 does not: JavaScript's own order differs beyond U+FFFF. */
function byBytes({ name: a }: Dirent, { name: b }: Dirent): number {
  return BEYOND_ASCII.test(a) || BEYOND_ASCII.test(b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : 1;
}

/** What Node cannot read as UTF-8 it gives with U+FFFD in it, and no path leads back from there. */
function judge(entry: Dirent, directory: string, place: string): Problem | 'service' | 'nothing' {
  const kind = kindOf(entry, place);
  const { name } = entry;
  if (kind === 'file') return 'nothing';
  if (kind === 'dangling') {
    const remedy = `see where it leads: readlink ${place}`;
    return { service: name, file: place, value: 'a link that leads nowhere', expected: 'a service directory', remedy };
  }
  if (!ODD.test(name)) return 'service';
  // Quoted as a value alone: elsewhere it could break a line of the log.
  return { service: '', file: directory, value: name, expected: 'names in UTF-8 without control characters', remedy: 'rename it; it is not supervised' };
}

function kindOf(entry: Dirent, place: string): 'directory' | 'file' | 'dangling' {
  if (entry.isDirectory()) return 'directory';
  if (entry.isFile()) return 'file';
  try {
    return statSync(place).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    // Not a link: a file system that does not tell kinds, or an entry that has gone since.
    if (!entry.isSymbolicLink()) return 'file';
    return ['ENOENT', 'ELOOP', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '') ? 'dangling' : 'directory';
  }
}

const BEYOND_ASCII = /[^\0-\x7f]/;
const ODD = /[\0-\x1f\x7f\ufffd]/;
