import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Launch } from '../core/policy.ts';
import type { Identity } from './accounts.ts';
import { softFiles } from './limits.ts';
import type { Own } from './own.ts';
import { refuse } from './refusal.ts';
import { noWayToBecome, quoted } from './sentences.ts';
import type { Tools } from './tools.ts';
import { nameOf, valueIn } from './variables.ts';

export type Becoming = Readonly<{ words: readonly string[]; environment: readonly Buffer[] }>;

/**
 * The words before a program that make another user of the process, by the best that the image has (contract section 7), as
 * companions/lib/identity.sh has it. Numbers only: no tool has to look anything up. Every one of them execs.
 */
export function become(launch: Launch, identity: Identity, environment: readonly Buffer[], tools: Tools, own: Own, home: string | undefined): Becoming {
  const { user, group, groups } = identity;
  const setpriv = tools.find('setpriv');
  if (setpriv !== undefined) {
    const others = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
    return { words: [setpriv, '--reuid', String(user), '--regid', String(group), ...others, '--'], environment };
  }
  const chroot = own.can('SYS_CHROOT') ? tools.find('chroot') : undefined;
  if (chroot !== undefined) {
    const others = groups.map((one) => `+${one}`).join(',');
    return { words: [chroot, `--userspec=+${user}:+${group}`, `--groups=${others}`, '--skip-chdir', '/'], environment };
  }
  return bySuExec(launch, identity, environment, tools) ?? byNode(launch, identity, environment, own, home)
    ?? refuse('tool', noWayToBecome(launch.user === undefined ? 'group or groups' : quoted('user', launch.user)), 'ENOENT');
}

/** su-exec and gosu take a name with all its groups, or numbers with none but the first. Both set HOME, which is put right. */
function bySuExec({ group, groups }: Launch, identity: Identity, environment: readonly Buffer[], tools: Tools): Becoming | undefined {
  const program = tools.find('su-exec') ?? tools.find('gosu');
  const env = tools.find('env');
  const asName = group === undefined && groups === undefined ? identity.account?.name : undefined;
  const who = identity.groups.length === 0 ? `${identity.user}:${identity.group}` : asName;
  if (program === undefined || env === undefined || who === undefined) return undefined;
  const home = valueIn(environment, 'HOME');
  return { words: [program, who, env, ...(home === undefined ? ['-u', 'HOME'] : [`HOME=${home.toString()}`])], environment };
}

/** boot/become.ts: Node, which is there because n6 runs on it. NODE_OPTIONS is the service's, and it gives it back. */
function byNode(launch: Launch, { user, group, groups }: Identity, environment: readonly Buffer[], own: Own, home: string | undefined): Becoming | undefined {
  const program = home === undefined ? undefined : path.join(home, 'lib/become.cjs');
  if (program === undefined || !existsSync(program)) return undefined;
  const kept = environment.map((entry) => (nameOf(entry) === 'NODE_OPTIONS' ? Buffer.concat([Buffer.from('N6_KEPT_'), entry]) : entry));
  const limit = softFiles(launch, own);
  return {
    words: [process.execPath, '--', program, String(user), String(group), groups.join(','), limit === undefined ? 'unlimited' : String(limit)],
    environment: kept,
  };
}
