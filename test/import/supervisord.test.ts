/* eslint-disable max-len -- a case is read in one line */
import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importSupervisord } from '../../src/import/supervisord/index.ts';
import type { Imported } from '../../src/import/model.ts';
import { FCGI_KEYS, MAIN_KEYS, PROGRAM_KEYS } from '../../src/import/supervisord/keys.ts';
import { splitCommand, splitPairs } from '../../src/import/supervisord/words.ts';
import { temporary, write, type Files } from '../help/machine.ts';
import { pathsOf, remarksOf, said, textOf, yamlsOf } from './help.ts';

const importing = (text: string, environment: Record<string, string> = {}, files: Files = {}): Imported => {
  const directory = temporary();
  write(directory, { 's.conf': text, ...files });
  return importSupervisord(path.join(directory, 's.conf'), environment);
};
const program = (lines: string, environment: Record<string, string> = {}): Imported => importing(`[supervisord]\n[program:x]\ncommand=/bin/x\n${lines}\n`, environment);

describe('every key is expressed, or told', () => {
  // Without process_num in its name there is only one process, and both are read when there are several.
  const more = (key: string): string => (key.startsWith('numprocs') ? 'process_name=x%(process_num)s\n' : '');
  test.each(Object.entries(PROGRAM_KEYS))('%s', (key, { example, lost }) => {
    const before = textOf(program(more(key)));
    const imported = key === 'priority' ? importing(`[program:x]\ncommand=/bin/x\npriority=${example}\n[program:y]\ncommand=y\n`) : program(`${more(key)}${key}=${example}`);
    expect(said(imported)).toEqual([]);
    expect(textOf(imported)).not.toBe(before);
    if (lost !== undefined) expect(remarksOf(imported)).toContainEqual(expect.stringContaining(`not imported: ${key}=${example}: `));
  });
  test.each(Object.entries(FCGI_KEYS))('%s of an fcgi-program', (key, { example }) => {
    const imported = importing(`[fcgi-program:x]\ncommand=/bin/x\n${key}=${example}\n`);
    expect(remarksOf(imported)).toContainEqual(expect.stringContaining(`not imported: ${key}=${example}: `));
    expect(pathsOf(imported)).toContain('x/down');
  });
  test.each(Object.entries(MAIN_KEYS).filter(([key]) => key !== 'nodaemon'))('%s of supervisord', (key, { example, lost }) => {
    const imported = importing(`[supervisord]\n${key}=${example}\n[program:x]\ncommand=/bin/x\n`);
    expect(textOf(imported)).not.toBe(textOf(program('')));
    if (lost !== undefined) expect(imported.remarks).toContainEqual(expect.stringContaining(`not imported: [supervisord] ${key}=${example}: `));
  });
});

test.each<[string, Record<string, unknown>]>([
  ['', {
    'command': ['/bin/x'], 'cwd': '/', 'restart': 'on-failure', 'backoff': { 'initial': '1s', 'factor': 2, 'max': '3s', 'jitter': 0, 'reset-after': '1s' },
    'give-up': { after: 4, then: 'fail' }, 'stop': { signals: ['TERM 10s', 'KILL'] },
  }],
  ['autorestart=yes\nexitcodes=0,2', { restart: 'always' }],
  ['exitcodes=0, 2', { 'restart': 'on-failure', 'success-codes': [0, 2] }],
  ['autorestart=off', { 'restart': 'never', 'backoff': undefined, 'give-up': undefined }],
  ['startsecs=0', { 'backoff': undefined, 'give-up': undefined }],
  ['startretries=0\nstartsecs=5', { 'backoff': { 'initial': '1s', 'factor': 2, 'max': '1s', 'jitter': 0, 'reset-after': '5s' }, 'give-up': { after: 1, then: 'fail' } }],
  ['stopsignal=2\nstopwaitsecs=3\nstopasgroup=true', { stop: { signals: ['INT 3s', 'KILL'], group: true } }],
  ['stopsignal=KILL', { stop: { signals: ['KILL'] } }],
  ['killasgroup=true', { stop: undefined }],
  ['user=www\numask=27\ndirectory=/srv', { user: 'www', umask: '027', cwd: '/srv' }],
  ['user=1000', { user: 1000 }],
  ['stdout_logfile=NONE\nredirect_stderr=true', { logs: 'discard' }],
  ['environment=A="1, 2",B=\'x\',C=/y', { env: { A: '1, 2', B: 'x', C: '/y' } }],
  ['command=a %(here)s %% %(program_name)s %(ENV_A)s', { command: expect.stringMatching(/^set -f; exec a \/\S+ % x \$\{A\?\}$/) }],
  ['environment=A="x"\ncommand=a "%(ENV_A)s y"', { command: ['a', 'x y'] }],
  ['environment=A="%(ENV_H)s/y"', { command: 'A="${H?}"/y; export A; exec /bin/x', env: undefined }],
  ['command=sh -c "a \'b\' \\" \\c"', { command: ['sh', '-c', 'a \'b\' " \\c'] }],
])('program: %s', (lines, expected) => {
  const imported = program(lines, {});
  expect(said(imported)).toEqual([]);
  const { x } = yamlsOf(imported);
  for (const [key, value] of Object.entries(expected)) expect(x![key], key).toEqual(value);
});

test('the file is read as Python reads it', () => {
  const imported = importing([
    '# a comment', '[DEFAULT]', 'user=all', '[program:a]', 'Command = one ; comment', 'environment: A="1",', '    B="2"', '  # inside', '',
    '    ,C="a;b"', 'directory=/x#y', '[program:a]', 'umask=077', '[program:b]', 'command=two', 'user=mine',
  ].join('\n'));
  expect(said(imported)).toEqual([]);
  expect(yamlsOf(imported)).toMatchObject({ a: { command: ['one'], env: { A: '1', B: '2', C: 'a;b' }, cwd: '/x#y', umask: '077', user: 'all' }, b: { user: 'mine' } });
});

test('files are included, sorted, each with its own %(here)s', () => {
  const imported = importing('[include]\nfiles = conf.d/*.conf %(ENV_D)s/c.conf\n', { D: 'more' }, {
    'conf.d/b.conf': '[program:b]\ncommand=%(here)s/b\n', 'conf.d/a.conf': '[program:a]\ncommand=a\n', 'conf.d/.h.conf': '[program:h]\ncommand=h\n',
    'more/c.conf': '[program:c]\ncommand=c\n',
  });
  expect(said(imported)).toEqual([]);
  expect(Object.keys(yamlsOf(imported))).toEqual(['a', 'b', 'c']);
  expect(yamlsOf(imported)['b']!['command']).toEqual([expect.stringMatching(/\/conf\.d\/b$/)]);
});

test('what is no file to be read is told', () => {
  const directory = temporary();
  write(directory, { 's.conf': '[include]\nfiles=d/*\n[program:x]\ncommand=x\n', 'd/big.conf': '', 'd/dir/x': '' });
  execFileSync('mkfifo', [path.join(directory, 'd/fifo')]);
  truncateSync(path.join(directory, 'd/big.conf'), 100 * 2 ** 20);
  const imported = importSupervisord(path.join(directory, 's.conf'), {});
  expect(Object.keys(yamlsOf(imported))).toEqual(['x']);
  expect(said(imported).map((text) => text.replaceAll(`${directory}/`, ''))).toEqual([
    'd/big.conf: expected a file of supervisord, at most 4194304 bytes, got "104857600 bytes"; is it the right file?',
    'd/dir: expected a file of supervisord, at most 4194304 bytes, got "no regular file"; is it the right file?',
    'd/fifo: expected a file of supervisord, at most 4194304 bytes, got "no regular file"; is it the right file?',
  ]);
});

test('priorities are an order, processes are services, names stay apart', () => {
  const imported = importing([
    '[program:db]', 'command=db', 'priority=1', '[program:w]', 'command=w %(process_num)d', 'process_name=%(program_name)s-%(process_num)02d', 'numprocs=2',
    'numprocs_start=5', '[group:g]', 'programs=other', '[program:other]', 'command=o', 'process_name=db', '[program:last]', 'command=l', 'priority=1000',
  ].join('\n'));
  expect(said(imported)).toEqual([]);
  const yamls = yamlsOf(imported);
  expect(Object.fromEntries(Object.entries(yamls).map(([name, { after }]) => [name, after]))).toEqual({
    'db': undefined, 'w-05': ['db'], 'w-06': ['db'], 'g-db': ['db'], 'last': ['w-05', 'w-06', 'g-db'],
  });
  expect(yamls['w-06']!['command']).toEqual(['w', '6']);
  expect(imported.remarks).toEqual([expect.stringContaining('not imported: [group:g]: ')]);
});

test('s6 files say what stop cannot', () => {
  const imported = program('killasgroup=true\nstopsignal=INT\nautostart=false');
  expect(imported.services[0]!.files).toMatchObject([
    { path: 'down' }, { path: 'down-signal', content: 'INT\n' }, { path: 'timeout-kill', content: '10000\n' }, { path: 'flag-timeout-killpg' },
  ]);
});

test('all that is wrong is told at once, with its line, and the rest is imported', () => {
  const imported = importing([
    '[program:x]', 'command=x', 'autostart=maybe', 'startsecs=-1', 'stopsignal=TREM', 'umask=9', 'exitcodes=256', 'environment=A', 'user=%(ENV_NOBODY)s',
    'no value', '[program:y]', 'command="', '[program:z]', 'autostart=true', '[include]', 'files=none/*', '[program:n]', 'command=n %(proces_num)s', 'numprocs=2',
    '[group:g]', 'programs=x,q',
  ].join('\n'));
  expect(Object.keys(yamlsOf(imported))).toEqual(['x', 'n']);
  expect(said(imported).map((text) => text.replace(/^.*s\.conf:/, '').replace(/ls \/.*\//, 'ls DIR/')).sort()).toEqual([
    '10: expected KEY=VALUE, got "no value"; write it like this: autostart=true',
    '12: expected a closing ", got "\\""; write it like this: command=/usr/bin/web --port 80',
    '13: expected a command in [program:z]; add a line such as: command=/usr/bin/web',
    '16: expected the name of a file, or a pattern that finds one, got "none/*"; look what is there: ls DIR/none',
    '18: expected a name that supervisord knows, got "%(proces_num)s"; did you mean "%(process_num)s"?',
    '19: expected %(process_num)s in process_name when there is more than one process, got "2"; add: process_name=%(program_name)s-%(process_num)s (until then: 1)',
    '21: expected the name of a program, got "q"; add [program:q], or take it out',
    '3: expected true or false, got "maybe"; write it like this: autostart=true (until then: true)',
    '4: expected a number, 0 or more, got "-1"; write it like this: startsecs=1 (until then: 1)',
    '5: expected the name or number of a signal, got "TREM"; write it like this: stopsignal=TERM (until then: SIGTERM)',
    '6: expected an octal number, got "9"; write it like this: umask=022 (until then: none)',
    '7: expected exit codes from 0 to 255 with commas, got "256"; write it like this: exitcodes=0,2 (until then: 0)',
    '8: expected NAME="value",OTHER="value", got "A"; put each value into double quotes',
    '9: expected a variable that is set, got "%(ENV_NOBODY)s"; set it for the import: NOBODY=… svc import supervisord …',
  ].sort());
});

/** What Python 3.11 answers: shlex.split, and supervisor 4.2's dict_of_key_value_pairs. */
test.each<[string, readonly string[] | undefined]>([
  ['a  b\tc\n', ['a', 'b', 'c']], ["a'b c'd", ['ab cd']], ['"a\\"b\\c"', ['a"b\\c']], ["'a\\'", ['a\\']], ['a\\ b', ['a b']], ['""', ['']], ['#a=b', ['#a=b']],
  ['"a', undefined], ['a\\', undefined],
])('words of %j', (text, words) => {
  expect(splitCommand(text).value).toEqual(words);
});
test.each<[string, Record<string, string> | undefined]>([
  ['A="b c",B=\'d,e\'', { A: 'b c', B: 'd,e' }], ['A=b"c,d"', undefined], ['A=a/b.c:d(e)', { A: 'a/b.c:d(e)' }], ['A=$x', { A: '$' }], ['A="x"A.#\n.', { A: 'x' }],
  ['.#==\n-A="x"b', { '.-A': 'x' }], ['A=,B=c', undefined], ['A=a@b', undefined], ['A="b', undefined], ['', {}],
])('pairs of %j', (text, pairs) => {
  expect(splitPairs(text).value).toEqual(pairs);
});

test('hostile input is taken apart, or told, and never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
    for (const { value, wrong } of [splitCommand(text), splitPairs(text)]) expect((value === undefined) !== (wrong === undefined)).toBe(true);
  }));
  fc.assert(fc.property(fc.array(fc.constantFrom('[program:a]', '[', ']', 'command=', '%', '(ENV_A)s', '%(', '"', "'", '\n', ' ', ';', '=', 'numprocs=3', '\0'), { maxLength: 30 }), (words) => {
    textOf(importing(words.join('')));
  }), { numRuns: 100 });
});
