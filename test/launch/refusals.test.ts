/** What is missing is told before the start: key, value, file and one thing to try are in the sentence. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { tell } from '../../src/core/messages.ts';
import type { Launch } from '../../src/core/policy.ts';
import type { LauncherOptions } from '../../src/launch/launcher.ts';
import { temporary } from '../help/machine.ts';
import { accounts, asking, launcherWith, refused, said, tools } from './help.ts';

const isRoot = process.getuid!() === 0;
const people = (): Partial<LauncherOptions> => accounts('www:x:1234:1235::/srv/www:/bin/sh\nbroken\nbad:x:y:z::/:\n', 'www:x:1235:\n');
const limits = { msgqueue: { soft: 1, hard: 1 } };

describe('a sentence for everything that is missing', () => {
  type Row = [what: string, launch: Partial<Launch>, options: () => Partial<LauncherOptions>, step: string, sentence: string];
  const nothing = (): Partial<LauncherOptions> => ({ ...people(), ...tools({}) });
  const without = (file: string) => () => ({ accounts: { passwd: file, group: file } });
  const rows: Row[] = [
    ['an unknown user', { user: 'wwww' }, people, 'account',
      'user "wwww" is neither a number nor in PASSWD (ENOENT); make it when the image is built, or correct '],
    ['an entry that is broken', { user: 'bad' }, people, 'account', 'user "bad" is neither a number nor in PASSWD'],
    ['an unknown group', { group: 'x' }, people, 'account', 'group "x" is neither a number nor in GROUP'],
    ['an unknown supplementary group', { groups: ['www', 'y'] }, people, 'account', 'groups "y" is neither a number nor in GROUP'],
    ['no such number', { user: '4294967295' }, people, 'account', 'user "4294967295" is more than the largest number of an account'],
    ['no passwd at all', { user: 'www' }, without('/no/passwd'), 'account', 'user "www" is neither a number nor in PASSWD'],
    ['a passwd that is none', { user: 'www' }, without('/usr'), 'account', 'user "www" cannot be looked up, because PASSWD cannot be read (EISDIR)'],
    ['no ionice', { ionice: { class: 'idle', level: undefined } }, nothing, 'tool',
      'ionice "idle" needs the program ionice of the package util-linux, which this image lacks (ENOENT); install it, or take this out of '],
    ['no nice', { nice: 10 }, nothing, 'tool', 'nice "10" needs the program nice of the package coreutils'],
    ['no prlimit, for what no shell knows', { limits }, nothing, 'tool', 'the limit msgqueue needs the program prlimit of the package util-linux'],
    ['a secret', { env: { T_FILE: '/no/secret' } }, people, 'secret',
      'the secret T, which T_FILE says is in /no/secret cannot be had (ENOENT); give n6 that file, or correct '],
    ['an env-file', { envFiles: ['/no/file'] }, people, 'environment',
      'env-file cannot be understood: /no/file (ENOENT); correct that file, or env-file in '],
  ];
  const becoming: Row = ['nothing to become somebody', { user: '77' }, nothing, 'tool',
    'user "77" needs setpriv (package util-linux), chroot (coreutils), su-exec or gosu'];
  test.each<Row>([...rows, ...(isRoot ? [becoming] : [])])('%s', (_what, launch, options, step, sentence) => {
    const service = asking(launch);
    const given = options();
    const failure = refused(service, given);
    expect(failure).toMatchObject({ step, hopeless: true });
    const { text } = tell({ type: 'spawnFailed', service: 'web', directory: service.directory, program: 'run', failure });
    const plain = text.replace(` ${given.accounts!.passwd} `, ' PASSWD ').replace(` ${given.accounts!.group} `, ' GROUP ');
    expect(plain).toContain(sentence);
    expect(plain).toContain(`${service.directory}/service.yaml`);
  });
});

describe('what the kernel would have found, found before the tools', () => {
  const umask = { umask: 0o022 };
  test.each<[string, string, string, string, number]>([
    ['no run', '', 'file', 'ENOENT', 0],
    ['not executable', '#!/bin/sh\n', 'mode', 'EACCES', 0o644],
    ['no hashbang', 'echo\n', 'hashbang', 'ENOEXEC', 0o755],
    ['no interpreter', '#!/no/such/sh\n', 'interpreter', 'ENOENT', 0o755],
    ['a script from Windows', '#!/bin/sh\r\n', 'interpreter', 'ENOENT', 0o755],
  ])('%s', (_what, content, step, code, mode) => {
    const service = asking(umask);
    const file = path.join(service.directory, 'run');
    if (mode !== 0) {
      writeFileSync(file, content);
      chmodSync(file, mode);
    }
    expect(refused(service, {}, ['./run', 'web'])).toMatchObject({ step, code });
  });

  test('no directory', () => {
    expect(refused(asking({ ...umask, cwd: '/no/such/directory' }))).toMatchObject({ step: 'directory', code: 'ENOENT', subject: '/no/such/directory' });
  });

  test('an interpreter that n6 has itself', async () => {
    const home = temporary();
    const service = asking(umask, { 'run!': '#!/nowhere/own-sh -e\necho "$0" "$1"\n' });
    expect(refused(service, { home }, ['./run'])).toMatchObject({ step: 'interpreter' });
    mkdirSync(path.join(home, 'command'));
    symlinkSync('/bin/sh', path.join(home, 'command/own-sh'));
    expect(await said(service, ['./run', 'web'], { home })).toBe('./run web\n');
  });
});

test('nothing that the yaml could hold makes prepare throw', () => {
  const launcher = launcherWith();
  const odd: Partial<Launch>[] = [
    { user: '' }, { user: 'a:b' }, { groups: [''] }, { cwd: '' }, { env: { '': '' } }, { secrets: [''] }, { envFiles: ['\0'] }, { env: { X_FILE: '\0' } },
  ];
  for (const launch of odd) expect(() => launcher.prepare(asking(launch), ['./run'])).not.toThrow();
});
