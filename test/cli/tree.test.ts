import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ASCII, drawTrees, rootsOf, strokesFor, UNICODE } from '../../src/cli/tree.ts';
import { up } from '../control/fake-backend.ts';
import { serve, type Served } from '../control/serve.ts';
import { node, serveGraph } from './node.ts';
import { svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket), LANG: 'C.UTF-8' } });
const plain = (_: string, text: string): string => text;

const SHOP = [
  node('all', { kind: 'bundle', contents: ['log', 'web'] }),
  node('cache', { state: 'failed', up: false }),
  node('db', { needs: ['migrate'], after: ['log'] }),
  node('log'),
  node('migrate', { kind: 'oneshot', state: 'done', needs: ['log'] }),
  node('web', { needs: ['db'], wants: ['cache'], after: ['log'], state: 'starting' }),
];

const WEB = [
  'web  starting',
  '├─ db  ready',
  '│  ├─ migrate  done',
  '│  │  └─ log  ready',
  '│  └─ log  ready  (after)',
  '├─ cache  failed  (wants)',
  '└─ log  ready  (after)',
];

test('a tree for each service that nothing depends on', async () => {
  const served = await serveGraph(SHOP);
  expect(await svc(['tree'], at(served))).toEqual({ code: 0, stdout: `${WEB.join('\n')}\n`, stderr: '' });
  const ascii = (await svc(['tree'], { environment: { ...at(served).environment, LC_ALL: 'POSIX' } })).stdout.split('\n');
  expect(ascii.slice(0, 4)).toEqual(['web  starting', '|- db  ready', '|  |- migrate  done', '|  |  `- log  ready']);
  expect((await svc(['tree', '--color=always'], at(served))).stdout).toContain('cache  \x1b[31mfailed\x1b[0m  (wants)');
});

test('names choose, also bundles, and globs', async () => {
  const served = await serveGraph(SHOP);
  expect((await svc(['tree', '/run/service/migrate'], at(served))).stdout).toBe('migrate  done\n└─ log  ready\n');
  expect((await svc(['tree', 'all'], at(served))).stdout).toBe(`all  bundle\n├─ log  ready\n└─ ${WEB.join('\n   ')}\n`);
  expect(await svc(['tree', 'wbe'], at(served))).toEqual({ code: 4, stdout: '', stderr: 'svc: no service named "wbe"; did you mean "web"?\n' });
  const { roots, nodes } = JSON.parse((await svc(['tree', 'mig*', '--json'], at(served))).stdout) as { roots: string[]; nodes: { name: string }[] };
  expect([roots, nodes.map(({ name }) => name)]).toEqual([['migrate'], ['log', 'migrate']]);
});

test('where nothing has dependencies every service is a tree', async () => {
  const served = await serve(['db', 'web']);
  served.backend.set('web', up(7));
  expect((await svc(['tree'], at(served))).stdout).toBe('db  down\nweb  up\n');
  expect((await svc(['tree'], at(await serve()))).stdout).toContain('no services yet');
});

test('a service is shown fully once', () => {
  const twice = [node('a', { needs: ['c'] }), node('b', { needs: ['c'] }), node('c', { needs: ['d'] }), node('d')];
  expect(drawTrees(twice, ['a', 'b'], ASCII, plain)).toEqual(['a  ready', '`- c  ready', '   `- d  ready', 'b  ready', '`- c  ready ...']);
});

test('a circle is drawn and ends', () => {
  const circle = [node('a', { after: ['b'] }), node('b', { wants: ['a'] })];
  expect(drawTrees(circle, rootsOf(circle), UNICODE, plain)).toEqual(['a  ready', '└─ b  ready  (after)', '   └─ a  ready  (wants) …']);
});

test('a chain of 20,000', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => node(`s${index}`, index === 0 ? {} : { needs: [`s${index - 1}`] }));
  expect(drawTrees(chain, rootsOf(chain), { ...ASCII, last: '', blank: '' }, plain)).toHaveLength(20_000);
});

test('whatever depends on whatever: every service is shown, and fully once', () => {
  const name = fc.integer({ min: 0, max: 12 }).map((index) => `s${index}`);
  const list = fc.uniqueArray(name, { maxLength: 4 });
  const any = fc.uniqueArray(fc.record({ name, needs: list, wants: list, after: list }), { selector: (each) => each.name, maxLength: 12 });
  fc.assert(fc.property(any, (given) => {
    const nodes = given.map((each) => node(each.name, each));
    const drawn = drawTrees(nodes, rootsOf(nodes), ASCII, plain).map((line) => line.replace(/^[ |`-]*/, '').split(' ')[0]!);
    expect([...new Set(drawn)].sort()).toEqual(nodes.map((each) => each.name).sort());
    const known = new Set(nodes.map((each) => each.name));
    const edges = nodes.flatMap(({ needs, wants, after }) => [...new Set([...needs, ...wants, ...after])].filter((to) => known.has(to))).length;
    expect(drawn.length).toBeLessThanOrEqual(nodes.length + edges);
  }));
});

test.each([
  [{ LC_ALL: '', LC_CTYPE: 'C.UTF-8', LANG: 'C' }, UNICODE], [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, ASCII], [{ LANG: 'de_DE.utf8' }, UNICODE], [{}, ASCII],
])('%j decides how lines are drawn', (environment, strokes) => {
  expect(strokesFor(environment)).toBe(strokes);
});
