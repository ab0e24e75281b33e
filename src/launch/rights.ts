import type { Launch } from '../core/policy.ts';
import type { Identity } from './accounts.ts';
import { raised } from './limits.ts';
import type { Capability, Own } from './own.ts';
import { refuse } from './refusal.ts';
import { missingCapability, quoted } from './sentences.ts';

/**
 * Refuses what the tools would be refused, or would only complain of and go on, such as nice(1). By capabilities, not by
 * the uid: docker's root has neither CAP_SYS_NICE nor CAP_SYS_RESOURCE unless it was given them.
 */
export function requireRights(launch: Launch, identity: Identity | undefined, own: Own): void {
  const lacks = (what: string, capability: Capability): never => refuse('rights', missingCapability(what, capability, own.user), 'EPERM');
  if (identity !== undefined) {
    const [key, value] = launch.group === undefined ? ['user', launch.user ?? ''] as const : ['group', launch.group] as const;
    if (identity.user !== own.user && !own.can('SETUID')) lacks(quoted('user', launch.user!), 'SETUID');
    if (identity.group !== own.group && !own.can('SETGID')) lacks(quoted(key, value), 'SETGID');
    if (!sameGroups(identity, own) && !own.can('SETGID')) lacks(quoted(...groupsKey(launch)), 'SETGID');
  }
  const { nice, oomScoreAdj, ionice } = launch;
  if (nice !== undefined && !own.can('SYS_NICE') && nice < Math.min(own.nice(), 20 - softNice(own))) lacks(quoted('nice', nice), 'SYS_NICE');
  if (oomScoreAdj !== undefined && !own.can('SYS_RESOURCE') && oomScoreAdj < own.oomScoreAdj()) lacks(quoted('oom-score-adj', oomScoreAdj), 'SYS_RESOURCE');
  // Before Linux 5.14 it was CAP_SYS_ADMIN (ioprio_set(2)).
  if (ionice?.class === 'realtime' && !own.can('SYS_NICE') && !own.can('SYS_ADMIN')) lacks(quoted('ionice', 'realtime'), 'SYS_NICE');
  if (Object.keys(launch.limits).length === 0 || own.can('SYS_RESOURCE')) return;
  const [name] = raised(launch, own.limits());
  if (name !== undefined) lacks(quoted(`the hard limit ${name}`, launch.limits[name]!.hard), 'SYS_RESOURCE');
}

/** Nothing about it is to change. */
export const isSelf = (identity: Identity, own: Own): boolean =>
  identity.user === own.user && identity.group === own.group && sameGroups(identity, own);

/** Whether the first group is also a supplementary one makes no difference to anybody. */
function sameGroups(identity: Identity, own: Own): boolean {
  const [wanted, had] = [identity, own].map(({ group, groups }) => [...new Set([group, ...groups])].sort((a, b) => a - b).join());
  return wanted === had;
}

const groupsKey = ({ groups, user, group }: Launch): [string, string] =>
  (groups !== undefined ? ['groups', groups.join(', ')] : user !== undefined ? ['user', user] : ['group', group ?? '']);

/** RLIMIT_NICE lets a process go down to 20 minus this (getrlimit(2)). */
const softNice = (own: Own): number => own.limits().get('Max nice priority')?.soft ?? 0;
