import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adviseSettings } from '../../src/core/setting-advice.ts';
import { logLevelOf, readSettings, SETTINGS, type SettingName } from '../../src/core/settings.ts';

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
    N6_GRACE: '0', S6_SERVICES_GRACETIME: '3000', S6_KILL_GRACETIME: '100', N6_RESTART_RULE: 's6', N6_S6_VERSION: '2.13',
    N6_WATCH: '1', N6_LOG_FORMAT: 'pretty',
    N6_LOGS: 'json', N6_LOGS_MEMORY: '0', N6_LOGS_MEMORY_ALL: '1', N6_LOG_LEVEL: 'debug', N6_HOOK_TIMEOUT: '999999999', N6_TITLE: '0', N6_KEEP_ENV: '1',
    S6_KEEP_ENV: '1', S6_BEHAVIOUR_IF_STAGE2_FAILS: '2',
    N6_CONTROL_GROUP: 'adm', N6_LISTEN: '0.0.0.0:8080', N6_LISTEN_HOSTS: 'a b.example', N6_TOKEN_FILE: '/run/secrets/n6', N6_TOKEN: 'x',
    S6_STAGE2_HOOK: '  sh -c\t"echo $FOO" ', S6_RUNTIME_PROFILE: 'big', S6_RUNTIME_BUNDLEDIR: '/b', S6_FIX_ATTRS_HIDDEN: 'yes', S6_WAIT_FOR_CLOSING_FD: '3',
    S6_VERBOSITY: '1', S6_CMD_ARG0: 'env A=1', S6_CMD_WAIT_FOR_SERVICES: '1', S6_CMD_WAIT_FOR_SERVICES_MAXTIME: '0', S6_CMD_RECEIVE_SIGNALS: '1',
    S6_KILL_FINISH_MAXTIME: '10000', S6_SYNC_DISKS: '1', S6_LOGGING_SCRIPT: 'T 1 n0 s10000000 T', S6_LOGGING: '1', S6_CATCHALL_USER: 'logs',
    S6_CMD_USE_TERMINAL: '1', S6_SERVICES_READYTIME: '10', S6_READ_ONLY_ROOT: '1', S6_YES_I_WANT_A_WORLD_WRITABLE_RUN_BECAUSE_KUBERNETES: '1',
  });
  expect(problems).toEqual([]);
  expect(settings).toEqual({
    N6_GRACE: 0, S6_SERVICES_GRACETIME: 3000, S6_KILL_GRACETIME: 100, N6_RESTART_RULE: 's6', N6_S6_VERSION: '2.13', N6_WATCH: true, N6_LOG_FORMAT: 'pretty',
    N6_LOGS: 'json', N6_LOGS_MEMORY: 0, N6_LOGS_MEMORY_ALL: 1,
    N6_CONTROL_GROUP: 'adm', N6_LISTEN: { host: '0.0.0.0', port: 8080 }, N6_LISTEN_HOSTS: ['a', 'b.example'], N6_TOKEN_FILE: '/run/secrets/n6',
    N6_TOKEN: 'x', N6_LOG_LEVEL: 'debug', N6_HOOK_TIMEOUT: 999_999_999, N6_TITLE: false, N6_KEEP_ENV: true, S6_KEEP_ENV: true, S6_BEHAVIOUR_IF_STAGE2_FAILS: 2,
    S6_STAGE2_HOOK: ['sh', '-c', '"echo', '$FOO"'], S6_RUNTIME_PROFILE: 'big', S6_RUNTIME_BUNDLEDIR: '/b', S6_FIX_ATTRS_HIDDEN: true, S6_WAIT_FOR_CLOSING_FD: 3,
    S6_VERBOSITY: 1, S6_CMD_ARG0: ['env', 'A=1'], S6_CMD_WAIT_FOR_SERVICES: true, S6_CMD_WAIT_FOR_SERVICES_MAXTIME: 0, S6_CMD_RECEIVE_SIGNALS: true,
    S6_KILL_FINISH_MAXTIME: 10_000, S6_SYNC_DISKS: true, S6_LOGGING_SCRIPT: ['T', '1', 'n0', 's10000000', 'T'], S6_LOGGING: 1, S6_CATCHALL_USER: 'logs',
    S6_CMD_USE_TERMINAL: true, S6_SERVICES_READYTIME: 10, S6_READ_ONLY_ROOT: true, S6_YES_I_WANT_A_WORLD_WRITABLE_RUN_BECAUSE_KUBERNETES: true,
  });
  expect(readSettings({ N6_WATCH: '0' }).settings.N6_WATCH).toBe(false);
});

test('all that cannot be understood is told at once, and the defaults apply', () => {
  const { settings, problems } = readSettings({
    N6_GRACE: '8s', N6_RESTART_RULE: 'S6', N6_WATCH: 'yes', N6_LOG_LEVEL: 'loud',
    S6_VERBOSITY: '-1', S6_WAIT_FOR_CLOSING_FD: 'x',
  });
  expect(problems).toEqual([
    { name: 'N6_GRACE', value: '8s', expected: 'a number of milliseconds' },
    { name: 'N6_RESTART_RULE', value: 'S6', expected: 'n6 or s6' },
    { name: 'N6_WATCH', value: 'yes', expected: '1 or 0' },
    { name: 'N6_LOG_LEVEL', value: 'loud', expected: 'error or warn or info or debug' },
    { name: 'S6_WAIT_FOR_CLOSING_FD', value: 'x', expected: 'a number' },
    { name: 'S6_VERBOSITY', value: '-1', expected: 'a number from 0 to 5' },
  ]);
  expect(settings).toEqual(readSettings({}).settings);
});

describe('addresses', () => {
  const read = (text: string): unknown => readSettings({ N6_LISTEN: text }).settings.N6_LISTEN;
  test('a port alone is on loopback', () => {
    expect(read('8080')).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(read('[::1]:80')).toEqual({ host: '::1', port: 80 });
    expect(read('node-1.example:0')).toEqual({ host: 'node-1.example', port: 0 });
  });
  for (const text of [':8080', '*', '1.2.3.4', '::1:80', '65536', 'a:b', 'http://a:80', 'a b:80', '[x]:1', '-1']) {
    test(`${text} is none`, () => {
      expect(readSettings({ N6_LISTEN: text }).problems).toEqual([{ name: 'N6_LISTEN', value: text, expected: 'PORT, HOST:PORT or [IPV6]:PORT' }]);
    });
  }
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

test("s6's switches are off when 0 or empty, and on for anything else; n6's own take 1 and 0 alone", () => {
  for (const [text, value] of [['0', false], ['', false], ['1', true], ['2', true], ['no', true]] as const) {
    expect(readSettings({ S6_SYNC_DISKS: text }).settings.S6_SYNC_DISKS, text).toBe(value);
  }
  expect(readSettings({ N6_KEEP_ENV: '2' }).problems).toHaveLength(1);
});

test('more than the most is the most, as s6-overlay compares', () => {
  const { settings, problems } = readSettings({ S6_VERBOSITY: '9', S6_BEHAVIOUR_IF_STAGE2_FAILS: '3' });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({ S6_VERBOSITY: 5, S6_BEHAVIOUR_IF_STAGE2_FAILS: 2 });
});

test("the level of n6's own log is the one that is given, else what S6_VERBOSITY means", () => {
  const level = (environment: Record<string, string>): string => logLevelOf(readSettings(environment).settings);
  expect(level({})).toBe('info');
  expect(['0', '1', '2', '3', '4', '5'].map((verbosity) => level({ S6_VERBOSITY: verbosity }))).toEqual(['error', 'warn', 'info', 'debug', 'debug', 'debug']);
  expect(level({ S6_VERBOSITY: '0', N6_LOG_LEVEL: 'debug' })).toBe('debug');
});

describe('advice', () => {
  const advised = (environment: Record<string, string | undefined>): string[] => adviseSettings(environment).map(({ text }) => text.split(' ')[0]!);

  test('every variable of s6-overlay that has no effect here is named, with what replaces it', () => {
    const without = names.filter((name) => 'advice' in SETTINGS[name]);
    expect(without).toEqual([
      'S6_LOGGING', 'S6_CATCHALL_USER', 'S6_CMD_USE_TERMINAL', 'S6_SERVICES_READYTIME', 'S6_READ_ONLY_ROOT',
      'S6_YES_I_WANT_A_WORLD_WRITABLE_RUN_BECAUSE_KUBERNETES',
    ]);
    expect(advised(Object.fromEntries(names.map((name) => [name, '1'])))).toEqual(without);
    expect(adviseSettings({ S6_LOGGING: '2' })).toEqual([{ type: 'note', level: 'warn', text: expect.stringContaining('a log/ of their own') as string }]);
  });

  test('what is switched off, empty, unset, or has no effect in s6-overlay either is not worth a word', () => {
    expect(advised({})).toEqual([]);
    expect(advised(Object.fromEntries(names.map((name) => [name, '0'])))).toEqual([]);
    expect(advised(Object.fromEntries(names.map((name) => [name, ''])))).toEqual([]);
    expect(advised({ S6_CATCHALL_USER: 'logs' })).toEqual([]);
  });

  test('a name that resembles a setting is asked about, another is left alone', () => {
    expect(adviseSettings({ S6_KEEPENV: '1' })[0]!.text).toBe('S6_KEEPENV has no effect: there is no such setting; did you mean S6_KEEP_ENV?');
    expect(advised({ S6_BEHAVIOR_IF_STAGE2_FAILS: '2', S6_SERVICE_GRACETIME: '1' })).toEqual(['S6_BEHAVIOR_IF_STAGE2_FAILS', 'S6_SERVICE_GRACETIME']);
    const others = ['S6_OVERLAY_VERSION', 'S6_OVERLAY_RELEASE', 'S6_OVERLAY_ARCH', 'S6_ARCH', 'S6_VERSION', 'S6_DIR', 'S6', 'KEEP_ENV', 'N6_X'];
    expect(advised(Object.fromEntries(others.map((name) => [name, '1'])))).toEqual([]);
  });
});
