/** The directory of an instance: links to what is in the directory of all, with a `supervise` and an `event` of its own. */
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { LIVE_NAMES } from './files.ts';

/**
 * Makes `destination` the directory of an instance of the service in `source`, or brings it up to date: what is gone there is gone here, what the
 * service has made here itself stays. A logger has a directory of its own, too. Throws the first errno it meets.
 */
export function makeInstance(source: string, destination: string): void {
  mkdirSync(destination, { recursive: true, mode: 0o755 });
  const entries = readdirSync(source, { withFileTypes: true }).filter(({ name }) => !LIVE_NAMES.includes(name));
  const names = new Set(entries.map(({ name }) => name));
  for (const entry of readdirSync(destination)) {
    const place = path.join(destination, entry);
    if (!names.has(entry) && isLinkTo(place, path.join(source, entry))) unlinkSync(place);
  }
  for (const entry of entries) {
    const from = path.join(source, entry.name);
    const to = path.join(destination, entry.name);
    if (entry.name === LOGGER && entry.isDirectory()) makeInstance(from, to);
    else if (!isLinkTo(to, from)) link(from, to);
  }
}

const LOGGER = 'log';

/** Into the scan directory, where s6's tools and people look. What is no link there is somebody else's: it throws EEXIST. */
export function linkInstance(directory: string, place: string): void {
  if (isLinkTo(place, directory)) return;
  link(directory, place);
}

/** The directory of the instance, and its link: only one that leads there. */
export function removeInstance(directory: string, place: string): void {
  if (isLinkTo(place, directory)) unlinkSync(place);
  rmSync(directory, { recursive: true, force: true });
}

/** Names of the directories there; none where it cannot be read. */
export function instancesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function link(target: string, place: string): void {
  if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true) unlinkSync(place);
  symlinkSync(target, place);
}

function isLinkTo(place: string, target: string): boolean {
  try {
    return readlinkSync(place) === target;
  } catch {
    return false;
  }
}
