import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { share } from '../../src/probes/health.ts';
import { createTail, plain } from '../../src/probes/lines.ts';
import { readNotice } from '../../src/probes/notify-fields.ts';
import { connectText, durationText } from '../../src/probes/sentences.ts';

const notice = (text: string): ReturnType<typeof readNotice> => readNotice(Buffer.from(text));

describe('a datagram of sd_notify', () => {
  test('every field', () => {
    expect(notice('READY=1\nRELOADING=1\nSTOPPING=1\nSTATUS=all is well\nMAINPID=77\nWATCHDOG=1\nWATCHDOG_USEC=2500000\nERRNO=2\nX_Y=z\nFDSTORE=1')).toEqual({
      ready: true, reloading: true, stopping: true, status: 'all is well', mainPid: '77', watchdog: 'alive', watchdogEvery: 2500,
    });
    expect(notice('WATCHDOG=trigger\n').watchdog).toBe('trigger');
    expect(notice('BARRIER=1')).toEqual(notice(''));
    expect(notice('EXTEND_TIMEOUT_USEC=99999999999')).toEqual(notice(''));
  });

  test('what only looks like one', () => {
    const odd = ['READY=0', 'READY=', 'READY', 'ready=1', ' READY=1', '=1', 'READY=1 ', 'WATCHDOG=2'];
    for (const text of [...odd, 'WATCHDOG_USEC=-1', 'WATCHDOG_USEC=0', 'WATCHDOG_USEC=1e9']) {
      expect(notice(text)).toEqual(notice(''));
    }
    expect(notice('STATUS=a\nSTATUS=b').status).toBe('a');
  });

  test('a status is one line of bounded length without control characters', () => {
    expect(notice('STATUS=\u001b[31mred\u001b[0m\ttab\u0000\u0085\u202eback').status).toBe('[31mred [0m tab back');
    expect([...notice(`STATUS=${'ü'.repeat(2000)}`).status!]).toHaveLength(200);
    expect(notice('STATUS=').status).toBe('');
  });

  test('whatever comes is harmless', () => {
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 4096 }), fc.string({ maxLength: 500 }).map((text) => Buffer.from(text)),
      fc.array(fc.tuple(fc.constantFrom('READY', 'STATUS', 'MAINPID', 'WATCHDOG', 'WATCHDOG_USEC', ''), fc.string()), { maxLength: 20 })
        .map((pairs) => Buffer.from(pairs.map(([name, value]) => `${name}=${value}`).join('\n')))), (bytes) => {
      const { status, watchdogEvery } = readNotice(Buffer.from(bytes));
      expect(status ?? '').not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      expect((status ?? '').length).toBeLessThanOrEqual(400);
      if (watchdogEvery !== undefined) expect(watchdogEvery).toBeGreaterThan(0);
    }), { numRuns: 2000 });
  });
});

describe('what a program has said', () => {
  test('the last one that says something', () => {
    const tail = createTail();
    for (const chunk of ['a\nb', 'c\r\n \n\n']) tail.push(Buffer.from(chunk));
    expect(tail.last()).toBe('bc');
    expect(plain('a\u0007b', 10)).toBe('a b');
  });
});

test('a thousand services are checked all over the interval, each always at the same time of it', () => {
  const shares = Array.from({ length: 1000 }, (_, index) => share(`worker-${index}`));
  expect(shares.map((_, index) => share(`worker-${index}`))).toEqual(shares);
  const tenths = Array.from({ length: 10 }, (_, tenth) => shares.filter((one) => Math.floor(one * 10) === tenth).length);
  expect(Math.min(...tenths)).toBeGreaterThan(60);
  expect(Math.max(...tenths)).toBeLessThan(140);
});

test('sentences', () => {
  expect([500, 2000, 1500, 60_000].map(durationText)).toEqual(['500 ms', '2 s', '1.5 s', '60 s']);
  expect(connectText('127.0.0.1:80', 'ECONNREFUSED')).toBe('connection refused by 127.0.0.1:80');
  expect(connectText('127.0.0.1:80', 'HPE_INVALID_CONSTANT')).toBe('127.0.0.1:80 does not speak HTTP');
  expect(connectText('/run/x', 'EACCES')).toBe('cannot connect to /run/x: permission denied (EACCES)');
});
