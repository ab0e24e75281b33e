import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALONE, buildGraph, type Node } from '../../src/core/graph.ts';
import { faultText } from '../../src/core/graph-faults.ts';

const node = (name: string, fields: Partial<Node> = {}): Node =>
  ({ ...ALONE, name, kind: 'oneshot', ...fields });
const bundle = (name: string, contents: string[]): Node => node(name, { kind: 'bundle', contents });
const sorted = (set: Iterable<string>): string[] => [...set].sort();

describe('what stands', () => {
  test('a bundle stands for its members and those of its bundles', () => {
    const { graph, faults } = buildGraph([bundle('all', ['some', 'c']), bundle('some', ['a', 'b']), node('a'), node('b'), node('c')]);
    expect(sorted(graph.expand(['all']))).toEqual(['a', 'b', 'c']);
    expect(faults).toEqual([]);
  });

  test('what needs a bundle needs all that it stands for', () => {
    const { graph } = buildGraph([bundle('base', ['a', 'b']), node('a'), node('b'), node('c', { needs: ['base'] })]);
    expect(sorted(graph.needsOf('c'))).toEqual(['a', 'b']);
    expect(sorted(graph.neededBy('a'))).toEqual(['c']);
    expect(sorted(graph.closure(['a'], 'neededBy'))).toEqual(['a', 'c']);
  });
});

describe('what is broken is left out, told, and does not take the rest with it', () => {
  test('a name that nobody defines, with the one that was meant', () => {
    const { graph, faults } = buildGraph([node('web', { needs: ['databse'] }), node('database'), node('proxy', { needs: ['web'] })]);
    expect(graph.names()).toEqual(['database']);
    expect(faults.map(faultText)).toEqual([
      'web needs databse, which does not exist; did you mean "database"?', 'proxy needs web, which was left out',
    ]);
  });

  test('a circle is told with all that are in it', () => {
    const { graph, faults } = buildGraph([node('a', { needs: ['b'] }), node('b', { needs: ['c'] }), node('c', { needs: ['a'] }), node('d')]);
    expect(graph.names()).toEqual(['d']);
    expect(faults.map(faultText)).toEqual(['a needs b needs c needs a: none of them can come first']);
  });

  test('a service that needs itself', () => {
    expect(buildGraph([node('a', { needs: ['a'] })]).faults.map(faultText)).toEqual(['a needs a: none of them can come first']);
  });

  test('a bundle that contains itself stands for the others', () => {
    const { graph, faults } = buildGraph([bundle('x', ['y', 'a']), bundle('y', ['x', 'b']), node('a'), node('b')]);
    expect(sorted(graph.expand(['x']))).toEqual(['a', 'b']);
    expect(faults.map(faultText)).toEqual(['x contains y contains x: none of them can come first']);
  });

  test('a broken member is left out of its bundle, and what needs the bundle runs', () => {
    const { graph } = buildGraph([
      bundle('user', ['good', 'bad', 'gone']), node('good'), node('bad', { needs: ['nobody'] }), node('late', { needs: ['user'] }),
    ]);
    expect(sorted(graph.needsOf('late'))).toEqual(['good']);
    expect(graph.node('late')).toBeDefined();
  });

  test('what is only wanted and not there is told, and its service stands', () => {
    const { graph, faults } = buildGraph([node('web', { wants: ['cahce'], after: ['nobody'] }), node('cache')]);
    expect(graph.names()).toEqual(['cache', 'web']);
    expect(faults.map(faultText)).toEqual(['web wants cahce, which does not exist; did you mean "cache"?', 'web comes after nobody, which does not exist']);
  });

  test('a circle through a soft edge is told whole, and the soft edge does not count', () => {
    const { graph, faults } = buildGraph([node('a', { needs: ['b'] }), node('b', { wants: ['c'] }), node('c', { after: ['a'] }), node('d', { wants: ['d'] })]);
    expect(faults.map(faultText)).toEqual([
      'a needs b wants c comes after a: none of them can come first; what does not count: b wants c, c comes after a',
      'd wants d: none of them can come first; what does not count: d wants d',
    ]);
    expect(graph.names()).toEqual(['a', 'b', 'c', 'd']);
    expect(sorted(graph.needsOf('a'))).toEqual(['b']);
    expect([...graph.softOf('b'), ...graph.softOf('c'), ...graph.softOf('d')]).toEqual([]);
  });

  test('of two with one name the first counts', () => {
    const { graph, faults } = buildGraph([node('a'), node('a', { kind: 'longrun' })]);
    expect(graph.node('a')?.kind).toBe('oneshot');
    expect(faults).toEqual([{ type: 'twice', name: 'a' }]);
  });
});

test('whatever is written, what stands needs only what stands, and can be put in an order', () => {
  const letters = [...'abcdefgh'];
  const given = fc.array(fc.record({
    name: fc.constantFrom(...letters), kind: fc.constantFrom('oneshot', 'longrun', 'bundle'),
    needs: fc.array(fc.constantFrom(...letters, 'nobody'), { maxLength: 3 }), wants: fc.array(fc.constantFrom(...letters, 'nobody'), { maxLength: 2 }),
    after: fc.array(fc.constantFrom(...letters), { maxLength: 2 }), contents: fc.array(fc.constantFrom(...letters), { maxLength: 3 }),
  }), { maxLength: 10 });
  fc.assert(fc.property(given, (records) => {
    const { graph } = buildGraph(records.map((record) => node(record.name, record as Partial<Node>)));
    const services = graph.names().filter((name) => graph.node(name)!.kind !== 'bundle');
    const placed = new Set<string>();
    for (let round = 0; round <= services.length; round++) {
      for (const name of services) if ([...graph.needsOf(name), ...graph.softOf(name)].every((need) => placed.has(need))) placed.add(name);
    }
    expect(sorted(placed)).toEqual(services);
  }), { numRuns: 2000 });
});
