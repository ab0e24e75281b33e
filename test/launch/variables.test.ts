/** What a service finds in its environment, and whose secrets it gets. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Launch } from '../../src/core/policy.ts';
import type { LauncherOptions } from '../../src/launch/launcher.ts';
import { temporary, write, type Files } from '../help/machine.ts';
import { accounts, asking, launcherWith, refused, said } from './help.ts';

const isRoot = process.getuid!() === 0;
const container = (...entries: string[]): Pick<LauncherOptions, 'environment'> => ({ environment: () => entries.map((one) => Buffer.from(one, 'latin1')) });

/** What a process sees, by name. */
type Values = Record<string, string>;
async function variables(launch: Partial<Launch>, options: Partial<LauncherOptions> = container('A=container'), extra?: Values): Promise<Values> {
  const text = await said(asking(launch), ['/bin/cat', '/proc/self/environ'], options, extra);
  return Object.fromEntries(text.split('\0').slice(0, -1).map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));
}

function files(content: Files): (name: string) => string {
  const directory = temporary();
  write(directory, content);
  return (name) => path.join(directory, name);
}

test('the later one wins: container, env-files in their order, env, what this start adds', async () => {
  const at = files({ one: 'A=one\nB=one\nC=one\nD=one\n', two: 'B=two\nC=two\nD=two\n' });
  const launch = { envFiles: [at('one'), at('two')], env: { C: 'env', D: 'env', E: 'ü' } };
  expect(await variables(launch, container('A=container', 'Z=\xff'), { D: 'extra' }))
    .toEqual({ A: 'one', B: 'two', C: 'env', D: 'extra', E: Buffer.from('ü').toString('latin1'), Z: '\xff' });
});

describe('NAME_FILE', () => {
  test.each<[string, string, string]>([
    ['one final newline goes', 'secret\n', 'secret'], ['only one', 'secret\n\n', 'secret\n'], ['none is needed', 'secret', 'secret'],
    ['nothing else is touched', ' a b\r\n', ' a b\r'], ['an empty one is empty', '', ''], ['64 KiB are enough', 'x'.repeat(65536), 'x'.repeat(65536)],
  ])('%s', async (_what, content, value) => {
    const at = files({ token: content });
    expect((await variables({ env: { TOKEN_FILE: at('token') } }))['TOKEN']).toBe(value);
  });

  test('of an env-file, and relative to the directory of the process', async () => {
    const at = files({ token: 'secret\n', variables: 'TOKEN_FILE=token\n' });
    const launch = { secrets: ['TOKEN'], envFiles: [at('variables')], cwd: at('') };
    expect(await variables(launch)).toMatchObject({ TOKEN: 'secret', TOKEN_FILE: 'token' });
  });

  test('that is no absolute path is not meant, unless secrets asks for it', async () => {
    expect(Object.keys(await variables({ env: { LOG_FILE: 'app.log', SPLIT_FILE: 'yes' } }, container()))).toEqual(['LOG_FILE', 'SPLIT_FILE']);
    expect(refused(asking({ env: { LOG_FILE: 'app.log' }, secrets: ['LOG'] }))).toMatchObject({ step: 'secret', code: 'ENOENT' });
  });

  test('is not read where NAME is set beside it', async () => {
    expect(await variables({ env: { PID_FILE: '/no/such/file', PID: '' } })).toMatchObject({ PID: '' });
  });

  test('of the container is left to the image, unless secrets asks for it', async () => {
    const at = files({ token: 'secret\n' });
    const options = container(`TOKEN_FILE=${at('token')}`, 'OTHER_FILE=/no/such/file');
    expect(Object.keys(await variables({ env: { B: '' } }, options))).not.toContain('TOKEN');
    expect(await variables({ secrets: ['TOKEN'] }, options)).toMatchObject({ TOKEN: 'secret' });
  });

  test('of the container, where services get PATH alone', async () => {
    const at = files({ token: 'secret\n', 'environment/TOKEN_FILE': '' });
    writeFileSync(at('environment/TOKEN_FILE'), `${at('token')}\n`);
    expect(await variables({ secrets: ['TOKEN'] }, { ...container('PATH=/bin'), containerEnvironment: at('environment') })).toMatchObject({ TOKEN: 'secret' });
  });

  test('secrets takes env before the container, and the file before NAME', async () => {
    const at = files({ mine: 'mine', theirs: 'theirs' });
    const launch = { secrets: ['TOKEN'], env: { TOKEN_FILE: at('mine'), TOKEN: 'old' } };
    expect((await variables(launch, container(`TOKEN_FILE=${at('theirs')}`, 'TOKEN=older')))['TOKEN']).toBe('mine');
  });
});

describe('a secret that cannot be had: file and variable are named, never the content', () => {
  const SECRET = 'hunter2';
  test.each<[string, string, (at: (name: string) => string) => Partial<Launch>, RegExp]>([
    ['no file', 'ENOENT', (at) => ({ env: { T_FILE: at('none') } }), /T, which T_FILE says is in .*none/],
    ['a directory', 'EISDIR', (at) => ({ env: { T_FILE: at('directory') } }), /directory/],
    ['a FIFO or a device', 'EINVAL', () => ({ env: { T_FILE: '/dev/null' } }), /no regular file/],
    ['too large', 'EFBIG', (at) => ({ env: { T_FILE: at('large') } }), /64 KiB/],
    ['a NUL byte', 'EINVAL', (at) => ({ env: { T_FILE: at('nul') } }), /NUL/],
    ['no variable', 'ENOENT', () => ({ secrets: ['T'] }), /no variable T_FILE/],
    ['named by secrets', 'ENOENT', (at) => ({ secrets: ['T'], env: { T_FILE: at('none') } }), /T_FILE/],
  ])('%s', (_what, code, launch, sentence) => {
    const at = files({ large: SECRET + 'x'.repeat(65536), nul: `${SECRET}\0`, 'directory/file': '' });
    const failure = refused(asking(launch(at)));
    expect(failure).toMatchObject({ step: 'secret', code, hopeless: true });
    expect(failure.subject).toMatch(sentence);
    expect(failure.subject).not.toContain(SECRET);
  });
});

describe('an env-file that cannot be had or understood', () => {
  test('all wrong lines at once, with their numbers, none of them quoted', () => {
    const at = files({ wrong: 'A=1\nhunter2\n# fine\nB="open\n\n=x\nC = 1\nD=\'a\' b\n' });
    const { step, subject, code } = refused(asking({ envFiles: [at('wrong')] }));
    expect({ step, code }).toEqual({ step: 'environment', code: 'EINVAL' });
    expect(subject.replaceAll(at('wrong'), 'F')).toBe(
      'F:2: expected NAME=VALUE, F:4: expected a closing quote at the end of the line, F:6: expected NAME=VALUE, F:7: expected NAME=VALUE, '
      + 'F:8: expected a closing quote at the end of the line');
  });
  test('no file, a directory, too many lines', () => {
    const at = files({ many: 'x\n'.repeat(100), huge: `A=${'x'.repeat(1 << 20)}\n` });
    expect(refused(asking({ envFiles: [at('none')] }))).toMatchObject({ step: 'environment', code: 'ENOENT', subject: at('none') });
    expect(refused(asking({ envFiles: [at('')] }))).toMatchObject({ code: 'EISDIR' });
    expect(refused(asking({ envFiles: [at('huge')] }))).toMatchObject({ code: 'EFBIG' });
    expect(refused(asking({ envFiles: [at('many')] })).subject).toMatch(/and 95 more$/);
  });
  test.skipIf(isRoot)('one that n6 may not read', () => {
    const at = files({ closed: 'A=1\n' });
    chmodSync(at('closed'), 0);
    expect(refused(asking({ envFiles: [at('closed')] }))).toMatchObject({ code: 'EACCES' });
  });
});

test('the forms of an env-file', async () => {
  const lines: [string, Record<string, string>][] = [
    ['# a comment', {}], ['', {}], ['   ', {}], ['A=1', { A: '1' }], ['export B=2', { B: '2' }], ['  C = 3'.replace(' = ', '='), { C: '3' }],
    ['D=a b # c  ', { D: 'a b # c' }], ['E=', { E: '' }], ['F=$HOME', { F: '$HOME' }], ['G=a=b', { G: 'a=b' }], ['H=\'a "b" \\n\'', { H: 'a "b" \\n' }],
    ['I="a \\"b\\" \\\\ \\$ \\n|\\x"', { I: 'a "b" \\ $ \n|\\x' }], ['J="" # nothing', { J: '' }], ['k.l-m=1\r', { 'k.l-m': '1' }],
    ['N=it\'s', { N: 'it\'s' }], ['O=\xff', { O: '\xff' }],
    ['A=again', { A: 'again' }],
  ];
  const file = path.join(temporary(), 'variables');
  writeFileSync(file, Buffer.from(`\xef\xbb\xbf${lines.map(([line]) => line).join('\n')}`, 'latin1'));
  expect(await variables({ envFiles: [file] }, container())).toEqual(Object.assign({}, ...lines.map(([, values]) => values)));
});

describe.skipIf(!isRoot)('who the user is', () => {
  const people = (): ReturnType<typeof accounts> => accounts('www:x:1234:1235::/srv/www:/bin/sh\nlocked:x:1300:1300::/nowhere:/usr/sbin/nologin\n');
  const given = container('HOME=/root', 'USER=root', 'LOGNAME=root', 'SHELL=/bin/bash');
  test.each<[string, Partial<Launch>, Record<string, string>]>([
    ['nobody else: as in the container', { umask: 0 }, { HOME: '/root', USER: 'root', LOGNAME: 'root', SHELL: '/bin/bash' }],
    ['a user of passwd', { user: 'www' }, { HOME: '/srv/www', USER: 'www', LOGNAME: 'www', SHELL: '/bin/sh' }],
    ['by number', { user: '1234' }, { HOME: '/srv/www', USER: 'www', LOGNAME: 'www', SHELL: '/bin/sh' }],
    ['one who may not log in', { user: 'locked' }, { HOME: '/nowhere', USER: 'locked', LOGNAME: 'locked' }],
    ['a number without an entry', { user: '4321' }, { HOME: '/' }],
    ['what env says wins', { user: 'www', env: { HOME: '/data', SHELL: '/bin/dash' } }, { HOME: '/data', USER: 'www', LOGNAME: 'www', SHELL: '/bin/dash' }],
  ])('%s', async (_what, launch, expected) => expect(await variables(launch, { ...given, ...people() })).toEqual(expected));
});

test('PATH of env is where the program is looked for', async () => {
  const at = files({ 'bin/tool!': '#!/bin/sh\necho mine\n' });
  expect(await said(asking({ env: { PATH: `${at('bin')}:/bin` } }), ['tool'])).toBe('mine\n');
  const subject = 'no-such-tool (looked for in PATH=/usr/sbin:/usr/bin:/sbin:/bin)';
  expect(refused(asking({ umask: 0 }), {}, ['no-such-tool'])).toMatchObject({ step: 'file', code: 'ENOENT', subject });
  expect(await said(asking({}), ['cat', '/dev/null'], { environment: () => [] })).toBe('');
  mkdirSync(at('bin/directory'));
  expect(refused(asking({ env: { PATH: at('bin') } }), {}, ['directory'])).toMatchObject({ step: 'mode', code: 'EACCES' });
  expect(launcherWith().prepare(asking({}), [])).toHaveProperty('failure');
});
