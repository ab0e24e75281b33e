/**
 * The names that images expect in /usr/bin and /bin, as links to n6's companions (contract section 2): at boot, and at
 * build time by `svc link`. Nothing that an image has is ever replaced, also not where it has it in another directory.
 */
import { promises, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { isNamed, resolveIn } from './root.ts';

export type Link = Readonly<{
  /** As the container sees it. */
  place: string;
  target: string;
}>;

export type LinkOutcome = Readonly<{
  /** Places, sorted. */
  made: readonly string[];
  /** The first that could not be made; no further one was tried. `code` is the errno's name. */
  failed: Readonly<{ place: string; code: string }> | undefined;
}>;

/** Both occur as absolute paths (corpus 2.1, 3.1). Where /bin is a link to usr/bin they are one. */
const PLACES = ['/usr/bin', '/bin'];
/** Where an image's own program of that name may be. */
const SEARCHED = [...PLACES, '/usr/local/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * Companions that are found in /command alone: words of execline that mean something else to every shell and to POSIX,
 * what ends a machine, and svc, which has a place of its own. `export` is not among them: scripts call /bin/export (corpus 2.2).
 */
export const NEVER_LINKED: ReadonlySet<string> = new Set([
  'cd', 'exec', 'exit', 'if', 'shift', 'trap', 'true', 'false', 'test', 'umask', 'unexport', 'wait',
  'halt', 'poweroff', 'reboot', 'shutdown', 'svc',
]);

/**
 * What scripts call by an absolute path most, or what stands in their hashbangs (corpus 2.1, 2.2): linked before the first
 * service is started. 160 links in an overlay on a disk take 10 to 20 ms, so the others follow while services start.
 */
export const FIRST: readonly string[] = ['with-contenv', 'execlineb', 's6-setuidgid', 's6-svc', 's6-svscanctl', 's6-test'];

/** Names of the companions that an n6 has, sorted; `home` is the directory above its command/. */
export function companionsOf(home: string): string[] {
  try {
    return readdirSync(path.join(home, 'command')).sort();
  } catch {
    return [];
  }
}

/** The links that `root` lacks, for companions of the n6 in `home`. */
export function missingLinks(home: string, names: readonly string[], root = '/'): Link[] {
  const seen = new Set<string>();
  const places = PLACES.filter((place) => {
    const real = resolveIn(root, place);
    if (real === undefined || seen.has(real)) return false;
    seen.add(real);
    return true;
  });
  return names.filter((name) => !NEVER_LINKED.has(name)).flatMap((name) => (SEARCHED.some((directory) => isNamed(root, `${directory}/${name}`))
    ? [] : places.map((place) => ({ place: `${place}/${name}`, target: path.join(home, 'command', name) }))));
}

/** Makes links, and stops at the first that cannot be made: what forbids one forbids all. Never throws. */
export function makeLinks(links: readonly Link[], root = '/'): LinkOutcome {
  const made: string[] = [];
  for (const { place, target } of links) {
    try {
      symlinkSync(target, path.join(root, place));
      made.push(place);
    } catch (error) {
      const code = codeOf(error);
      // Somebody was faster, and an image's own file stays.
      if (code !== 'EEXIST') return { made, failed: { place, code } };
    }
  }
  return { made, failed: undefined };
}

/**
 * At boot: the first names before this returns, the others one after another on libuv's pool, so that the loop starts
 * services meanwhile. `failed` is called at most once. Resolves when all is done; never rejects.
 */
export async function linkAtBoot(home: string, failed: (failure: NonNullable<LinkOutcome['failed']>) => void): Promise<void> {
  const names = companionsOf(home);
  const first = makeLinks(missingLinks(home, names.filter((name) => FIRST.includes(name))));
  if (first.failed !== undefined) return failed(first.failed);
  // To look for a hundred names in six directories is 2 ms, which the first start need not wait for.
  await new Promise((resolve) => setImmediate(resolve));
  for (const { place, target } of missingLinks(home, names)) {
    try {
      await promises.symlink(target, place);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'EEXIST') return failed({ place, code });
    }
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
