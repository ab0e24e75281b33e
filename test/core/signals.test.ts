import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameOfSignal, SIGNAL_NAMES, signalName, signalNumber } from '../../src/core/signals.ts';

test('the numbers are those of this Linux, for every name that Node knows', () => {
  for (const [name, number] of Object.entries(constants.signals)) expect([name, signalNumber(name)]).toEqual([name, number]);
});

test('every number is a name and comes back', () => {
  const numbers = Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => number !== 32 && number !== 33);
  for (const number of numbers) expect(signalNumber(nameOfSignal(number)!)).toBe(number);
  expect(SIGNAL_NAMES).toEqual(numbers.slice(0, 31).map(nameOfSignal));
});

test('0, 32, 33 and 65 are no signals: the two are glibc\'s own', () => {
  for (const number of [-1, 0, 32, 33, 65, 1.5, NaN]) expect(nameOfSignal(number)).toBeUndefined();
});

describe('what a person may write (spec 1.1.10)', () => {
  for (const [text, name] of [
    ['TERM', 'SIGTERM'], ['sigterm', 'SIGTERM'], ['SigUsr1', 'SIGUSR1'], [' HUP\n', 'SIGHUP'], ['10', 'SIGUSR1'], ['015', undefined], ['9', 'SIGKILL'],
    ['RTMIN', 'SIGRTMIN'], ['rtmin+3', 'SIGRTMIN+3'], ['SIGRTMIN+3', 'SIGRTMIN+3'], ['37', 'SIGRTMIN+3'], ['RTMAX', 'SIGRTMIN+30'], ['RTMAX-1', 'SIGRTMIN+29'],
    ['IOT', 'SIGABRT'], ['CLD', 'SIGCHLD'], ['POLL', 'SIGIO'],
    ['', undefined], ['SIG', undefined], ['0', undefined], ['32', undefined], ['65', undefined], ['-9', undefined], ['9.0', undefined],
    ['SIGSIGTERM', undefined],
    ['RTMIN-1', undefined], ['RTMAX+1', undefined], ['RTMIN+31', undefined], ['RTMIN+', undefined], ['TERMINATE', undefined], ['constructor', undefined],
  ] as const) test(`${JSON.stringify(text)}: ${name ?? 'none'}`, () => expect(signalName(text)).toBe(name));
});

test('whatever is written, it is a signal with a number or none', () => {
  const words = fc.oneof(fc.string(), fc.stringMatching(/^(SIG)?(RTMIN|RTMAX|TERM|HUP)?[+-]?\d{0,3}$/));
  fc.assert(fc.property(words, (text) => {
    const name = signalName(text);
    if (name === undefined) return;
    expect(nameOfSignal(signalNumber(name)!)).toBe(name);
  }), { numRuns: 2000 });
});
