/** Names of programs become names of directories. */

/** Without what a scan directory does not take as a service, or a shell or `svc` would take for something else. */
export function directoryName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_.@+-]+/g, '-').replace(/^[.-]+/, '').replace(/-+$/, '').slice(0, LONGEST);
  return safe === '' ? 'service' : safe;
}

/** Room for NAME/log, and for the names that `supervise` makes of it (NAME_MAX is 255). */
const LONGEST = 200;
