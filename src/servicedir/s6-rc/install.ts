/** Longruns become service directories that run: copied, as s6-rc does, with what means something there (spec 5.2, 5.4). */
import { lstatSync, mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { Definition } from '../../core/definition.ts';
import { errnoText, type Problem } from '../../core/messages.ts';
import { copyService } from '../copy.ts';
import { readServiceDirectory } from '../read.ts';
import type { YamlPort } from '../yaml/port.ts';
import type { Source } from './read.ts';

/** What s6-rc reads itself, and what in a source is no part of a service: a longrun's `down` is not "start down", its log/ no logger. */
const NOT_COPIED: readonly string[] = [
  'down', 'log', 'type', 'up', 'dependencies', 'dependencies.d', 'contents', 'contents.d', 'producer-for', 'consumer-for', 'pipeline-name',
  'timeout-up', 'timeout-down', 'flag-essential', 'flag-recommended',
];

/** What a `service.yaml` beside it may not say again. */
export const SAID_BY_S6_RC: readonly string[] = ['type'];

export type Longruns = Readonly<{
  longruns: Iterable<Source>;
  /** Producer to consumer. */
  consumers: ReadonlyMap<string, string>;
  /** Where they are copied to. */
  copies: string;
  scanDirectory: string;
  yaml?: YamlPort | undefined;
}>;

/**
 * Copies each longrun to `copies`/NAME and links it into the scan directory. Each is down until a change brings it up. Never
 * throws: what could not be copied is told, and cannot be started.
 */
export function installLongruns({ longruns, consumers, copies, scanDirectory, yaml }: Longruns): { definitions: Definition[]; problems: Problem[] } {
  const consumed = new Set(consumers.values());
  const definitions: Definition[] = [];
  const problems: Problem[] = [];
  for (const { name, directory } of longruns) {
    const copy = path.join(copies, name);
    try {
      mkdirSync(copies, { recursive: true });
      copyService(directory, copy);
      for (const entry of NOT_COPIED) rmSync(path.join(copy, entry), { recursive: true, force: true });
      link(copy, path.join(scanDirectory, name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push({
        service: name, file: copy, value: code === undefined ? String(error) : errnoText(code), expected: 'a directory that can be written',
        remedy: 'check its mode and the space left',
      });
    }
    const read = readServiceDirectory(copy, name, { yaml, gone: SAID_BY_S6_RC });
    // A pipe is named after who reads from it.
    const stdinPipe = consumed.has(name) ? name : undefined;
    definitions.push({ ...read.definition, startsDown: true, stdinPipe, stdoutPipe: consumers.get(name) });
    problems.push(...read.problems);
  }
  return { definitions, problems };
}

function link(target: string, place: string): void {
  if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true) unlinkSync(place);
  symlinkSync(target, place);
}
