/** A group that may read through the control socket: loaded when N6_CONTROL_GROUP is set. */
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { groupTrouble } from '../core/control-messages.ts';
import { errnoText, type Report } from '../core/messages.ts';
import { identityOf } from '../launch/accounts.ts';
import { readOwn } from '../launch/own.ts';

/**
 * Lets a group pass through the runtime directory, and nobody into what else is in it. Gives the group's number;
 * undefined, and said why: it cannot be had.
 */
export function openToGroup(group: string, runtime: string, report: (report: Report) => void): number | undefined {
  try {
    const { group: number } = identityOf({ user: undefined, group, groups: undefined }, readOwn())!;
    // The environment of the services, and copies of theirs: until now the directory around them has kept others out.
    for (const entry of readdirSync(runtime, { withFileTypes: true })) {
      if (entry.isDirectory()) chmodSync(path.join(runtime, entry.name), 0o700);
    }
    chownSync(runtime, process.geteuid!(), number);
    chmodSync(runtime, 0o750);
    return number;
  } catch (error) {
    report({ type: 'note', level: 'error', text: groupTrouble(group, whyOf(error)) });
    return undefined;
  }
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('failure' in error) return (error.failure as { subject: string }).subject;
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : errnoText(code);
}
