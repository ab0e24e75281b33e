/** `--output DIR`: the tree itself. */
import { chmodSync, copyFileSync, constants, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Entry } from './model.ts';
import type { Part } from './tree.ts';

/** Services of which something is there already. */
export const occupied = (directory: string, parts: readonly Part[]): string[] =>
  parts.map(({ name }) => path.join(directory, name)).filter(isThere);

function isThere(place: string): boolean {
  try {
    return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // What is in its way is met when the tree is made.
    return false;
  }
}

/** Makes all of it, tells each file, and overwrites nothing: what came in between is the errno that it throws. */
export function writeTree(directory: string, parts: readonly Part[], tell: (place: string) => void): void {
  mkdirSync(directory, { recursive: true });
  for (const entry of parts.flatMap(({ entries }) => entries)) {
    const place = path.join(directory, entry.path);
    make(entry, place);
    if (entry.kind !== 'directory') tell(place);
  }
}

function make(entry: Entry, place: string): void {
  switch (entry.kind) {
    case 'directory': mkdirSync(place, { mode: 0o755 }); break;
    case 'link': return symlinkSync(entry.target, place);
    case 'copy': copyFileSync(entry.source, place, constants.COPYFILE_EXCL); break;
    case 'text': writeFileSync(place, entry.content, { flag: 'wx', mode: entry.mode & 0o600 }); break;
  }
  chmodSync(place, entry.mode);
}
