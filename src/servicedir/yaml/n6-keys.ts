/**
 * THE list of what n6.yaml can say: every setting, and who knows the members of the cluster. Its reader, `schema/n6.schema.json`
 * and the tables of docs/reference/n6-yaml.md are derived from it.
 */
import { addressText } from '../../core/address.ts';
import { nearest } from '../../core/messages.ts';
import { MEMBERSHIP_DEFAULT, SERF_PORT, SERF_RPC } from '../../core/membership-plan.ts';
import { address, duration, literal, place, printDuration, serviceName, variable } from './forms.ts';
import { keys, orNothing } from './keys-shape.ts';
import { SETTING_KEYS } from './n6-settings.ts';
import { choice, either, list, mapOf, number, text, word, type Key, type Keys, type Shape, type ValueOf } from './shape.ts';

const key = <T>(shape: Shape<T>, meaning: string, otherwise: string, example: string): Key<T> => ({ shape, meaning, otherwise, example });
const must = <T>(shape: Shape<T>, meaning: string, example: string): Key<T> =>
  ({ shape, meaning, otherwise: 'none: it has to be there', example, required: true });
const every = (meaning: string, otherwise: number): Key<number> =>
  key(duration({ positive: true }), meaning, `\`${printDuration(otherwise)}\``, printDuration(otherwise));

const port = number(1, 65_535, { example: 3000 });
const hostName = text('a host name or an IP address', 's1', /^[^\s\0=,{}]{1,253}$/);
/** `ha`, `ha:7946`, `[::1]:7946`, `::1`. */
const seed: Shape<{ host: string; port: number }> = word<{ host: string; port: number }>({
  expected: 'HOST, or HOST:PORT', example: 'ha', schema: { pattern: '^\\S+$' },
  parse(given) {
    if (/^[\da-fA-F:.]*:[\da-fA-F:.]*:[\da-fA-F:.]*$/.test(given)) return { host: given, port: SERF_PORT };
    const [, bracketed, plain, digits] = /^(?:\[([\da-fA-F:.]{2,60})\]|([^\s:[\]/]{1,253}))(?::(\d{1,5}))?$/.exec(given) ?? [];
    const host = bracketed ?? plain;
    const number = digits === undefined ? SERF_PORT : Number(digits);
    if (host === undefined) return undefined;
    return number >= 1 && number <= 65_535 ? { host, port: number } : { wrong: 'a port is from 1 to 65535' };
  },
});
const tags = mapOf({ expected: 'the name of a tag', pattern: /^[^\0]{1,128}$/ }, literal, 'tags');

const COMMON = {
  role: key(text('text', 'backend'), 'role of all that say none themselves', 'none', 'backend'),
  tags: key(tags, 'tags of all, where they say no others themselves', 'none', '{ zone: a }'),
  port: key(port, 'port of all that say none', 'none', '3000'),
} as const;

const one = keys({
  name: must(text('text', 's1'), 'unique', 's1'),
  address: key(hostName, 'IP address, or a name that is looked up', 'its name', '10.0.0.1'),
  port: key(port, 'its port', "that of all", '3000'),
  role: key(text('text', 'backend'), 'its role', 'that of all', 'backend'),
  tags: key(tags, 'its tags, besides those of all', 'none', '{ zone: b }'),
});
/** A list of members, in n6.yaml or in a file of its own. */
export const MEMBERS = list(either(hostName, one), 'names, addresses, or mappings', { most: 10_000 });
export type WrittenMembers = ValueOf<typeof MEMBERS>;

const numbered = text('text with # where the number goes', 's#', /#/);

const serf = orNothing(keys({
  'rpc': key(address, 'where its agent listens for RPC', `\`${addressText(SERF_RPC)}\``, addressText(SERF_RPC)),
  'auth-key': key(literal, "its agent's rpc_auth", 'none', 'secret'),
  'auth-key-file': key(place, 'a file with that key, read at each connection; a relative path begins beside n6.yaml', 'none', '/run/secrets/serf'),
  'seeds': key(list(seed, 'hosts, with or without a port', { most: 100 }),
    'members that the agent is told to join whenever one of them is not among the members that are alive', 'none', '[ha, s1]'),
  'service': key(serviceName, 'the service that is the agent: it is told to leave the cluster before services stop', '`serf`', 'serf'),
  'interval': every('how often the list of members is read without any sign of a change', MEMBERSHIP_DEFAULT.serfInterval),
}));

const staticMembers = keys({
  members: key(MEMBERS, 'the members', 'none', '[s1, { name: s2, address: 10.0.0.2 }]'),
  file: key(place, 'a YAML file with such a list; it is watched; a relative path begins beside n6.yaml', 'none', 'members.yaml'),
  variable: key(variable, 'a variable of the container with NAME=ADDRESS, or NAME, split at blanks and commas', 'none', 'BACKENDS'),
  count: key(either(number(0, 10_000), variable), 'how many there are: a number, or the name of a variable that has it', 'none', 'NUMBER_OF_INSTANCES'),
  name: key(numbered, 'with `count`: their names, numbered from 1', '`node#`', 's#'),
  address: key(numbered, 'with `count`: their addresses, or names that are looked up', 'their names', '10.0.0.#'),
  ...COMMON,
  interval: every('how often names are looked up again', MEMBERSHIP_DEFAULT.staticInterval),
}, { one: ['members', 'file', 'variable', 'count'] });

const dns = keys({
  name: must(text('a host name', 'tasks.web', /^[^\s\0]{1,253}$/), 'the name whose records are the members', 'tasks.web'),
  type: key(choice(['address', 'srv'], nearest), '`address`: A and AAAA, members are named by their addresses; `srv`: SRV, they are named by their targets and '
    + 'have a port', '`address`', 'srv'),
  server: key(address, 'the server that is asked', 'those of resolv.conf(5)', '127.0.0.11:53'),
  ...COMMON,
  interval: every('how often it is asked', MEMBERSHIP_DEFAULT.dnsInterval),
});

export const MEMBERSHIP = {
  serf: key(serf, 'an agent of Serf knows them', 'not asked', '{ seeds: [ha] }'),
  static: key(staticMembers, 'they are written down', 'not asked', '{ count: NUMBER_OF_INSTANCES, name: s# }'),
  dns: key(dns, 'a name in the DNS has them', 'not asked', '{ name: tasks.web }'),
} as const;
const membership = keys(MEMBERSHIP, { one: Object.keys(MEMBERSHIP) });
export type WrittenMembership = ValueOf<typeof membership>;

export const N6 = {
  ...SETTING_KEYS,
  membership: key(membership, 'who knows the members of the cluster', 'nobody; what `svc event` is called with is all that is known',
    '{ serf: { seeds: [ha] } }'),
} as const satisfies Keys;

export const N6_SHAPE = keys(N6 as Keys, { file: 'n6.yaml' });
