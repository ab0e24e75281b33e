/** The sockets of a supervisor that nobody named: that of the container one is in. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';

/**
 * /run/n6/control.sock, and where a supervisor goes that cannot write to /run (contract section 4). /tmp/n6-UID counts
 * only when it belongs to this user: anybody may make a directory of that name, and would be sent what `svc` sends.
 */
export function standardPlaces(environment: Readonly<Record<string, string | undefined>>): string[] {
  const runtime = environment['XDG_RUNTIME_DIR'] ?? '';
  const user = process.getuid?.() ?? 0;
  const temporary = `/tmp/n6-${user}`;
  return [
    '/run/n6/control.sock',
    ...(runtime.startsWith('/') ? [join(runtime, 'n6/n6/control.sock')] : []),
    ...(belongsTo(temporary, user) ? [join(temporary, 'n6/control.sock')] : []),
  ];
}

function belongsTo(directory: string, user: number): boolean {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  return stats !== undefined && stats.isDirectory() && stats.uid === user;
}
