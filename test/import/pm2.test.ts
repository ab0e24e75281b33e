/* eslint-disable max-len -- a case is read in one line */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Imported } from '../../src/import/model.ts';
import { importPm2 } from '../../src/import/pm2/index.ts';
import { APP_KEYS, NAMES } from '../../src/import/pm2/keys.ts';
import { temporary, write, type Files } from '../help/machine.ts';
import { pathsOf, remarksOf, said, textOf, yamlsOf } from './help.ts';

function importing(name: string, text: string, env?: string, files: Files = {}): { imported: Imported; directory: string } {
  const directory = temporary();
  write(directory, { [name]: text, ...files });
  return { imported: importPm2(path.join(directory, name), env), directory };
}
const app = (keys: Record<string, unknown>, env?: string): Imported =>
  importing('e.json', JSON.stringify({ apps: [{ name: 'x', script: '/srv/x.js', cwd: '/srv', ...keys }] }), env).imported;

describe('every key is expressed, or told', () => {
  // What means something beside another key only.
  const BESIDE: Readonly<Record<string, Record<string, unknown>>> = {
    instance_var: { instances: 2, exec_mode: 'fork' }, increment_var: { instances: 2, exec_mode: 'fork', env: { PORT: 1 } }, instances: { exec_mode: 'fork' },
    exec_mode: { instances: 2 }, watch_delay: { watch: true }, error_file: { out_file: '/dev/null' },
  };
  const NOTHING = ['execute_command', 'windowsHide', 'write'];
  test.each(Object.entries(APP_KEYS).filter(([key]) => !NOTHING.includes(key)))('%s', (key, { example, lost }) => {
    const env = key === 'append_env_to_name' ? 'production' : undefined;
    const beside = { ...BESIDE[key], ...(env === undefined ? {} : { env_production: {} }) };
    const imported = app({ ...beside, [key]: example }, env);
    expect(said(imported)).toEqual([]);
    expect(textOf(imported)).not.toBe(textOf(app(beside, env)));
    if (lost !== undefined) expect(remarksOf(imported)).toContainEqual(expect.stringMatching(new RegExp(`^not imported: ${key}[:=]`)));
  });
  test('what means nothing is known all the same', () => {
    for (const key of NOTHING) expect(remarksOf(app({ [key]: true }))).toEqual([]);
    expect([NAMES.get('node_args'), NAMES.get('nodeArgs'), NAMES.get('outFile'), NAMES.get('user')]).toEqual(['interpreter_args', 'interpreter_args', 'out_file', 'uid']);
  });
});

test.each<[Record<string, unknown>, Record<string, unknown>]>([
  [{}, {
    'command': ['node', '/srv/x.js'], 'cwd': '/srv', 'restart': 'always', 'backoff': { 'initial': '1s', 'factor': 1, 'max': '1s', 'jitter': 0, 'reset-after': '1s' },
    'give-up': { after: 16, then: 'fail' }, 'stop': { signals: ['INT 1600ms', 'KILL'], group: true },
  }],
  [{ script: 'x.py', args: '--a "b c" D="e f"' }, { command: ['python', '/srv/x.py', '--a', 'b c', 'D="e f"'], env: { PYTHONUNBUFFERED: '1' } }],
  [{ script: 'bin/x.mjs', node_args: ['--a', '-b'], args: [1, 'two words'] }, { command: ['node', '--a', '-b', '/srv/bin/x.mjs', '1', 'two words'] }],
  [{ script: 'npm', args: 'start' }, { command: ['npm', 'start'] }],
  [{ script: './x', interpreter: 'none' }, { command: ['/srv/x'] }],
  [{ script: 'npm run a && b' }, { command: 'npm run a && b' }],
  [{ autorestart: false, cron_restart: '* * * * *' }, { 'restart': 'never', 'backoff': undefined, 'give-up': undefined }],
  [{ stop_exit_codes: 3 }, { 'restart': 'on-failure', 'success-codes': [3] }],
  [{ max_restarts: 0 }, { restart: 'never' }],
  [{ restart_delay: 3000 }, { 'backoff': { 'initial': '3s', 'factor': 1, 'max': '3s', 'jitter': 0, 'reset-after': '1s' }, 'give-up': undefined }],
  [{ exp_backoff_restart_delay: 100, max_restarts: 9 }, { 'backoff': { 'initial': '100ms', 'factor': 1.5, 'max': '15s', 'jitter': 0, 'reset-after': '30s' }, 'give-up': { after: 9, then: 'fail' } }],
  [{ min_uptime: '2m' }, { backoff: expect.objectContaining({ 'reset-after': '120s' }) }],
  [{ kill_timeout: 0, treekill: false }, { stop: { signals: ['KILL'], group: false } }],
  [{ watch: ['a', '/b'], watch_delay: 200 }, { watch: { paths: ['/srv/a', '/b'], quiet: '200ms' } }],
  [{ watch: true }, { watch: ['/srv'] }],
  [{ uid: 'www', gid: 33 }, { user: 'www', group: 33 }],
  [{ out_file: '/dev/null', error: '/dev/null' }, { logs: 'discard' }],
  [{ env: { A: 1, B: true, C: { d: 1 }, D: null, E: 'x' }, port: 80 }, { env: { A: '1', B: 'true', C: '{"d":1}', E: 'x', PORT: '80' } }],
])('app: %j', (keys, expected) => {
  const imported = app(keys);
  expect(said(imported)).toEqual([]);
  const { x } = yamlsOf(imported);
  for (const [key, value] of Object.entries(expected)) expect(x![key], key).toEqual(value);
});

test('JavaScript is run, and what it prints is not what it says', () => {
  for (const [name, text] of Object.entries({
    'e.config.js': "console.log('{}'); const port = 40 + 2; module.exports = { apps: [{ script: 'a.js', port, f: () => 1 }] };",
    'e.cjs': "module.exports = [{ script: 'a.js', port: 42 }];",
    'e.mjs': "export default { apps: { script: 'a.js', port: await Promise.resolve(42) } };",
  })) {
    const { imported, directory } = importing(name, text);
    expect(yamlsOf(imported)).toMatchObject({ a: { command: ['node', `${directory}/a.js`], cwd: directory, env: { PORT: '42' } } });
    expect(said(imported)).toEqual([]);
  }
});

test('JSON with comments, YAML, and an app alone', () => {
  const texts: [string, string][] = [
    ['e.json', "{ /* a\n*/ apps: [{ 'script': \"http://a.js\", // b\n }] }"], ['e.json', '{"script": "http://a.js"}'], ['e.yaml', 'apps:\n  - script: http://a.js\n'], ['e.yml', '- script: http://a.js'],
  ];
  for (const [name, text] of texts) expect(Object.keys(yamlsOf(importing(name, text).imported)), text).toEqual(['a']);
});

test('instances: each a service in fork mode, one in cluster mode', () => {
  const forked = app({ exec_mode: 'fork', instances: 2, increment_var: 'PORT', env: { PORT: '3000' } });
  expect(Object.entries(yamlsOf(forked)).map(([name, { env }]) => [name, env])).toEqual([
    ['x-0', { PORT: '3000', NODE_APP_INSTANCE: '0' }], ['x-1', { PORT: '3001', NODE_APP_INSTANCE: '1' }],
  ]);
  for (const keys of [{ instances: 4 }, { instances: 'max', exec_mode: 'cluster' }, { instances: -1, exec_mode: 'fork' }]) {
    const imported = app(keys);
    expect(Object.keys(yamlsOf(imported))).toEqual(['x']);
    expect(remarksOf(imported)).toEqual([expect.stringMatching(/^not imported: instances/)]);
  }
  expect(remarksOf(app({ instances: 1, exec_mode: 'cluster' }))).toEqual([]);
});

test('--env adds an environment; one that no app has is told', () => {
  const keys = { env: { A: '1', B: '1' }, env_production: { B: '2' } };
  expect(yamlsOf(app(keys, 'production'))['x']!['env']).toEqual({ A: '1', B: '2' });
  expect(yamlsOf(app(keys))['x']!['env']).toEqual({ A: '1', B: '1' });
  expect(said(app(keys, 'staging'))).toEqual([expect.stringContaining('expected the NAME of an env_NAME that some app has, got "staging"; name another, or add env_staging')]);
});

test('names become directories, and stay apart', () => {
  const { imported } = importing('e.json', JSON.stringify([{ script: 'a.js' }, { script: 'b.js', name: 'a' }, { script: 'c.js', name: '../my app/' }, { script: 'd.js', name: '..', autostart: false }]));
  expect(Object.keys(yamlsOf(imported))).toEqual(['a', 'a-2', 'my-app', 'service']);
  expect(pathsOf(imported)).toContain('service/down');
  expect(remarksOf(imported)).toEqual([expect.stringContaining('it was called "../my app/"'), expect.stringContaining('it was called ".."')]);
});

test('variables that n6 would read as secrets, or cannot have, are told', () => {
  const imported = app({ env: { 'KEY_FILE': '/k', 'a.b': '1' } });
  expect(yamlsOf(imported)['x']!['env']).toEqual({ KEY_FILE: '/k', KEY: '' });
  expect(JSON.stringify(textOf(imported))).toContain('an empty KEY keeps n6 from reading the file');
  expect(remarksOf(imported)).toEqual([expect.stringContaining('not imported: the variable a.b: ')]);
});

test.each([
  ['e.json', '{"apps": [\n{"script": "a.js",\n"watch_delay": "soon",\n"autorestart": 1}, 5, {"name": "n"}]}', [
    'e.json:3: expected a number, 0 or more for watch_delay, got "soon"; write it like this: {"watch_delay":1000} (until then: as if it were not there)',
    'e.json:4: expected true or false for autorestart, got "1"; write it like this: {"autorestart":false} (until then: as if it were not there)',
    'e.json:4: expected an app: names with values, got "5"; write it like this: { "script": "app.js" }',
    'e.json:4: expected a script in the app n; add one: { "script": "app.js" }',
  ]],
  ['e.json', '{"apps": 1', [expect.stringMatching(/^e\.json:1: expected what JSON or YAML is made of \(.*\); correct it$/)]],
  ['e.yaml', 'a: b', ['e.yaml: expected { "apps": [...] }, got "{\\"a\\":\\"b\\"}"; is it an ecosystem file?']],
  ['e.toml', '', ['e.toml: expected a name that ends in .js, .cjs, .mjs, .json, .yaml or .yml, got ".toml"; rename it']],
  ['e.cjs', 'throw new Error("boo")', [expect.stringMatching(/^e\.cjs: expected a module that exports { apps: \[\.\.\.\] }, got "boo"; try it: node -p/)]],
  ['e.cjs', 'process.exit(3)', [expect.stringMatching(/^e\.cjs: expected a module that exports .*, got "it ended by itself"/)]],
  ['e.yaml', `a: &a [${'x,'.repeat(9)}]\n${'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(9)}]`).join('\n')}`, [expect.stringContaining('e.yaml: expected')]],
])('%s: %j', (name, text, expected) => {
  const { imported, directory } = importing(name, text);
  expect(said(imported).map((one) => one.replaceAll(`${directory}/`, ''))).toEqual(expected);
});

test('hostile values never throw', () => {
  fc.assert(fc.property(fc.dictionary(fc.constantFrom(...NAMES.keys(), 'env_x', 'other'), fc.jsonValue({ maxDepth: 2 })), (keys) => {
    textOf(app(keys, 'x'));
  }), { numRuns: 150 });
});
