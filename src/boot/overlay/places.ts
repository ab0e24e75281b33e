/** Paths that images of s6-overlay know by heart (spec/corpus 2.3): most of them lead to something of n6's own. */
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../../core/messages.ts';
import { reasonOf } from '../failure.ts';

/** Programs in /run/s6/basedir/bin: 55 finish scripts of the corpus call halt by this path. */
const ENDERS = ['halt', 'poweroff', 'reboot', 'shutdown'] as const;

/** Below `base`, which is /run; `home` holds command/halt. Throws the errno. */
export function makeEnders(base: string, home: string | undefined): void {
  const bin = path.join(base, 's6/basedir/bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ENDERS) symlinkSync(path.join(home ?? '/usr/lib/n6', 'command', name), path.join(bin, name));
}

/** What v1 and v2 have below /var/run/s6, and where v3 keeps the working directory. Throws the errno. */
export function makeStages(base: string, directories: readonly string[], workingDirectory: string): void {
  const at = (...parts: string[]): string => path.join(base, 's6', ...parts);
  for (const name of ['etc', 'env-stage2', 'env-stage3']) mkdirSync(at(name), { recursive: true });
  for (const directory of directories) symlinkSync(directory, at('etc', path.basename(directory)));
  writeFileSync(at('workdir'), `${workingDirectory}\n`);
}

/** Images put s6-rc sources of their own into the directory of the version they were built for; the link to it came with s6-overlay itself. */
const VERSION = /^s6-overlay-\d/;

/**
 * Makes `packages`/s6-overlay lead to the newest s6-overlay-VERSION where the image has such a directory and no link: their
 * scripts know each other by that path. Never throws: what cannot be made is told.
 */
export function linkPackage(packages: string, report: (report: Report) => void): void {
  const link = path.join(packages, 's6-overlay');
  if (!existsSync(packages)) return;
  try {
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return;
    const newest = readdirSync(packages).filter((name) => VERSION.test(name)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
    if (newest !== undefined) symlinkSync(newest, link);
  } catch (error) {
    const text = `cannot link ${link} to the version of s6-overlay that this image adds to: ${reasonOf(error)}; link it when the image is built`;
    report({ type: 'note', level: 'warn', text });
  }
}
