import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pokeSerf } from '../../src/membership/serf.ts';
import { pokes } from '../../src/membership/sources.ts';

/** What agent 0.9.4 of Debian hands to a handler when two members join at once. */
const join = {
  environment: { SERF_EVENT: 'member-join', SERF_SELF_NAME: 'a', SERF_SELF_ROLE: '', SERF_TAG_ROLE: 'web', PATH: '/usr/bin' },
  input: 'b\t10.0.0.2\tweb\trole=web,zone=eu\nc\t10.0.0.3\t\t\n',
};
const line = (text: string, event = 'member-join') => pokeSerf({ environment: { SERF_EVENT: event }, input: text });
const tagsOf = (text: string): unknown => (line(`b\t10.0.0.2\t\t${text}\n`)[0]!['member'] as { tags: unknown }).tags;

test('one announcement for each member, and then one for the list', () => {
  expect(pokeSerf(join)).toEqual([
    { event: 'member-join', member: { name: 'b', address: '10.0.0.2', role: 'web', tags: { role: 'web', zone: 'eu' } } },
    { event: 'member-join', member: { name: 'c', address: '10.0.0.3', role: '', tags: {} } },
    { event: 'members-changed' },
  ]);
  expect(pokes('serf', join)).toEqual(pokeSerf(join));
});

test('all five member events keep their names', () => {
  for (const event of ['member-join', 'member-leave', 'member-failed', 'member-update', 'member-reap']) {
    expect(line('b\t10.0.0.2\t\t\n', event).map((announcement) => announcement.event)).toEqual([event, 'members-changed']);
  }
});

test('user events and queries are about no member, whatever their payload', () => {
  for (const event of ['user', 'query']) for (const input of ['', 'deploy\n', 'b\t10.0.0.2\t\t\n']) expect(line(input, event)).toEqual([]);
});

test('a last line without its newline is a line; an IPv6 address is an address', () => {
  expect(line('b\tfe80::1\tweb\trole=web')[0]!['member']).toEqual({ name: 'b', address: 'fe80::1', role: 'web', tags: { role: 'web' } });
});

describe('tags', () => {
  for (const [what, text, expected] of [
    ['none', '', {}],
    ['an empty value', 'a=', { a: '' }],
    ['an = in a value', 'options=a=b', { options: 'a=b' }],
    ['a , in a value', 'ports=80,443,zone=eu', { ports: '80,443', zone: 'eu' }],
    ['a , at the end of a value', 'a=1,', { a: '1,' }],
    ['a tab and a newline, as Serf writes them', 'a=1\\t2\\n3', { a: '1\t2\n3' }],
    ['no = at all', 'odd', { odd: '' }],
    ['an empty name', '=x', { '': 'x' }],
    ['the same name twice: the last', 'a=1,a=2', { a: '2' }],
    ['UTF-8', 'ort=Zürich', { ort: 'Zürich' }],
  ] as const) test(what, () => expect(tagsOf(text)).toEqual(expected));

  test('named like parts of an object, they are tags and harm none', () => {
    const tags = tagsOf('__proto__=x,constructor=y') as Record<string, string>;
    expect(Object.entries(tags)).toEqual([['__proto__', 'x'], ['constructor', 'y']]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype);
  });
});

describe('what is no call of a handler is a TypeError that names it', () => {
  for (const [what, environment, input, message] of [
    ['no event', {}, '', /SERF_EVENT is not set.*serf agent.*-event-handler/],
    ['an inherited event', Object.create({ SERF_EVENT: 'user' }) as Record<string, string>, '', /SERF_EVENT is not set/],
    ['an event of no agent', { SERF_EVENT: 'member-explode' }, '', /expected member-join, .*query, got "member-explode"/],
    ['no member', { SERF_EVENT: 'member-join' }, '', /stdin of member-join is empty/],
    ['a field too few', { SERF_EVENT: 'member-join' }, 'ok\t1.2.3.4\t\t\nb\t10.0.0.2\n', /line 2 of stdin: expected name TAB .*, got "b\\t10.0.0.2"/],
    ['a field too many', { SERF_EVENT: 'member-join' }, 'b\t1\t2\t3\t4\n', /line 1/],
    ['no name', { SERF_EVENT: 'member-join' }, '\t10.0.0.2\t\t\n', /line 1/],
    ['no address', { SERF_EVENT: 'member-join' }, 'b\t\t\t\n', /line 1/],
    ['a line that is long', { SERF_EVENT: 'member-join' }, 'x'.repeat(100_000), /got "x{80}…"$/],
  ] as const) {
    test(what, () => {
      expect(() => pokeSerf({ environment, input })).toThrow(TypeError);
      expect(() => pokeSerf({ environment, input })).toThrow(message);
    });
  }

  test('an agent that n6 does not know', () => {
    expect(() => pokes('surf', join)).toThrow(/no source of events named "surf"; did you mean "serf"/);
  });
});

const event = fc.oneof(fc.constantFrom('member-join', 'member-update', 'user', 'query'), fc.string());
const field = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('\t', '\n', '\\', ',', '=', 'a', '\0', 't', 'n') }));

test('hostile input gives announcements or a TypeError of one line, nothing else', () => {
  fc.assert(fc.property(fc.option(event, { nil: undefined }), fc.array(field), (name, fields) => {
    const environment: Record<string, string> = name === undefined ? {} : { SERF_EVENT: name };
    try {
      const told = pokeSerf({ environment, input: fields.join('\t') });
      expect(JSON.parse(JSON.stringify(told))).toEqual(told);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      expect(error.message).not.toBe('');
      expect(error.message).not.toContain('\n');
    }
  }), { numRuns: 5000 });
});

/** As serf agent writes: tabs and newlines escaped, nothing else. */
const escaped = (text: string): string => text.replaceAll('\t', '\\t').replaceAll('\n', '\\n');
const word = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'ü', '\t', '\n', ' ', '-', '.') });

test('whatever an agent writes is read as it was meant', () => {
  const member = fc.record({ name: word, address: fc.ipV4(), role: word, tags: fc.dictionary(word, word) });
  fc.assert(fc.property(fc.array(member, { minLength: 1 }), (members) => {
    const input = members.map(({ name, address, role, tags }) =>
      [escaped(name), address, escaped(role), Object.entries(tags).map(([key, value]) => `${escaped(key)}=${escaped(value)}`).join(',')].join('\t')).join('\n');
    const told = line(`${input}\n`);
    expect(told.slice(0, -1).map((announcement) => announcement['member'])).toEqual(members.map(({ tags, ...rest }) => ({ ...rest, tags: { ...tags } })));
  }), { numRuns: 500 });
});
