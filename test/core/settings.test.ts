import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSettings, SETTINGS, type SettingName } from '../../src/core/settings.ts';

const names = Object.keys(SETTINGS) as SettingName[];

test('an empty environment gives every default', () => {
  const { settings, problems } = readSettings({});
  expect(problems).toEqual([]);
  expect(settings).toEqual(Object.fromEntries(names.map((name) => [name, SETTINGS[name].fallback])));
});

test('a variable that is set to nothing is as if it were not set', () => {
  expect(readSettings(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readSettings({}));
});

test('every setting takes its values', () => {
  const { settings, problems } = readSettings({
    N6_GRACE: '0', S6_SERVICES_GRACETIME: '3000', S6_KILL_GRACETIME: '100', N6_RESTART_RULE: 's6', N6_WATCH: '1', N6_LOG_FORMAT: 'pretty',
    N6_LOG_LEVEL: 'debug', N6_HOOK_TIMEOUT: '999999999',
  });
  expect(problems).toEqual([]);
  expect(settings).toEqual({
    N6_GRACE: 0, S6_SERVICES_GRACETIME: 3000, S6_KILL_GRACETIME: 100, N6_RESTART_RULE: 's6', N6_WATCH: true, N6_LOG_FORMAT: 'pretty',
    N6_LOG_LEVEL: 'debug', N6_HOOK_TIMEOUT: 999_999_999,
  });
  expect(readSettings({ N6_WATCH: '0' }).settings.N6_WATCH).toBe(false);
});

test('all that cannot be understood is told at once, and the defaults apply', () => {
  const { settings, problems } = readSettings({ N6_GRACE: '8s', N6_RESTART_RULE: 'S6', N6_WATCH: 'yes', N6_LOG_LEVEL: 'loud' });
  expect(problems).toEqual([
    { name: 'N6_GRACE', value: '8s', expected: 'a number of milliseconds' },
    { name: 'N6_RESTART_RULE', value: 'S6', expected: 'n6 or s6' },
    { name: 'N6_WATCH', value: 'yes', expected: '1 or 0' },
    { name: 'N6_LOG_LEVEL', value: 'loud', expected: 'error or warn or info or debug' },
  ]);
  expect(settings).toEqual(readSettings({}).settings);
});

describe('milliseconds', () => {
  for (const text of ['-1', '1.5', '1e3', ' 1', '0x10', '1000000000', 'Infinity', '١']) {
    test(`${text} is none`, () => expect(readSettings({ N6_GRACE: text }).problems).toHaveLength(1));
  }
});

test('whatever is in the environment, every setting has a value of its kind', () => {
  fc.assert(fc.property(fc.dictionary(fc.constantFrom<string>(...names), fc.string()), (environment) => {
    const { settings, problems } = readSettings(environment);
    expect(Object.keys(settings).sort()).toEqual([...names].sort());
    for (const { name } of problems) expect(settings[name as SettingName]).toBe(SETTINGS[name as SettingName].fallback);
  }));
});
