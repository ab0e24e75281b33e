/** Sentences about the files that a service in development is restarted for. */

export const watching = (paths: readonly string[]): string => `its files are watched: ${paths.join(', ')}`;

export const changedText = (file: string, others: number, then: 'restart' | 'reload'): string =>
  `${file}${others === 0 ? '' : ` and ${others} more`} changed: ${then === 'restart' ? 'restarting it' : 'reloading it'}`;

/** `code`: name of an errno, or whatever else is known. */
export function watchTrouble(code: string): string {
  const [what, remedy] = TROUBLES[code] ?? [code, 'look at what it watches'];
  return `cannot watch all of its files: ${what}; ${remedy}. The service goes on, changes may be missed: svc restart`;
}

/** inotify(7), "/proc interfaces". */
const TROUBLES: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOSPC: ['the limit of inotify watches is reached (ENOSPC)', 'watch fewer files, or raise it: sysctl fs.inotify.max_user_watches=524288'],
  EMFILE: ['the limit of inotify instances, or of open files, is reached (EMFILE)', 'raise it: sysctl fs.inotify.max_user_instances=512'],
  EACCES: ['permission denied (EACCES)', 'allow n6 to read them, or watch others'],
};
