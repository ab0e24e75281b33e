/** What a container would find in a root: interpreters and programs, of the image and of n6. */
import path from 'node:path';
import { NEVER_LINKED } from './links.ts';
import { resolveIn, statIn } from './root.ts';

export type Tree = Readonly<{
  /** Where the container's `/` is on this machine. */
  root: string;
  /** On this machine; undefined for what the container lacks. */
  resolve(file: string): string | undefined;
  /** Where on this machine that is which the place, on this machine, leads to in the container; empty for nothing. */
  find(place: string): string;
  /** As the container sees it. */
  inside(place: string): string;
  /** By absolute path: an executable file of the image, or what n6 puts there. */
  hasProgram(file: string): boolean;
  /** By name, in the PATH that n6 gives. */
  finds(name: string): boolean;
  /** A hashbang may name a companion in any directory: n6 knows what is meant (contract section 2). */
  interprets(interpreter: string): boolean;
}>;

/** The default PATH of containers, in front of which n6 puts /command. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Directories that n6 fills at boot with some of its companions, so that scripts find them by the paths that they know. */
const ENDERS: readonly string[] = ['halt', 'poweroff', 'reboot', 'shutdown'];
const ENDERS_IN = ['/run/s6/basedir/bin', '/var/run/s6/basedir/bin'];
const LINKED_IN = ['/usr/bin', '/bin'];

/** `companions`: names of those that the n6 has which is to run the image; `searched`: the container's PATH, where it is known. */
export function treeIn(root: string, companions: ReadonlySet<string>, searched = PATH): Tree {
  const isProgram = (file: string): boolean => {
    const stats = statIn(root, file);
    return stats?.isFile() === true && (stats.mode & 0o111) !== 0;
  };
  const inside = (place: string): string => `/${path.relative(root, place)}`;
  const hasProgram = (file: string): boolean => {
    const [directory, name] = [path.posix.dirname(file), path.posix.basename(file)];
    if (isProgram(file)) return true;
    if (ENDERS_IN.includes(directory)) return ENDERS.includes(name);
    if (!companions.has(name)) return false;
    return directory === '/command' || (LINKED_IN.includes(directory) && !NEVER_LINKED.has(name));
  };
  return {
    root,
    resolve: (file) => resolveIn(root, file),
    find: (place) => resolveIn(root, inside(place)) ?? '',
    inside,
    hasProgram,
    finds: (name) => companions.has(name) || searched.split(':').some((directory) => isProgram(`${directory}/${name}`)),
    interprets: (interpreter) => hasProgram(interpreter) || companions.has(path.posix.basename(interpreter)),
  };
}
