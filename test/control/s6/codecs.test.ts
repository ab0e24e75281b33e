import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withDeath } from '../../../src/control/s6/death-tally.ts';
import { eventBytes } from '../../../src/control/s6/event-bytes.ts';
import { isSubscriber } from '../../../src/control/s6/notify.ts';
import { encodeStatus, statusRecord } from '../../../src/control/s6/status-record.ts';
import { tai64n } from '../../../src/control/s6/tai64n.ts';
import { newService, type Service, type State } from '../../../src/core/service.ts';
import { definition } from '../../help/definition.ts';

const fresh = (changes: Partial<Service> = {}): Service => ({ ...newService(definition(), 's6', 0), ...changes });
const stamp = (at: number): Buffer => tai64n(at === -Infinity ? 0 : at);
const encode = (service: Service): Buffer => encodeStatus(statusRecord(service, stamp));
const flags = (state: State, changes: Partial<Service> = {}): number => encode(fresh({ startedAt: 5, state, ...changes }))[34]!;

describe('TAI64N', () => {
  test('the label that s6 wrote at a known second (spec 2.2.2)', () => {
    expect(tai64n(1795366953_000).toString('hex')).toBe('400000006b03204e00000000');
    expect(tai64n(1795366953_287.5).toString('hex')).toBe(`400000006b03204e${(287_500_000).toString(16).padStart(8, '0')}`);
  });

  test('any moment: 12 bytes whose order is that of time', () => {
    const moment = fc.double({ min: 0, max: 1e13, noNaN: true });
    fc.assert(fc.property(moment, moment, (a, b) => {
      const [early, late] = [tai64n(Math.min(a, b)), tai64n(Math.max(a, b))];
      expect(early.length).toBe(12);
      expect(early.readUInt32BE(8)).toBeLessThan(1e9);
      expect(Buffer.compare(early, late)).toBeLessThanOrEqual(0);
    }));
  });
});

describe('the status record', () => {
  test('the 35 bytes of spec 2.3.5', () => {
    const [changed, ready] = ['400000006b03224a112b87c3', '400000006b03224a113b2b4c'].map((hex) => Buffer.from(hex, 'hex'));
    const flags = { paused: false, finishing: false, wantedUp: false, ready: true };
    expect(encodeStatus({ changed: changed!, ready: ready!, pid: 0, waitStatus: 15, flags }).toString('hex'))
      .toBe('400000006b03224a112b87c3400000006b03224a113b2b4c0000000000000000000f08');
  });

  test('the flags of spec 2.3.3', () => {
    const running = { name: 'running', pid: 7, ready: false, paused: false, health: undefined } as const;
    expect(encode(fresh())[34]).toBe(0x0c);
    // Never started: what 2.13 and later say of it.
    for (const version of ['2.13', '2.15'] as const) expect(encodeStatus(statusRecord(fresh(), stamp, version))[34]).toBe(0x0d);
    expect(encode(fresh({ wanted: 'down' }))[34]).toBe(0x08);
    expect(flags(running)).toBe(0x04);
    expect(flags({ ...running, ready: true }, { readyAt: 6 })).toBe(0x0c);
    expect(flags(running, { wanted: 'down' })).toBe(0x00);
    expect(flags({ name: 'stopping', pid: 7, kills: 0, step: 0 }, { wanted: 'down', readyAt: 6 })).toBe(0x08);
    expect(flags({ ...running, paused: true })).toBe(0x05);
    expect(flags({ name: 'finishing', program: 'finish', pid: 8, kills: 0 }, { readyAt: 6 })).toBe(0x06);
    expect(flags({ name: 'finishing', program: 'finish', pid: 8, kills: 0 }, { wanted: 'down' })).toBe(0x02);
    expect(flags({ name: 'spawning', program: 'finish' })).toBe(0x04);
    expect(flags({ name: 'backingOff', until: 9, failure: undefined })).toBe(0x0c);
    expect(flags({ name: 'spawning', program: 'run' })).toBe(0x0c);
    expect(flags({ name: 'down' }, { wanted: 'down' })).toBe(0x08);
  });

  test('pid, wait status and stamps', () => {
    const dead = { startedAt: 1000, readyAt: 1500, diedAt: 3000, endedAt: 4000 };
    const signalled = encode(fresh({ ...dead, lastExit: { signal: 'SIGSEGV', number: 11, dumped: true } }));
    expect(signalled.readUInt16BE(32)).toBe(0x8b);
    expect([signalled.subarray(0, 12), signalled.subarray(12, 24)]).toEqual([tai64n(3000), tai64n(4000)]);
    const alive = encode(fresh({ ...dead, lastExit: { code: 3 }, state: { name: 'running', pid: 0x10203, ready: true, paused: false, health: undefined } }));
    expect(alive.readUInt16BE(32)).toBe(0x300);
    expect(alive.subarray(24, 32).toString('hex')).toBe('0000000000010203');
    expect([alive.subarray(0, 12), alive.subarray(12, 24)]).toEqual([tai64n(1000), tai64n(1500)]);
  });
});

describe('the death tally', () => {
  test('the records of spec 2.4.1', () => {
    const label = tai64n(0);
    expect(withDeath(Buffer.alloc(0), label, { signal: 'SIGTERM', number: 15, dumped: false }, 9).subarray(12).toString('hex')).toBe('8f0f');
    expect(withDeath(Buffer.alloc(0), label, { code: 42 }, 9).subarray(12).toString('hex')).toBe('2a00');
  });

  test('keeps the newest, oldest first, and forgets what it cannot be', () => {
    fc.assert(fc.property(fc.array(fc.nat(255), { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (codes, size) => {
      const tally = codes.reduce<Buffer>((before, code) => withDeath(before, tai64n(code), { code }, size), Buffer.alloc(0));
      expect([...Array(tally.length / 14).keys()].map((i) => tally[14 * i + 12])).toEqual(codes.slice(-size));
    }));
    expect(withDeath(Buffer.alloc(13), tai64n(0), { code: 1 }, 9).length).toBe(14);
  });
});

describe('event bytes', () => {
  test('spec 2.5.4', () => {
    expect([eventBytes('service-up', fresh()), eventBytes('service-ready', fresh()), eventBytes('service-exited', fresh())]).toEqual(['u', 'U', 'd']);
    expect(eventBytes('service-finished', fresh())).toBe('D');
    // 2.15 without a finish: both in one write.
    expect([eventBytes('service-exited', fresh(), '2.15'), eventBytes('service-finished', fresh(), '2.15')]).toEqual([undefined, 'dD']);
    expect(eventBytes('service-finished', fresh({ state: { name: 'failed', why: 'finish asked for it' } }))).toBe('OD');
    for (const silent of ['service-failed', 'service-down', 'service-stopping'] as const) expect(eventBytes(silent, fresh())).toBeUndefined();
  });

  test('only names of 39 bytes are subscribers', () => {
    const name = `ftrig1:@${'0'.repeat(24)}:abcdef`;
    expect([name, `.${name}`, `${name}x`, name.slice(1), 'other'].map(isSubscriber)).toEqual([true, false, false, false, false]);
  });
});
