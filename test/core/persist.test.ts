/** A life that goes on in another: what is written and read again behaves as if nothing had happened. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN, PLAIN_LAUNCH, type Policy } from '../../src/core/policy.ts';
import { Malformed, writePlain } from '../../src/core/persist/codec.ts';
import { STATE_VERSION, type SavedLife } from '../../src/core/persist/life.ts';
import { readLife } from '../../src/core/persist/read.ts';
import { definitionCodec } from '../../src/core/persist/policy.ts';
import { serviceCodec } from '../../src/core/persist/service.ts';
import { newService, step, type Service } from '../../src/core/service.ts';
import { definition } from '../help/definition.ts';
import { check } from './random.ts';

const again = (service: Service): Service => serviceCodec(JSON.parse(writePlain(service)), 'service');

test('in 30,000 random events a service that is written and read before each of them does the same', () => {
  const { failure, events } = check(1500, (service, event) => {
    const read = again(service);
    expect(read).toEqual(service);
    const next = step(service, event);
    expect(step(read, event)).toEqual(next);
    return next;
  });
  expect(failure).toBeUndefined();
  expect(events).toBeGreaterThan(30_000);
}, 300_000);

/** Every field says something. */
const FULL: Policy = {
  description: 'web', kind: 'oneshot', needs: [{ name: 'db', restart: true }], wants: ['cache'], after: ['log'],
  restart: 'on-failure', successes: [0, 'SIGTERM'],
  backoff: { initial: 1, factor: 2, max: Infinity, jitter: 0.5, resetAfter: 5 }, giveUp: { after: 2, within: undefined, then: 'shutdown' }, critical: true,
  stop: { steps: [{ signal: 'SIGINT', within: 1 }, { signal: 'SIGTERM', within: undefined }], command: ['a', 'b'], commandWithin: 3, group: true },
  reload: { signal: undefined, command: ['c'], check: ['d'], verify: 'notify', within: 4, haproxy: { master: '/m', config: '/c', servers: 'runtime' } },
  ready: { by: 'http', url: 'http://x', interval: 5, timeout: 6 }, readyWithin: 7,
  health: {
    probe: { by: 'exec', command: ['e'] }, watchdog: 8, retries: 9, startPeriod: 10, onFailure: 'restart', interval: 11, timeout: 12,
  },
  up: ['f'], down: ['g'],
  launch: {
    ...PLAIN_LAUNCH, command: ['h'], cwd: '/', env: { A: 'b', ['__proto__']: 'c' }, envFiles: ['/i'], secrets: ['J'],
    user: 'k', group: 'l', groups: ['m'], umask: 18,
    limits: { nofile: { soft: 1, hard: 'unlimited' } }, nice: -5, ionice: { class: 'idle', level: undefined }, oomScoreAdj: -500,
  },
  schedule: { cron: '* * * * *', zone: 'UTC' }, watch: { paths: ['/n'], then: 'reload', quiet: 100 },
  logs: {
    output: 'capture', format: 'json', prefix: 'p', container: false, memory: 5, blocking: true,
    files: { directory: '/l', size: 1, age: undefined, count: 2, compress: 'gzip' },
  },
  faults: ['o'],
};

test('every field of a definition comes back', () => {
  const full = definition({
    notificationDescriptor: 3, hasFinish: true, killAfter: 1, lockDescriptor: 4, pidNamespace: true, finishWithin: undefined,
    stdoutPipe: 'p', stdinPipe: 'q', policy: FULL,
  });
  expect(definitionCodec(JSON.parse(writePlain(full)), 'definition')).toStrictEqual(full);
});

test('what an older build did not know has its default', () => {
  const { critical, faults } = PLAIN;
  const read = definitionCodec(JSON.parse(writePlain({ ...definition({}), policy: { critical, faults, launch: { nice: 5 } } })), 'definition');
  expect(read).toEqual(definition({ policy: { ...PLAIN, launch: { ...PLAIN_LAUNCH, nice: 5 } } }));
});

const service = newService(definition({ name: 'web' }), 'n6', 5);
const EMPTY: SavedLife = {
  process: { pid: 1, startTime: '5' }, build: '1', startedAt: 'x', frozenAt: 1, lives: 1, layout: { runtime: '/run/n6' },
  services: [{ service, startTime: undefined, deadline: 9, retired: false }],
  journal: { seq: 3, events: [{ seq: 3, at: 'x', event: 'service-up', more: [1] }] },
  runs: [{ pid: 9, startTime: '7', purpose: { type: 'stop', service: 'web', pid: 12 }, killAt: 4, output: undefined }],
  pipes: [{ key: 'log', read: 70, write: undefined }],
  drains: [], notices: [], locked: [], formerPids: [[4, 'web']], order: { standings: [], moves: [], selected: [], manners: [], nodes: [] }, schedules: [],
  doors: { services: [], scan: undefined }, locks: [], command: { process: undefined, exitCode: undefined }, overlay: undefined,
  catalogue: { installed: [], owners: [], isOpen: true }, hooks: [], sockets: [], listeners: [], outputs: {},
  watches: { at: 5, pending: [{ name: 'web', file: '/a', others: 1 }] },
  logs: { any: 'thing' }, members: [], tally: {
    services: [{ name: 'web', exits: [['0', 2]], reloads: { ok: 1, failed: 0 } }], begun: [['web', 3]], up: { count: 1, sum: 0.5, buckets: [0, 1] },
    ready: { count: 0, sum: 0, buckets: [] }, hookFailures: [['service-up', 1]], orphans: 4,
  }, guard: undefined, lookAt: undefined,
};
const written = (life: unknown, version: unknown = STATE_VERSION): string => writePlain({ version, life });

describe('a state file', () => {
  test('comes back as it was', () => expect(readLife(written(EMPTY))).toEqual({ life: EMPTY, faults: [] }));

  test('one service that cannot be read is told by its name, and the others are there', () => {
    const broken = { service: { ...service, state: { name: 'flying' } }, retired: false };
    const { life, faults } = readLife(written({ ...EMPTY, services: [broken, ...EMPTY.services] }));
    expect(life?.services).toEqual(EMPTY.services);
    expect(faults).toEqual([expect.stringMatching(/^web: services\[0\]\.service\.state\.name: expected down or .*, got "flying"$/)]);
  });

  test('a section that cannot be read takes no other with it', () => {
    const { life, faults } = readLife(written({ ...EMPTY, hooks: 5, journal: { seq: -1, events: [] } }));
    expect(life).toMatchObject({ services: EMPTY.services, hooks: [], journal: { seq: 0, events: [] } });
    expect(faults).toEqual(['journal.seq: expected a whole number from 0 up, got -1', 'hooks: expected a list, got 5']);
  });

  test.each([
    ['no JSON', 'not json'],
    ['another version', written(EMPTY, 2)],
    ['no object', '[]'],
    ['no services', written({ ...EMPTY, services: undefined })],
  ])('%s: nothing, and why', (_, text) => {
    const { life, faults } = readLife(text);
    expect(life).toBeUndefined();
    expect(faults.length).toBeGreaterThan(0);
  });

  test('whatever is damaged in it, reading never throws, and every fault is told', () => {
    const text = written(EMPTY);
    fc.assert(fc.property(fc.nat(text.length - 1), fc.nat(40), fc.string(), (at, length, put) => {
      const { life, faults } = readLife(text.slice(0, at) + put + text.slice(at + length));
      if (life === undefined) expect(faults.length).toBeGreaterThan(0);
    }), { numRuns: 2000 });
    fc.assert(fc.property(fc.json(), fc.constantFrom(...Object.keys(EMPTY)), (json, key) => {
      const { life } = readLife(written({ ...EMPTY, [key]: JSON.parse(json) as unknown }));
      if (life !== undefined) expect(Object.keys(life).sort()).toEqual(Object.keys(EMPTY).sort());
    }), { numRuns: 2000 });
  });

  test('a pid that is nobody\'s is refused: nothing would be signalled by it', () => {
    const running = { ...service, state: { name: 'running', pid: 1, ready: true, paused: false, health: undefined } };
    expect(() => serviceCodec(JSON.parse(writePlain(running)), 's')).toThrow(Malformed);
  });
});
