/** Instances by their names, numbers and ports. */
import { describe, expect, test } from 'vitest';
import { buildGraph, ALONE } from '../../src/core/graph.ts';
import {
  countOf, groupNodes, groupServices, groupsOf, instance, instanceName, instanceOf, splitInstance, type InstancesPlan,
} from '../../src/core/instances.ts';
import { PLAIN } from '../../src/core/policy.ts';
import { select } from '../../src/control/glob.ts';
import { definition } from '../help/definition.ts';

const PLAN: InstancesPlan = { count: 2, min: 1, max: 4, ports: { first: 3001, last: 3004 } };

test('a name, a number, a port', () => {
  expect(instanceName('node', 3)).toBe('node@3');
  expect(instance('node', 3, PLAN)).toEqual({ of: 'node', number: 3, port: 3003 });
  expect(instance('node', 3, { ...PLAN, ports: undefined }).port).toBeUndefined();
  expect(['node@3', 'a@b@12', 'node@3/log', 'node@0', 'node@01', 'getty@tty1', 'node', '@1'].map(splitInstance))
    .toEqual([{ of: 'node', number: 3 }, { of: 'a@b', number: 12 }, { of: 'node', number: 3 }, undefined, undefined, undefined, undefined, undefined]);
});

test.each([
  ['as the file says', undefined, 2],
  ['as somebody has scaled it', { count: 4, written: 2 }, 4],
  ['within limits that have become narrower', { count: 9, written: 2 }, 4],
  ['as a file says that has been edited since', { count: 4, written: 3 }, 2],
] as const)('how many: %s', (_what, scaled, expected) => expect(countOf(PLAN, scaled)).toBe(expected));

test('one of them, and its logger', () => {
  const base = definition({ name: 'node', stdoutPipe: 'node/log', policy: { ...PLAIN, instances: PLAN } });
  expect(instanceOf(base, 'node', 2, PLAN)).toMatchObject({
    name: 'node@2', stdoutPipe: 'node@2/log', policy: { instance: { of: 'node', number: 2, port: 3002 } },
  });
  expect(instanceOf(definition({ name: 'node/log', stdinPipe: 'node/log' }), 'node', 2, PLAN)).toMatchObject({ name: 'node@2/log', stdinPipe: 'node@2/log' });
});

const all = [10, 2, 1].map((number) => instanceOf(definition({ name: 'node' }), 'node', number, { ...PLAN, max: 20 }));

describe('the name of all', () => {
  test('stands for them in the order of their numbers', () => expect([...groupsOf(all)]).toEqual([['node', ['node@1', 'node@2', 'node@10']]]));

  test('is needed: each of them is', () => {
    const instances = all.map(({ name }) => ({ ...ALONE, name, kind: 'longrun' as const }));
    const nodes = [...instances, { ...ALONE, name: 'web', kind: 'longrun' as const, needs: ['node'] }];
    const { graph, faults } = buildGraph([...nodes, ...groupNodes(all, nodes)]);
    expect(faults).toEqual([]);
    expect([...graph.needsOf('web')].sort()).toEqual(['node@1', 'node@10', 'node@2']);
  });

  test('is that of another service where there is one', () => expect(groupNodes(all, [{ name: 'node' }])).toEqual([]));

  test('means all of them to svc, as do globs; one that has it itself means itself', () => {
    const services = [...all.map(({ name }) => ({ name, instance: { of: 'node' } })), { name: 'nodes', instance: null }];
    const meant = (...patterns: string[]): string[] => select(services, patterns).selected.map(({ name }) => name);
    expect(meant('node')).toEqual(['node@10', 'node@2', 'node@1']);
    expect(meant('n?de')).toEqual(['node@10', 'node@2', 'node@1']);
    expect(meant('node@*')).toEqual(['node@10', 'node@2', 'node@1']);
    expect(meant('node@2', 'nodes')).toEqual(['node@2', 'nodes']);
    expect(select([...services, { name: 'node', instance: null }], ['node']).selected.map(({ name }) => name)).toEqual(['node']);
    expect(select(services, ['nod']).unmatched[0]!.detail).toContain('did you mean "node"');
  });
});

test('templates see them under the common name, in the order of their numbers', () => {
  const one = (number: number, state: string): Parameters<typeof groupServices>[0][number] =>
    ({ name: `node@${number}`, state, instance: { of: 'node', number, port: number === 1 ? null : 3000 + number } });
  expect(groupServices([one(10, 'ready'), one(1, 'ready'), { name: 'web', state: 'down', instance: null }, one(2, 'starting')])).toEqual([
    { name: 'node', state: 'starting', instances: [
      { name: 'node@1', number: 1, port: undefined, state: 'ready' }, { name: 'node@2', number: 2, port: 3002, state: 'starting' },
      { name: 'node@10', number: 10, port: 3010, state: 'ready' },
    ] },
    { name: 'web', state: 'down', instances: [] },
  ]);
  expect(groupServices([one(1, 'up'), one(2, 'ready')])[0]!.state).toBe('up');
  expect(groupServices([one(1, 'up'), { name: 'node', state: 'down', instance: null }])).toEqual([{ name: 'node', state: 'down', instances: [] }]);
});
