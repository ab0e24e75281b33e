/** Files of a root that need not be the one this process lives in: links are followed inside it, as they will be in its container. */
import { lstatSync, readlinkSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * The address, on this machine, of what `file` (absolute) means in the container whose root is `root`; `..` never leaves
 * it. undefined where there is nothing, or the links go round in a circle.
 */
export function resolveIn(root: string, file: string): string | undefined {
  let links = 0;
  let place = '';
  const left = file.split('/').reverse();
  while (left.length > 0) {
    const part = left.pop()!;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      place = path.posix.dirname(place).replace(/^[./]$/, '');
      continue;
    }
    const next = `${place}/${part}`;
    const stats = lookAt(path.join(root, next));
    if (stats === undefined) return undefined;
    if (!stats.isSymbolicLink()) {
      place = next;
      continue;
    }
    if (++links > MOST_LINKS) return undefined;
    const target = readlinkSync(path.join(root, next));
    if (target.startsWith('/')) place = '';
    left.push(...target.split('/').reverse());
  }
  return path.join(root, place);
}

/** Of what `file` leads to in `root`. */
export function statIn(root: string, file: string): Stats | undefined {
  const place = resolveIn(root, file);
  try {
    return place === undefined ? undefined : statSync(place);
  } catch {
    return undefined;
  }
}

/** Something has this name, be it a link that leads nowhere. Its directory is looked for in `root`. */
export function isNamed(root: string, file: string): boolean {
  const directory = resolveIn(root, path.posix.dirname(file));
  return directory !== undefined && lookAt(path.join(directory, path.posix.basename(file))) !== undefined;
}

function lookAt(place: string): Stats | undefined {
  try {
    return lstatSync(place);
  } catch {
    return undefined;
  }
}
