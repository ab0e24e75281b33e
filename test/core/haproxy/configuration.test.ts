/** What a change of a configuration means for a HAProxy that runs. */
import { describe, expect, test } from 'vitest';
import { changeOf, commandsOf, readConfiguration } from '../../../src/core/haproxy/configuration.ts';
import { whatIsMissing } from '../../../src/core/haproxy/verify.ts';
import type { Stat } from '../../../src/core/haproxy/show.ts';

const file = (servers: readonly string[], more = ''): string => `
global
  hard-stop-after 20s   # above the keep-alive time-out
defaults
  mode http
  default-server inter 1s fall 2
frontend web
  bind :80
  default_backend nodes
${more}
backend nodes
  default-server rise 1
${servers.map((server) => `  server ${server}`).join('\n')}
`;
const two = ['s1 10.0.0.1:3000 check', 's2 10.0.0.2:3000 check'];
const commands = (before: readonly string[], after: readonly string[]): string[] => {
  const change = changeOf(file(before), file(after));
  return change.type === 'servers' ? change.changes.flatMap(commandsOf).map(({ text }) => text) : [change.type];
};

test('servers carry what default-server says before them', () => {
  expect(readConfiguration(file(two)).servers[0]).toEqual({
    backend: 'nodes', name: 's1', address: '10.0.0.1:3000', options: ['inter', '1s', 'fall', '2', 'rise', '1', 'check'],
  });
});

describe('nothing', () => {
  test('the same file', () => expect(changeOf(file(two), file(two))).toEqual({ type: 'nothing' }));
  test('comments and blanks', () =>
    expect(changeOf(file(two), `# rendered\n${file(two).replaceAll('  server', '\tserver  ')}\n\n`)).toEqual({ type: 'nothing' }));
});

describe('the runtime API is told', () => {
  test('who has come: with all its options, checked, and used', () => expect(commands(two, [...two, 's3 10.0.0.3:3000 check'])).toEqual([
    'add server nodes/s3 10.0.0.3:3000 inter 1s fall 2 rise 1 check', 'enable health nodes/s3', 'enable server nodes/s3',
  ]));
  test('who has come and is not checked, or not used yet', () => {
    expect(commands([], ['s3 10.0.0.3:3000'])).toEqual(['add server nodes/s3 10.0.0.3:3000 inter 1s fall 2 rise 1', 'enable server nodes/s3']);
    expect(commands([], ['s3 10.0.0.3:3000 disabled'])).toEqual(['add server nodes/s3 10.0.0.3:3000 inter 1s fall 2 rise 1 disabled']);
  });
  test('who has gone: no new request, and away when it can be', () =>
    expect(commands(two, two.slice(1))).toEqual(['set server nodes/s1 state maint', 'del server nodes/s1']));
  test('who has moved, by IPv4 and IPv6', () => {
    expect(commands(two, ['s1 10.0.0.9:3001 check', two[1]!])).toEqual(['set server nodes/s1 addr 10.0.0.9 port 3001']);
    expect(commands(two, ['s1 [fd00::9]:3001 check', two[1]!])).toEqual(['set server nodes/s1 addr fd00::9 port 3001']);
  });
  test('all at once, removals first', () =>
    expect(commands(two, [two[1]!, 's3 10.0.0.3:3000']).map((text) => text.split(' ', 2).join(' ')))
      .toEqual(['set server', 'del server', 'add server', 'enable server']));
});

describe('a reload is needed', () => {
  test.each<[string, string, RegExp]>([
    ['for anything else in the file', file(two, 'frontend other\n  bind :81'), /more than servers/],
    ['for another option', file(['s1 10.0.0.1:3000 check weight 2', two[1]!]), /options of nodes\/s1/],
    ['for another default-server', file(two).replace('rise 1', 'rise 2'), /more than servers/],
    ['for another order', file([...two].reverse()), /order/],
    ['for a name instead of an address', file([...two, 's3 web.example:3000']), /not an IP address/],
    ['for a name twice', file([...two, two[0]!]), /twice/],
    ['for variables', file([...two, 's3 "${HOST}:3000"']), /only HAProxy itself/],
    ['for conditions', file([...two, 's3 10.0.0.3:3000'], '.if 1\n.endif'), /more than servers/],
    ['for words that end a command', file([...two, 's3 10.0.0.3:3000 tag a;shutdown']), /cannot be told/],
  ])('%s', (_, after, reason) => {
    const change = changeOf(file(two), after);
    expect(change.type === 'reload' && change.reason).toMatch(reason);
  });
  test('for a section that begins with defaults of a name', () => {
    const named = (list: readonly string[]): string => file(list).replace('\nbackend nodes\n', '\nbackend nodes from base\n');
    expect(changeOf(named(two), named(two))).toEqual({ type: 'nothing' });
    expect(changeOf(named(two), named([...two, 's3 10.0.0.3:3000']))).toMatchObject({ type: 'reload' });
  });
});

describe('verification against show stat', () => {
  const row = (server: string, address: string, status = 'UP'): Stat =>
    ({ proxy: 'nodes', server, status, sessions: 0, queued: 0, rate: 0, total: 0, address });
  const missing = (servers: readonly string[], ...rows: Stat[]): string | undefined => whatIsMissing(readConfiguration(file(servers)), rows);
  const both = [row('s1', '10.0.0.1:3000'), row('s2', '10.0.0.2:3000')];
  test('all are there', () => expect(missing(two, ...both)).toBeUndefined());
  test('one is not', () => expect(missing(two, both[0]!)).toBe('show stat has no server nodes/s2'));
  test('one is elsewhere', () => expect(missing(two, both[0]!, row('s2', '10.0.0.7:3000'))).toMatch(/^server nodes\/s2 has the address 10\.0\.0\.7:3000/));
  test('one too many, also where none is wanted; in maintenance it is on its way out', () => {
    expect(missing(two, ...both, row('s3', '10.0.0.3:3000'))).toBe('show stat has the server nodes/s3, which the configuration does not');
    expect(missing([], row('s3', '10.0.0.3:3000'))).toMatch(/nodes\/s3/);
    expect(missing(two, ...both, row('s3', '10.0.0.3:3000', 'MAINT'))).toBeUndefined();
  });
  test('names and sockets are looked for by name alone; an address that may not be seen is right', () => {
    expect(missing(['s1 web.example:3000', 's2 unix@/run/a.sock'], row('s1', '10.0.0.1:3000'), row('s2', 'unix'))).toBeUndefined();
    expect(missing(two, row('s1', ''), row('s2', ''))).toBeUndefined();
  });
  test('IPv6 in either form', () => expect(missing(['s1 [fd00::A]:3000'], row('s1', '[fd00::a]:3000'))).toBeUndefined());
});
