/**
 * THE list of what a file of `templates.d` can say. Its reader, the type of what it reads, `schema/template.schema.json` and
 * the tables of docs/reference/templates.md are derived from it.
 */
import { MEMBER_STATUSES } from '../core/members.ts';
import { nearest } from '../core/messages.ts';
import { command, duration, literal, oneOrMore, place, printDuration, serviceName } from '../servicedir/yaml/forms.ts';
import { keys } from '../servicedir/yaml/keys-shape.ts';
import { choice, either, list, mapOf, number, refuse, text, to, type Key, type Shape, type ValueOf } from '../servicedir/yaml/shape.ts';
import type { Written } from '../servicedir/yaml/written.ts';
import type { Data } from './helpers.ts';

/** Milliseconds, where a key is left out. */
export const DEFAULT = { min: 1000, max: 5000, timeout: 10_000, minimumMembers: 1 } as const;

const key = <T>(shape: Shape<T>, meaning: string, otherwise: string, example: string): Key<T> => ({ shape, meaning, otherwise, example });
const must = <T>(shape: Shape<T>, meaning: string, example: string): Key<T> =>
  ({ shape, meaning, otherwise: 'none: it has to be there', example, required: true });
const time = (meaning: string, otherwise: number, example: string): Key<number> => key(duration(), meaning, `\`${printDuration(otherwise)}\``, example);

const status = choice(MEMBER_STATUSES, nearest);
const statuses: Shape<readonly string[]> = either(to(status, (one) => [one]), list(status, 'statuses', { least: 1 }));

/** The trap: YAML 1.2 reads 640 as a decimal number. */
const mode: Shape<number> = {
  expected: 'an octal mode in quotes, such as "0640"',
  kinds: ['text', 'number'],
  schema: { type: 'string', pattern: '^(0o)?[0-7]{3,4}$' },
  read(written, at) {
    if (written.kind === 'number') return refuse(written, at, mode.expected, `write "${written.text}": without quotes YAML reads it as a decimal number`);
    const digits = written.kind === 'text' ? /^(?:0o)?([0-7]{3,4})$/.exec(written.text)?.[1] : undefined;
    return digits === undefined ? refuse(written, at, mode.expected, 'use three or four digits from 0 to 7') : Number.parseInt(digits, 8);
  },
};

export const OWNER = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\$?)?(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\$?)?$/;

/** What a file, or a value of the writer's own, is to a template. */
export function toData(written: Written): Data {
  switch (written.kind) {
    case 'map': return Object.fromEntries(written.entries.map(({ key: name, value }) => [name, toData(value)]));
    case 'list': return written.items.map(toData);
    case 'text': return written.text;
    // As it is written where that says more, such as 1.50 or 0640.
    case 'number': return String(written.number) === written.text ? written.number : written.text;
    case 'flag': return written.flag;
    case 'nothing': return null;
  }
}

const anything: Shape<Data> = {
  expected: 'anything', kinds: ['map', 'list', 'text', 'number', 'flag', 'nothing'], schema: {}, read: (written) => toData(written),
};

const NAME = { expected: 'a name of letters, digits, - and _', pattern: /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/ };

const members = keys({
  role: key(oneOrMore(text('a role', 'backend'), 'roles'), 'only those with this role, or one of these', 'whatever they have', 'backend'),
  status: key(statuses, 'only those of this status, or of one of these', '`alive`', '[alive, leaving]'),
  tags: key(mapOf({ expected: 'the name of a tag', pattern: /^[^\0-\x1f]{1,255}$/ }, literal, 'tags'),
    'only those that have all of these tags, with these values',
    'whatever they have', '{ zone: eu }'),
  names: key(choice(['plain', 'any'], nearest),
    '`plain`: who calls himself something other than letters, digits and `. _ : @ % + ~ -` is left out, and told; `any`: only who has control characters in it',
    '`plain`', 'any'),
});

const wait = keys({
  min: time('nothing changes for so long before it is rendered', DEFAULT.min, '500ms'),
  max: time('so long is waited for that, at most, from the first change on', DEFAULT.max, '10s'),
});

export const TEMPLATE = {
  'source': must(place, 'the template, in the language of Handlebars; a relative path begins beside this file', 'haproxy.cfg.hbs'),
  'destination': must(place, 'the file that is made of it; directories that are missing are made', '/etc/haproxy/haproxy.cfg'),
  'data': key(keys({
    members: key(members, 'which members of the cluster it sees', 'all that are alive', '{ role: backend }'),
    files: key(mapOf(NAME, place, 'paths'), 'JSON and YAML files, by the name under which `files` has them; they are watched', 'none', '{ site: site.yaml }'),
    values: key(mapOf(NAME, anything, 'values'), 'values of your own, in `values`', 'none', '{ port: 80 }'),
  }), 'what the template sees beside `services` and `env`', 'all members that are alive', '{ members: { role: backend } }'),
  'owner': key(text('USER, USER:GROUP or :GROUP', 'haproxy:haproxy', OWNER), 'whose file it is, by name or number; only as root',
    'as the file that is there, else n6 itself', 'haproxy:haproxy'),
  'mode': key(mode, 'its mode (chmod(1)): octal, in quotes', 'as the file that is there, else `"0644"`', '"0640"'),
  'check': key(command, 'has to end with 0 before the file is replaced; `{file}` is the new one, beside the destination. '
    + 'It runs as the service to reload does, in its directory; else as n6, beside this file', 'none', '[haproxy, -c, -f, "{file}"]'),
  'reload': key(either(serviceName, command, keys({
    command: must(command, 'what tells the reader of the file', '[nginx, -s, reload]'),
  })), 'who reads the file: a service, which is reloaded as its service.yaml says and started only when the file is there, or a command',
  'nobody is told', 'ha'),
  'timeout': key(duration({ positive: true }), 'time for the check, and for a command that reloads', `\`${printDuration(DEFAULT.timeout)}\``, '10s'),
  'wait': key(wait, 'changes that come soon after each other are one', '`{ min: 1s, max: 5s }`', '{ min: 500ms, max: 10s }'),
  'minimum-members': key(number(0, 100_000), 'fewer members do not take the place of at least so many: the last good file stays. 0: they do',
    `\`${DEFAULT.minimumMembers}\``, '0'),
} as const;

export const TEMPLATE_SHAPE = keys(TEMPLATE, { file: 'a template of templates.d' });
export type TemplateYaml = ValueOf<typeof TEMPLATE_SHAPE>;
