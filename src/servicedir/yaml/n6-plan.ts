/** From what n6.yaml says of the membership to what it means: defaults filled in, paths made absolute, variables asked. */
import path from 'node:path';
import { MEMBERSHIP_DEFAULT, SERF_RPC, type Common, type MembershipPlan, type StaticMember } from '../../core/membership-plan.ts';
import type { WrittenMembers, WrittenMembership } from './n6-keys.ts';
import type { Tell } from './rules.ts';

/** A variable of the container; absent: it is not known, and what depends on it is not checked. */
export type Variable = ((name: string) => string | undefined) | undefined;
type Given<K extends keyof WrittenMembership> = NonNullable<WrittenMembership[K]>;

/** undefined: there is none of the providers, which has been told. `directory`: where relative paths begin. */
export function toMembershipPlan(written: WrittenMembership, directory: string, variable: Variable, tell: Tell): MembershipPlan | undefined {
  const absolute = (place: string | undefined): string | undefined => (place === undefined ? undefined : path.resolve(directory, place));
  if (written.serf !== undefined) {
    const { rpc = SERF_RPC, seeds = [], service = 'serf', interval = MEMBERSHIP_DEFAULT.serfInterval } = written.serf;
    const authKey = written.serf['auth-key'];
    const authKeyFile = absolute(written.serf['auth-key-file']);
    if (authKey !== undefined && authKeyFile !== undefined) {
      tell('membership.serf.auth-key', 'auth-key', 'auth-key or auth-key-file, not both', 'take one of them away: they say the same thing');
    }
    return { provider: 'serf', rpc, authKey, authKeyFile, seeds, service, interval };
  }
  if (written.dns?.name !== undefined) {
    const { name, type = 'address', server, interval = MEMBERSHIP_DEFAULT.dnsInterval } = written.dns;
    return { provider: 'dns', name, kind: type, server, common: commonOf(written.dns), interval };
  }
  if (written.static === undefined) return undefined;
  const { file, interval = MEMBERSHIP_DEFAULT.staticInterval } = written.static;
  for (const key of ['name', 'address'] as const) {
    if (written.static[key] === undefined || written.static.count !== undefined) continue;
    tell(`membership.static.${key}`, key, `membership.static.${key} with membership.static.count`, 'take it away, or say how many there are');
  }
  const common = commonOf(written.static);
  return { provider: 'static', members: membersOf(written.static, common, variable, tell), file: absolute(file), common, interval };
}

const commonOf = ({ port, role = '', tags }: Pick<Given<'static'>, 'port' | 'role' | 'tags'>): Common =>
  ({ port, role, tags: Object.fromEntries(tags ?? []) });

function membersOf(given: Given<'static'>, common: Common, variable: Variable, tell: Tell): StaticMember[] {
  const { members, variable: name, count } = given;
  if (members !== undefined) return toMembers(members, common);
  if (name !== undefined) {
    const value = asked('variable', name, variable, tell) ?? '';
    return value.split(/[\s,]+/).filter((word) => word !== '').map((word) => {
      const at = word.indexOf('=');
      return withCommon(at < 0 ? { name: word } : { name: word.slice(0, at), address: word.slice(at + 1) }, common);
    });
  }
  if (count === undefined) return [];
  const names = given.name ?? 'node#';
  return Array.from({ length: numberOf(count, variable, tell) }, (_, index) => {
    const numbered = (pattern: string): string => pattern.replaceAll('#', String(index + 1));
    return withCommon({ name: numbered(names), address: given.address === undefined ? undefined : numbered(given.address) }, common);
  });
}

function numberOf(count: number | string, variable: Variable, tell: Tell): number {
  if (typeof count === 'number') return count;
  const value = asked('count', count, variable, tell);
  if (value === undefined) return 0;
  if (/^\d{1,4}$/.test(value.trim())) return Number(value);
  tell('membership.static.count', value.slice(0, 60), `the variable ${count} to be a number from 0 to 9999`, 'correct it where the container is started');
  return 0;
}

function asked(key: string, name: string, variable: Variable, tell: Tell): string | undefined {
  const value = variable?.(name);
  if (variable !== undefined && (value ?? '') === '') {
    tell(`membership.static.${key}`, name, `the variable ${name} to be set`, 'set it where the container is started: there are no members without it');
  }
  return value === '' ? undefined : value;
}

export const toMembers = (written: WrittenMembers, common: Common): StaticMember[] =>
  written.map((one) => withCommon(typeof one === 'string' ? { name: one } : { ...one, name: one.name! }, common));

type Own = Readonly<{
  name: string;
  address?: string | undefined;
  port?: number | undefined;
  role?: string | undefined;
  tags?: ReadonlyMap<string, string> | undefined;
}>;
function withCommon({ name, address = name, port, role, tags }: Own, common: Common): StaticMember {
  return { name, address, port: port ?? common.port, role: role ?? common.role, tags: { ...common.tags, ...Object.fromEntries(tags ?? []) } };
}
