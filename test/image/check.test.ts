import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemText } from '../../src/core/messages.ts';
import { callsIn } from '../../src/image/calls.ts';
import { checkImage } from '../../src/image/check.ts';
import { root as checkout, temporary, write, type Files } from '../help/machine.ts';

const COMPANIONS = ['with-contenv', 'execlineb', 's6-svc', 's6-setuidgid'];
const SHELL = { 'bin/sh!': '\x7fELF', 'usr/bin/env!': '\x7fELF' };

/** `FILE VALUE`, sorted. */
function found(files: Files, environment: Readonly<Record<string, string>> = {}): string[] {
  const root = temporary();
  write(root, { ...SHELL, ...files });
  return checkImage(root, COMPANIONS, environment).problems.map(({ file, value }) => `${file} ${value ?? ''}`.trim()).sort();
}

test('an image that n6 can run has no problems, whatever the modes of its scripts are', () => {
  expect(found({
    'etc/services.d/web/run': '#!/usr/bin/with-contenv sh\nexec s6-setuidgid abc /command/s6-svc -O .\n',
    'etc/services.d/web/finish': '#!/usr/bin/execlineb -S0\n/run/s6/basedir/bin/halt\n',
    'etc/services.d/README': 'not a service',
    'etc/cont-init.d/10-a': '#!/bin/sh\n# s6-hiercopy would be nice\n/bin/s6-svc -u /run/service/web\n',
    'etc/cont-init.d/.gitkeep': '',
    'etc/fix-attrs.d/01': '/data true www-data,33:33 0640 0750\n',
    'etc/s6-overlay/s6-rc.d/init/type': 'oneshot\n',
    'etc/s6-overlay/s6-rc.d/init/up': '/etc/s6-overlay/init\n',
    'etc/s6-overlay/init!': '#!/bin/sh\ntrue\n',
    'etc/s6-overlay/s6-rc.d/user/contents.d/init': '',
  })).toEqual([]);
});

describe('what will not work is named with its file and line', () => {
  test.each<[string, Files, string[]]>([
    ['no interpreter', { 'etc/cont-init.d/1': '#!/bin/bash\n' }, ['/etc/cont-init.d/1 #!/bin/bash']],
    ['an interpreter of with-contenv', { 'etc/cont-init.d/1': '#!/usr/bin/with-contenv bash\n' }, ['/etc/cont-init.d/1 #!/usr/bin/with-contenv bash']],
    ['no hashbang', { 'etc/cont-finish.d/1': 'echo bye\n' }, ['/etc/cont-finish.d/1 echo bye']],
    ['a program of s6 that nobody has', { 'etc/services.d/a/run': '#!/bin/sh\n\ns6-hiercopy /a /b\n' }, ['/etc/services.d/a/run:3 s6-hiercopy']],
    ['an absolute path that n6 lacks', { 'etc/services.d/a/run': '#!/bin/sh\n/package/admin/s6/command/s6-svc -t .\n' },
      ['/etc/services.d/a/run:2 /package/admin/s6/command/s6-svc']],
    ['no run', { 'etc/services.d/a/finish': '#!/bin/sh\n' }, ['/etc/services.d/a/run']],
    ['a bad number', { 'etc/services.d/a/run': '#!/bin/sh\n', 'etc/services.d/a/timeout-kill': 'soon\n' }, ['/etc/services.d/a/timeout-kill soon']],
    ['a line of fix-attrs.d', { 'etc/fix-attrs.d/1': '\ndata true a 1 1\n' }, ['/etc/fix-attrs.d/1:2 data']],
    ['no type', { 'etc/s6-overlay/s6-rc.d/a/up': 'true\n' }, ['/etc/s6-overlay/s6-rc.d/a/type']],
    ['an up whose program is not executable', {
      'etc/s6-overlay/s6-rc.d/a/type': 'oneshot', 'etc/s6-overlay/s6-rc.d/a/up': '#!/bin/sh\n/etc/a\n', 'etc/a': '#!/bin/sh\n',
    }, ['/etc/s6-overlay/s6-rc.d/a/up /etc/a', '/etc/s6-overlay/s6-rc.d/a/up:1 #!/bin/sh']],
    ['a dependency that is not there', {
      'etc/s6-overlay/s6-rc.d/a/type': 'longrun', 'etc/s6-overlay/s6-rc.d/a/run': '#!/bin/sh\n', 'etc/s6-overlay/s6-rc.d/a/dependencies.d/b': '',
    }, ['/etc/s6-overlay/s6-rc.d/a/dependencies.d b']],
  ])('%s', (_what, files, problems) => {
    expect(found(files)).toEqual(problems);
  });
});

test("an image's own programs are found where its links lead, inside it", () => {
  expect(found({
    'usr/local/bin/s6-hiercopy@': '/opt/hiercopy', 'opt/hiercopy!': '\x7fELF', 'etc/services.d/a@': '/opt/a', 'opt/a/run': '#!/bin/sh\ns6-hiercopy a b\n',
  })).toEqual([]);
});

describe('absolute links of services and sources', () => {
  test('lead to files of the image', () => {
    expect(found({
      'etc/services.d/a/run@': '/opt/run', 'etc/services.d/a/timeout-kill@': '/opt/soon', 'opt/run!': '#!/bin/sh\n', 'opt/soon': 'soon\n',
      'etc/s6-overlay/s6-rc.d/b@': '/opt/b', 'opt/b/type@': '/opt/longrun', 'opt/longrun': 'longrun\n', 'opt/b/run@': '/opt/run',
      'opt/b/dependencies.d@': '/opt/needs', 'opt/needs/c': '', 'opt/b/timeout-up@': '/opt/soon',
    })).toEqual(['/etc/s6-overlay/s6-rc.d/b/dependencies.d c', '/etc/s6-overlay/s6-rc.d/b/timeout-up soon', '/etc/services.d/a/timeout-kill soon']);
  });

  test('never lead to files of the machine that looks', () => {
    const machine = temporary();
    write(machine, { 'type': 'longrun\n', 'run!': '#!/bin/sh\n', 'up': 'true\n', 'needs/c': '', 'service/run!': '#!/bin/sh\n', 'bad': 'soon\n' });
    expect(found({
      'etc/services.d/a/run@': `${machine}/run`, 'etc/services.d/whole@': `${machine}/service`,
      'etc/services.d/b/run!': '#!/bin/sh\n', 'etc/services.d/b/timeout-finish@': `${machine}/bad`,
      'etc/s6-overlay/s6-rc.d/c/type@': `${machine}/type`,
      'etc/s6-overlay/s6-rc.d/d/type': 'longrun\n', 'etc/s6-overlay/s6-rc.d/d/run@': `${machine}/run`,
      'etc/s6-overlay/s6-rc.d/e/type': 'oneshot\n', 'etc/s6-overlay/s6-rc.d/e/up@': `${machine}/up`,
      'etc/s6-overlay/s6-rc.d/f/type': 'bundle\n', 'etc/s6-overlay/s6-rc.d/f/up/directory': '', 'etc/s6-overlay/s6-rc.d/f/contents.d@': `${machine}/needs`,
      'etc/s6-overlay/s6-rc.d/g@': `${machine}/service`,
    })).toEqual([
      '/etc/s6-overlay/s6-rc.d/c/type', '/etc/s6-overlay/s6-rc.d/d/run', '/etc/s6-overlay/s6-rc.d/e/up',
      '/etc/services.d/a/run a link that leads nowhere', '/etc/services.d/b/timeout-finish a link that leads nowhere',
    ]);
  });
});

describe('the environment of the container', () => {
  test('variables that n6 has no use for, does not know or cannot understand', () => {
    expect(found({}, { S6_LOGGING: '1', S6_KEEPENV: '1', S6_VERBOSITY: 'loud', N6_GRACE: '8s', S6_OVERLAY_VERSION: '3.2.0.0', S6_KEEP_ENV: '1' }))
      .toEqual(['N6_GRACE 8s', 'S6_KEEPENV 1', 'S6_LOGGING 1', 'S6_VERBOSITY loud']);
    const root = temporary();
    write(root, SHELL);
    const { problems, notes } = checkImage(root, COMPANIONS, { S6_READ_ONLY_ROOT: '1', S6_SERVICES_READYTIME: '0' });
    expect([problems, notes]).toEqual([[], [expect.stringMatching(/^S6_READ_ONLY_ROOT has no effect: not needed: /)]]);
  });

  test('S6_RUNTIME_PROFILE is followed, and /etc is not read', () => {
    const files = {
      'etc/cont-init.d/1': 'plain\n', 'etc/services.d/a/finish': '#!/bin/sh\n', 'etc/s6-overlay/s6-rc.d/a/up': 'true\n', 'etc/fix-attrs.d/1': 'plain\n',
      'etc/cont-profile.d/big/cont-finish.d/1': 'big\n', 'etc/cont-profile.d/big/services.d/b/finish': '#!/bin/sh\n',
      'etc/cont-profile.d/big/s6-overlay/s6-rc.d/b/up': 'true\n', 'etc/cont-profile.d/big/fix-attrs.d/1': 'big\n',
    };
    const big = '/etc/cont-profile.d/big';
    expect(found(files, { S6_RUNTIME_PROFILE: 'big' }))
      .toEqual([`${big}/cont-finish.d/1 big`, `${big}/fix-attrs.d/1:1 big`, `${big}/s6-overlay/s6-rc.d/b/type`, `${big}/services.d/b/run`]);
    expect(found(files).some((line) => line.includes('big'))).toBe(false);
    expect(found(files, { S6_RUNTIME_PROFILE: 'small' })).toEqual(['S6_RUNTIME_PROFILE small']);
  });

  test('S6_RUNTIME_BUNDLEDIR is where user/contents.d is looked for', () => {
    const files = { 'etc/s6-overlay/s6-rc.d/.keep': '', 'opt/bundles/user/contents.d/lost': '' };
    expect([found(files), found(files, { S6_RUNTIME_BUNDLEDIR: '/opt/bundles' })]).toEqual([[], ['/opt/bundles/user/contents.d lost']]);
  });

  test('the program of S6_STAGE2_HOOK is looked for, in PATH too, and what it calls', () => {
    const files = { 'hook!': '#!/bin/sh\ns6-hiercopy /a /b\n', 'opt/bin/prepare!': '\x7fELF' };
    expect(found(files, { S6_STAGE2_HOOK: '/hook now' })).toEqual(['/hook:2 s6-hiercopy']);
    expect(found(files, { S6_STAGE2_HOOK: '/lost now' })).toEqual(['S6_STAGE2_HOOK /lost now']);
    expect(found(files, { S6_STAGE2_HOOK: 'prepare' })).toEqual(['S6_STAGE2_HOOK prepare']);
    expect(found(files, { S6_STAGE2_HOOK: 'prepare', PATH: '/usr/bin:/opt/bin' })).toEqual([]);
  });
});

test('a root without a shell cannot run n6', () => {
  expect(checkImage(temporary(), COMPANIONS).problems.map(({ file }) => file)).toEqual(['/bin/sh']);
});

test('calls are words, not parts of words, paths of data or comments', () => {
  expect(callsIn('#!/usr/bin/with-contenv sh\necho s6-svc-x /etc/s6-rc.d # s6-log\nif { s6-test 1 } s6-svc\nX=$(s6-svstat -o pid)\n')).toEqual([
    { word: 's6-test', line: 3 }, { word: 's6-svc', line: 3 }, { word: 's6-svstat', line: 4 },
  ]);
});

test('docs/how-to/check-an-image.md shows lines as svc prints them', () => {
  const root = temporary();
  write(root, { ...SHELL, 'etc/services.d/web/run': '#!/bin/sh\n\ns6-hiercopy /a /b\n' });
  const [setting, problem] = checkImage(root, COMPANIONS, { S6_KEEPENV: '1' }).problems;
  const page = readFileSync(path.join(checkout, 'docs/how-to/check-an-image.md'), 'utf8');
  expect(page).toContain(`\n    ${problem!.service}: ${problemText(problem!)}\n`);
  expect(page).toContain(`\n    ${problemText(setting!)}\n`);
});
