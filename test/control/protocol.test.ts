import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENDPOINT_NAMES, ENDPOINTS, matchPath, pathOf } from '../../src/control/protocol.ts';
import { Refusal } from '../../src/control/problem.ts';
import { commandWish, healthWish, pokePayload, readObject, shutdownReason, sinceSequence, waitWish } from '../../src/control/requests.ts';

test.each(ENDPOINT_NAMES)('the path of %s is found again, whatever the names in it', (endpoint) => {
  const names = [...ENDPOINTS[endpoint].path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const wild = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text !== 'wait' && text !== 'why');
  fc.assert(fc.property(fc.record(Object.fromEntries(names.map((name) => [name, wild]))), (parameters) => {
    expect(matchPath(pathOf(endpoint, parameters))).toEqual({ endpoint, parameters: { ...parameters } });
  }));
});

const NOWHERE = ['//', '', '/v1', '/dashboard/', '/dashboard/a/b', '/v2/services', '/v1/services/', '/v1/services//start', '/v1/services/a/b/c',
  '/v1/servicesx'];

test.each(NOWHERE)('nothing is at "%s"', (path) => {
  expect(matchPath(path)).toBeUndefined();
});

test('broken percent-encoding is an URIError, for the server to tell', () => {
  expect(() => matchPath('/v1/services/%zz')).toThrow(URIError);
});

test('what a command takes follows from what it can reach', () => {
  expect(commandWish('start', {})).toEqual({ wait: false, timeout: undefined, signal: undefined });
  expect(commandWish('stop', { wait: true, timeout: 500 })).toEqual({ wait: true, timeout: 500, signal: undefined });
  expect(commandWish('reload', { wait: true })).toEqual({ wait: true, timeout: undefined, signal: undefined });
  expect(commandWish('kill', {})).toEqual({ wait: false, timeout: undefined, signal: 'SIGTERM' });
  expect(commandWish('kill', { signal: 'usr1' })).toMatchObject({ signal: 'SIGUSR1' });
});

test.each([
  ['start takes no "signal"', () => commandWish('start', { signal: 'TERM' })],
  ['pause takes no "wait"', () => commandWish('pause', { wait: true })],
  ['wait: expected true or false, got "yes"', () => commandWish('start', { wait: 'yes' })],
  ['timeout: expected milliseconds, 0 to 2147483647, got -1', () => commandWish('start', { timeout: -1 })],
  ['timeout: expected milliseconds, 0 to 2147483647, got 1.5', () => commandWish('start', { timeout: 1.5 })],
  ['timeout: expected milliseconds, 0 to 2147483647, got "5s"', () => waitWish(new URLSearchParams('timeout=5s'))],
  ['did you mean "TERM"?', () => commandWish('kill', { signal: 'TREM' })],
  ['expected up, ready, down, healthy, got "sideways"', () => waitWish(new URLSearchParams('for=sideways'))],
  ['level: expected alive or ready, got "well"', () => healthWish(new URLSearchParams('level=well'))],
  ['environment: expected an object of strings', () => pokePayload({ environment: { A: 1 } })],
  ['input: expected a string, got 7', () => pokePayload({ input: 7 })],
  ['reason: expected a string', () => shutdownReason({ reason: {} })],
  ['since: expected the seq of an event, got "x"', () => sinceSequence(new URLSearchParams('since=x'), undefined)],
  ['the body is not JSON', () => readObject('rescan', '{')],
  ['has to be a JSON object, got [1]', () => readObject('rescan', '[1]')],
  ['unknown key of the body "wiat"; did you mean "wait"?', () => readObject('command', '{"wiat":true}')],
  ['unknown key of the body "x"; there is none here', () => readObject('rescan', '{"x":1}')],
])('refused: %s', (sentence, act) => {
  expect(act).toThrow(Refusal);
  expect(act).toThrow(sentence);
});

test('whatever JSON comes, it is read or refused', () => {
  fc.assert(fc.property(fc.json(), fc.constantFrom('command', 'poke', 'shutdown', 'rescan'), (text, endpoint) => {
    try {
      const body = readObject(endpoint, text);
      for (const read of [() => commandWish('kill', body), () => pokePayload(body), () => shutdownReason(body)]) {
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal);
    }
  }));
});

test('a reason becomes one line of the log', () => {
  expect(shutdownReason({ reason: 'a\nb\x1b[2J' })).toBe('a b [2J');
  expect(shutdownReason({})).toBe('asked through the control API');
});
