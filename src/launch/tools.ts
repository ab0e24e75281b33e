/** The programs of the base image by which a service becomes what its service.yaml says. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { refuse } from './refusal.ts';
import { missingTool } from './sentences.ts';

/** Each with the package that has it; busybox's own ones serve as well, but for those in NOT_BUSYBOX. */
const PACKAGES = {
  'setpriv': 'util-linux', 'prlimit': 'util-linux', 'choom': 'util-linux', 'ionice': 'util-linux', 'chroot': 'coreutils', 'nice': 'coreutils',
  'env': 'coreutils', 'su-exec': 'su-exec', 'gosu': 'gosu',
} as const;
export type Tool = keyof typeof PACKAGES;

/** Those of busybox have not the options that matter. */
const NOT_BUSYBOX: readonly Tool[] = ['setpriv', 'chroot'];

/** Not PATH, whose /command has programs of n6's own and which a container may set to anything. */
export const TOOL_PLACES: readonly string[] = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export type Tools = Readonly<{
  /** Absolute path; undefined: there is none. What was missing is looked for anew, because a script of the boot may install it. */
  find(tool: Tool): string | undefined;
  /** The same, or the start is refused; `what` is the key and value that need it. */
  need(tool: Tool, what: string): string;
}>;

export function createTools(places: readonly string[] = TOOL_PLACES): Tools {
  const found = new Map<Tool, string>();

  function find(tool: Tool): string | undefined {
    const known = found.get(tool);
    if (known !== undefined) return known;
    const place = places.map((directory) => path.join(directory, tool)).find((file) => isTool(file, tool));
    if (place !== undefined) found.set(tool, place);
    return place;
  }

  return { find, need: (tool, what) => find(tool) ?? refuse('tool', missingTool(what, tool, PACKAGES[tool]), 'ENOENT') };
}

function isTool(file: string, tool: Tool): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() && !(NOT_BUSYBOX.includes(tool) && isBusybox(file));
  } catch {
    return false;
  }
}

/** Links of either kind. */
const isBusybox = (file: string): boolean => ['/bin/busybox', '/usr/bin/busybox'].some((busybox) => {
  const [one, other] = [statSync(file), statSync(busybox, { throwIfNoEntry: false })];
  return other !== undefined && one.ino === other.ino && one.dev === other.dev;
});
