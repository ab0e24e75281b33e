import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ShownNode } from '../../src/control/protocol.ts';
import { dot, mermaid } from '../../src/cli/graph-text.ts';
import { PUBLIC_STATES } from '../../src/core/status.ts';
import { serve, type Served } from '../control/serve.ts';
import { lacking } from '../help/needs.ts';
import { node, serveGraph } from './node.ts';
import { svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });

const SHOP = [
  node('all', { kind: 'bundle', contents: ['web'] }),
  node('cache', { state: 'backing-off' }),
  node('migrate', { kind: 'oneshot', state: 'done' }),
  node('web', { needs: ['migrate'], wants: ['cache'], after: ['migrate', 'cache', 'log'] }),
  node('log'),
];

test('Mermaid, by default', async () => {
  const served = await serveGraph(SHOP);
  const { code, stdout } = await svc(['graph'], at(served));
  expect([code, stdout.split('\n')]).toEqual([0, [
    'flowchart LR',
    '  n0[["all"]]',
    '  n1["cache"]:::backingoff',
    '  n2(["migrate"]):::done',
    '  n3["web"]:::ready',
    '  n4["log"]:::ready',
    '  n0 --- n3',
    '  n3 --> n2',
    '  n3 -. wants .-> n1',
    '  n3 -. after .-> n4',
    '  linkStyle 2 stroke-dasharray: 6 4',
    '  linkStyle 3 stroke-dasharray: 1 4',
    '  classDef ready fill:#7fd08a,stroke:#555,color:#000',
    '  classDef done fill:#b5d8f0,stroke:#555,color:#000',
    '  classDef backingoff fill:#ffc078,stroke:#555,color:#000',
    '',
  ].sort((a, b) => stdout.split('\n').indexOf(a) - stdout.split('\n').indexOf(b))]);
});

test('--dot', async () => {
  const served = await serveGraph(SHOP);
  const lines = (await svc(['graph', '--dot'], at(served))).stdout.split('\n');
  for (const line of [
    '  n0 [label="all", shape=folder];', '  n1 [label="cache", fillcolor="#ffc078", tooltip="backing-off"];',
    '  n2 [label="migrate", shape=ellipse, fillcolor="#b5d8f0", tooltip="done"];',
    '  n0 -> n3 [style=solid, arrowhead=none];', '  n3 -> n2 [style=solid];', '  n3 -> n1 [style=dashed];', '  n3 -> n4 [style=dotted];',
  ]) expect(lines).toContain(line);
});

test('--json is what the API says; without dependencies, the services alone', async () => {
  const json = async (served: Served): Promise<unknown> => JSON.parse((await svc(['graph', '--json'], at(served))).stdout);
  expect(await json(await serve(['web']))).toEqual({ schema: 1, nodes: [node('web', { up: false, state: 'down' })] });
  expect(await json(await serveGraph(SHOP))).toEqual({ schema: 1, nodes: SHOP.map((each) => (each.kind === 'bundle' ? { ...each, state: 'up' } : each)) });
  const rc = await serve();
  rc.backend.nodes = [node('init', { kind: 'oneshot' }), node('late', { up: false })];
  expect(await json(rc)).toMatchObject({ nodes: [{ name: 'init', state: 'done' }, { name: 'late', state: 'down' }] });
});

const WORDS = ['end', '"', '\\', 'a\\', '`x`', '<b>', '&lt;', '#', '\n', 'a-->b', ']]', ';', '%%'];
const name = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), fc.constantFrom(...WORDS));
const anyNodes = fc.uniqueArray(name, { minLength: 1, maxLength: 6 }).chain((names) => {
  const some = fc.subarray(names);
  return fc.tuple(...names.map((each) => fc.record({
    name: fc.constant(each), kind: fc.constantFrom('longrun', 'oneshot', 'bundle'), state: fc.constantFrom(...PUBLIC_STATES),
    needs: some, wants: some, after: some,
  }).map((change) => node(each, change as Partial<ShownNode>))));
});

test('whatever the names are: each line of Mermaid is a node, an arrow or a style', () => {
  const text = String.raw`[\p{L}\p{N} ._/:@-]|#\d+;`;
  const label = `"(?:${text})*"`;
  const grammar = new RegExp([
    `  n\\d+(?:\\[${label}\\]|\\(\\[${label}\\]\\)|\\[\\[${label}\\]\\])(?::::[a-z]+)?`, String.raw`  n\d+ (?:-->|---|-\. (?:wants|after) \.->) n\d+`,
    String.raw`  linkStyle \d+ stroke-dasharray: \d \d`, String.raw`  classDef [a-z]+ fill:#[0-9a-f]{6},stroke:#555,color:#000`,
  ].map((line) => `(?:${line})`).join('|').replace(/^/, '^(?:').replace(/$/, ')$'), 'u');
  fc.assert(fc.property(anyNodes, (nodes) => {
    const [first, ...lines] = mermaid(nodes).split('\n');
    expect(first).toBe('flowchart LR');
    for (const line of lines) expect(line).toMatch(grammar);
  }));
});

test('whatever the names are: the strings of dot end where they should', () => {
  fc.assert(fc.property(anyNodes, (nodes) => {
    const line = /^ {2}n\d+( -> n\d+)? \[[a-z]+=("([^"\\]|\\["\\])*"|[a-z]+)(, [a-z]+=("[^"]*"|[a-z]+))*\];$/s;
    for (const each of dot(nodes).split('\n').slice(3, -1)) expect(each).toMatch(line);
  }));
});

test.runIf(lacking('dot').length === 0)('Graphviz draws it', () => {
  const wild = [...SHOP, node('a"\\b<&>\n', { needs: ['end'] }), node('end')];
  expect(execFileSync('dot', ['-Tsvg'], { input: dot(wild), encoding: 'utf8' })).toContain('</svg>');
});
