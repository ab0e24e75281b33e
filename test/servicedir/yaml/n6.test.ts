/** n6.yaml: what is read of it, all that is refused, and what is derived from its list of keys. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { N6_REFERENCE, N6_SCHEMA, n6SchemaText, withN6Tables } from '../../../scripts/write-schema.ts';
import { problemText } from '../../../src/core/messages.ts';
import { readSettings, SETTINGS } from '../../../src/core/settings.ts';
import { readMembersFile, readN6File, type N6File } from '../../../src/servicedir/yaml/n6-file.ts';
import { MEMBERSHIP, N6 } from '../../../src/servicedir/yaml/n6-keys.ts';
import type { Keys } from '../../../src/servicedir/yaml/shape.ts';
import { temporary, write } from '../../help/machine.ts';

function readN6(text: string, variables?: Readonly<Record<string, string>>): N6File & { told: string[]; directory: string } {
  const directory = temporary();
  write(directory, { 'n6.yaml': text });
  const read = readN6File(path.join(directory, 'n6.yaml'), variables === undefined ? undefined : (name) => variables[name]);
  return { ...read, directory, told: read.problems.map((problem) => problemText(problem).replaceAll(directory, 'DIR')) };
}

test('settings become what their variables would say', () => {
  const { variables, told } = readN6([
    'restart-rule: s6', 'grace: 1.5m', 's6-version: 2.13', 'watch: true', 'title: false', 'logs: prefix', 'logs-memory: 64k',
    'listen: 8006', 'listen-hosts: [a.internal, b.internal]', 'token-file: /run/token', 'hook-timeout: 500ms',
  ].join('\n'));
  expect(told).toEqual([]);
  expect(variables).toEqual({
    N6_GRACE: '90000', N6_RESTART_RULE: 's6', N6_S6_VERSION: '2.13', N6_WATCH: '1', N6_LOGS: 'prefix', N6_LOGS_MEMORY: '65536', N6_TITLE: '0',
    N6_HOOK_TIMEOUT: '500', N6_LISTEN: '127.0.0.1:8006', N6_LISTEN_HOSTS: 'a.internal b.internal', N6_TOKEN_FILE: '/run/token',
  });
  expect(readSettings(variables)).toMatchObject({ problems: [], settings: { N6_GRACE: 90_000, N6_S6_VERSION: '2.13', N6_WATCH: true, N6_TITLE: false } });
});

test('every setting of n6 itself is a key, and none of s6-overlay', () => {
  const names = Object.keys(SETTINGS).filter((name) => name.startsWith('N6_')).map((name) => name.slice(3).toLowerCase().replaceAll('_', '-'));
  expect(Object.keys(N6)).toEqual([...names, 'membership']);
});

test('all mistakes at once, each with its line; what is right stands', () => {
  const { variables, membership, told } = readN6([
    'restart-rul: s6', 'grace: 8', 'watch: yes', 'logs: perfix', 'listen: nowhere', 'hook-timeout: 12d', 's6-version: 2.12', 'title: false',
    'membership:', '  serf:', '    seeds: ha', '    intervall: 1s', '    rpc: 127.0.0.1:99999',
  ].join('\n'));
  expect(variables).toEqual({ N6_TITLE: '0' });
  expect(membership).toMatchObject({ provider: 'serf', seeds: [], interval: 30_000, rpc: { host: '127.0.0.1', port: 7373 } });
  expect(told).toEqual([
    'DIR/n6.yaml:1: expected a key of n6.yaml, got "restart-rul"; did you mean "restart-rule"?',
    expect.stringMatching(/^DIR\/n6\.yaml:2: expected grace to be a duration such as .*, got "8"; write 8s or 8ms/),
    expect.stringMatching(/^DIR\/n6\.yaml:3: expected watch to be true or false, got "yes"/),
    'DIR/n6.yaml:4: expected logs to be inherit, discard, raw, prefix, timestamps or json, got "perfix"; did you mean "prefix"?',
    expect.stringMatching(/^DIR\/n6\.yaml:5: expected listen to be PORT, HOST:PORT or \[IPV6\]:PORT, got "nowhere"/),
    'DIR/n6.yaml:6: expected hook-timeout to be a duration of at most 11d, got "12d"; lower it',
    expect.stringMatching(/^DIR\/n6\.yaml:7: expected s6-version to be 2\.11, 2\.13 or 2\.15, got "2\.12"; did you mean "2\.1[13]"\?/),
    'DIR/n6.yaml:11: expected membership.serf.seeds to be a list of hosts, with or without a port, got "ha"; put it in brackets: [ha]',
    'DIR/n6.yaml:12: expected a key of membership.serf, got "intervall"; did you mean "interval"?',
    expect.stringMatching(/^DIR\/n6\.yaml:13: expected membership\.serf\.rpc to be .*a port is from 1 to 65535/),
  ]);
});

describe('membership', () => {
  const planOf = (text: string, variables?: Readonly<Record<string, string>>): unknown => {
    const { membership, told } = readN6(`membership:\n  ${text.replaceAll('\n', '\n  ')}`, variables);
    expect(told).toEqual([]);
    return membership;
  };

  test('serf, with nothing said and with all', () => {
    expect(planOf('serf:')).toEqual({
      provider: 'serf', rpc: { host: '127.0.0.1', port: 7373 }, authKey: undefined, authKeyFile: undefined, seeds: [], service: 'serf', interval: 30_000,
    });
    expect(planOf('serf: { rpc: 7374, auth-key: 12, seeds: [ha, s1:7000, "::1", "[::1]:7001"], service: agent, interval: 5s }')).toEqual({
      provider: 'serf', rpc: { host: '127.0.0.1', port: 7374 }, authKey: '12', authKeyFile: undefined, service: 'agent', interval: 5000,
      seeds: [{ host: 'ha', port: 7946 }, { host: 's1', port: 7000 }, { host: '::1', port: 7946 }, { host: '::1', port: 7001 }],
    });
  });

  test('static, written in each of its ways', () => {
    const common = { port: undefined, role: 'backend', tags: {} };
    const member = (name: string, address = name): unknown => ({ name, address, ...common });
    expect(planOf('static: { role: backend, members: [s1, { name: s2, address: 10.0.0.2, port: 1, role: db, tags: { a: 1 } }] }')).toEqual({
      provider: 'static', file: undefined, common, interval: 30_000,
      members: [member('s1'), { name: 's2', address: '10.0.0.2', port: 1, role: 'db', tags: { a: '1' } }],
    });
    expect(planOf('static: { role: backend, count: 2, name: s# }')).toMatchObject({ members: [member('s1'), member('s2')] });
    expect(planOf('static: { role: backend, count: NUMBER_OF_INSTANCES, address: 10.0.0.# }', { NUMBER_OF_INSTANCES: '2' }))
      .toMatchObject({ members: [member('node1', '10.0.0.1'), member('node2', '10.0.0.2')] });
    expect(planOf('static: { role: backend, variable: NODES }', { NODES: 's1=10.0.0.1, s2 ' }))
      .toMatchObject({ members: [member('s1', '10.0.0.1'), member('s2')] });
  });

  test('dns', () => {
    expect(planOf('dns: { name: tasks.web, type: srv, server: 127.0.0.11:53, tags: { a: b } }')).toEqual({
      provider: 'dns', name: 'tasks.web', kind: 'srv', server: { host: '127.0.0.11', port: 53 }, common: { port: undefined, role: '', tags: { a: 'b' } },
      interval: 10_000,
    });
  });

  test('what cannot be together, or is not there, is told', () => {
    const told = (text: string, variables?: Readonly<Record<string, string>>): string[] => readN6(`membership: ${text}`, variables).told;
    expect(told('{ serf: {}, dns: { name: a } }')).toEqual([expect.stringContaining('only one of serf, static or dns')]);
    expect(told('{ static: { name: s#, members: [a] } }')).toEqual([expect.stringContaining('membership.static.name with membership.static.count')]);
    expect(told('{ static: { count: N } }', {})).toEqual([expect.stringContaining('expected the variable N to be set, got "N"')]);
    expect(told('{ static: { count: N } }', { N: 'many' })).toEqual([expect.stringContaining('the variable N to be a number from 0 to 9999, got "many"')]);
    expect(told('{ static: { count: N } }')).toEqual([]);
    expect(told('{ serf: { auth-key: a, auth-key-file: b } }')).toEqual([expect.stringContaining('auth-key or auth-key-file, not both')]);
    expect(told('{ dns: {} }')).toEqual([expect.stringContaining('membership.dns to have the key name')]);
    expect(told('{ surf: {} }')[0]).toContain('did you mean "serf"?');
  });
});

test('a file of members: a list, nothing, or mistakes that leave what was before', () => {
  const directory = temporary();
  const common = { port: 3000, role: 'backend', tags: { a: '1' } };
  const readMembers = (text: string): ReturnType<typeof readMembersFile> => {
    write(directory, { 'members.yaml': text });
    return readMembersFile({ file: path.join(directory, 'members.yaml'), common });
  };
  expect(readMembers('- s1\n- { name: s2, port: 1, tags: { b: 2 } }\n').members).toEqual([
    { name: 's1', address: 's1', ...common }, { name: 's2', address: 's2', port: 1, role: 'backend', tags: { a: '1', b: '2' } },
  ]);
  expect(readMembers('').members).toEqual([]);
  expect(readMembers('[').members).toBeUndefined();
  expect(readMembers('- { nmae: s1 }').members).toBeUndefined();
  expect(readMembersFile({ file: path.join(directory, 'gone.yaml'), common }).members).toBeUndefined();
});

test('the committed schema and tables are those of the list (npm run schema)', () => {
  expect(readFileSync(N6_SCHEMA, 'utf8')).toBe(n6SchemaText());
  const reference = readFileSync(N6_REFERENCE, 'utf8');
  expect(reference).toBe(withN6Tables(reference));
});

const BESIDE: Readonly<Record<string, string>> = { name: 'count: 2', address: 'count: 2' };
const STATIC_CHOICES = ['members', 'file', 'variable', 'count'];
function besideOf(provider: string, name: string): string {
  if (provider === 'static') return STATIC_CHOICES.includes(name) ? '' : `, ${BESIDE[name] ?? 'members: [a]'}`;
  return provider === 'dns' && name !== 'name' ? ', name: a' : '';
}
const examples = [
  ...Object.entries(N6).map(([name, { example }]) => `${name}: ${example}`),
  ...Object.entries(MEMBERSHIP).flatMap(([provider, { shape }]) => Object.entries<Keys[string]>(shape.nested ?? {}).map(([name, { example }]) =>
    `membership: { ${provider}: { ${name}: ${example}${besideOf(provider, name)} } }`)),
];
const validate = new Ajv2020({ strict: false }).compile(JSON.parse(n6SchemaText()) as object);
test.each(examples)('%s', (text) => {
  expect(readN6(text).told).toEqual([]);
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
});

test('whatever a file holds, it is read or its mistakes are told', () => {
  const directory = temporary();
  const piece = fc.constantFrom(
    'membership', ':', ' ', '\n', '  ', 'serf', 'static', '{', '}', '[', ']', '-', 'count', '*a', '&a', '"', '1', '\0', '%', 'ü', '#', 'null',
  );
  fc.assert(fc.property(fc.oneof(fc.array(piece, { maxLength: 30 }).map((all) => all.join('')), fc.string()), (text) => {
    write(directory, { 'n6.yaml': text });
    const { problems } = readN6File(path.join(directory, 'n6.yaml'), () => undefined);
    for (const problem of problems) expect(problemText(problem)).not.toContain('\n');
  }), { numRuns: 500 });
});
