/** The launchers with a stand-in for n6 itself. */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, temporary, write } from '../help/machine.ts';
import { given, installed, NODE, type Given } from './home.ts';
import { companions, ended, plain, SHELLS, type Ended } from './shells.ts';

/** What acceptance test 4 asks for, and what would end the Node that is to be started. */
const WORDS = String.raw`'a.b=1' $'X=\xff' $'N=a\nb ' E= NODE_OPTIONS=--require=/nope LD_LIBRARY_PATH=/nope OPENSSL_CONF=/nope`;
const BYTES = 'a.b=1\0X=\xff\0N=a\nb \0E=\0NODE_OPTIONS=--require=/nope\0LD_LIBRARY_PATH=/nope\0OPENSSL_CONF=/nope\0';

describe.each(SHELLS)('in $shell', ({ words, missing }) => {
  const shell = words.map((word) => (word === words[0] ? ended(['sh', '-c', `command -v ${word}`], { env: plain }).stdout.trim() : word)).join(' ');

  test.skipIf(missing).each([['init', 'init', ['init', 'CMD', 'a b']], ['svc', 'svc supervise', ['supervise', 'CMD', 'a b']]])(
    '%s hands over the environment byte for byte, and Node is deaf to its part of it', (_name, start, expected) => {
      const home = installed();
      const [program, ...rest] = start.split(' ');
      const line = `exec env -i ${WORDS} N6_NODE=${process.execPath} ${shell} ${home}/bin/${program} ${rest.join(' ')} CMD 'a b'`;
      const result = ended(['bash', '-c', `ulimit -Sn 123; umask 027; cd /usr; ${line}`]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      const { saved, environment, ...others } = given(result);
      expect(saved).toEqual({ mode: 0o600, bytes: `${BYTES}N6_NODE=${process.execPath}\0` });
      expect(others).toMatchObject({ program: 'n6.cjs', arguments: expected, room: 8192, directory: '/usr', umask: 0o027 });
      expect(environment).toMatchObject({ N6_HOME: home, N6_SOFT_LIMIT: '123', N: 'a\nb ', E: '' });
      expect(Object.keys(environment).filter((name) => /^(NODE_|LD_|OPENSSL_)/.test(name))).toEqual([]);
      expect(environment).not.toHaveProperty('N6_EARLY_SIGNAL');
      expect(existsSync(environment.N6_ENVIRON_FILE!)).toBe(false);
    },
  );

  // Of a Node 20 that sees it, one for a file that is not there ends it with 9.
  test.skipIf(missing)('an --env-file among the arguments is not for Node', () => {
    const home = installed();
    const result = ended([...words, `${home}/bin/svc`, 'check', '--env-file', '/nonexistent'], { env: { ...plain, ...NODE } });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(given(result).arguments).toEqual(['check', '--env-file', '/nonexistent']);
  });

  test.skipIf(missing)('svc starts svc.cjs, in the same environment, without what Node would listen to', () => {
    const home = installed();
    const env = {
      ...plain, ...NODE, A: 'two\nexport NODE_INNER=x\n', NODES: 'stays', MY_NODE_X: 'stays',
      NODE_OPTIONS: '--require=/nope', NODE_ANYTHING_NEW: '1', UV_THREADPOOL_SIZE: '1', GLIBC_TUNABLES: 'x', LD_BIND_NOW: '1', OPENSSL_ia32cap: '0',
      N6_SOFT_LIMIT: '1', N6_ENVIRON_FILE: '/nonexistent/n6-environ.1', N6_EARLY_SIGNAL: 'TERM',
    };
    const result = ended([...words, `${home}/bin/svc`, 'status', '*', ''], { env });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const { program, arguments: argv, environment, saved, room } = given(result);
    expect([program, argv, saved, room]).toEqual(['svc.cjs', ['status', '*', ''], undefined, 0]);
    const names = Object.keys(environment).filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name)).sort();
    expect(names).toEqual(['A', 'MY_NODE_X', 'N6_HOME', 'N6_LAUNCHER', 'N6_NODE', 'N6_SOFT_LIMIT', 'NODES', 'PATH']);
    expect(environment).toMatchObject({ A: env.A, N6_LAUNCHER: `${home}/bin/svc` });
    expect(Number(environment.N6_SOFT_LIMIT)).toBeGreaterThan(1);
  });

  test.skipIf(missing)('N6_TITLE=0 makes no room for a title', () => {
    const home = installed();
    const { arguments: argv, room } = given(ended([...words, `${home}/bin/init`, 'CMD'], { env: { ...plain, ...NODE, N6_TITLE: '0' } }));
    expect([argv, room]).toEqual([['init', 'CMD'], 0]);
  });

  test.skipIf(missing)('closed descriptors break nothing', () => {
    const home = installed();
    for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
      const file = path.join(home, 'said');
      const result = ended(['bash', '-c', `SAY_IT_TO=${file} exec ${shell} ${home}/bin/init CMD ${closed}`], { env: { ...plain, ...NODE } });
      expect([closed, result.code, result.stderr]).toEqual([closed, 0, '']);
      expect((JSON.parse(readFileSync(file, 'utf8')) as Given).saved?.bytes).toContain(`SAY_IT_TO=${file}\0`);
      rmSync(file);
    }
  });

  test.skipIf(missing)('a Node that cannot be started is told, and the saved environment does not stay behind', () => {
    const home = installed();
    write(home, { 'bad-node!': '#!/nowhere/loader\n' });
    const start = (name: string, node: string, command = 'supervise'): Ended =>
      ended([...words, `${home}/bin/${name}`, command], { env: { ...plain, XDG_RUNTIME_DIR: home, N6_NODE: node } });
    expect(start('init', '/no/node')).toMatchObject({
      code: 111, stdout: '', stderr: 'init: cannot run N6_NODE=/no/node: no such program; correct it or unset it\n',
    });
    for (const node of ['/no/node', `${home}/bad-node`]) expect(start('svc', node, 'health').code).toBe(1);
    for (const name of ['init', 'svc']) {
      const bad = start(name, `${home}/bad-node`);
      expect(bad.code).toBe(111);
      expect(bad.stderr).toMatch(/cannot start .*\/bad-node; is it a program for this system\? N6_NODE may name another\n$/);
      expect(bad.stderr.match(/cannot start/g)).toHaveLength(1);
      expect(['/run', home, '/tmp'].filter((place) => existsSync(`${place}/n6-environ.${bad.pid}`))).toEqual([]);
    }
  });
});

describe('where n6 is', () => {
  const homeOf = (program: readonly string[], options: Parameters<typeof ended>[1] = {}): string => {
    const result = ended([...program], { env: { ...plain, ...NODE }, ...options });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return given(result).environment.N6_HOME!;
  };

  test('links to a launcher, and links to links, from anywhere', () => {
    const home = installed('with space/home');
    const place = temporary();
    symlinkSync(path.join(home, 'bin/svc'), path.join(place, 'svc'));
    symlinkSync('svc', path.join(place, 'n6'));
    symlinkSync(path.join(home, 'bin/init'), path.join(place, 's6-init'));
    for (const name of ['svc', 'n6', 's6-init']) expect([name, homeOf([path.join(place, name), 'status'])]).toEqual([name, home]);
    expect(homeOf(['./n6', 'status'], { cwd: place })).toBe(home);
  });

  test('found in PATH, by the system and by a shell that is given the bare name', () => {
    const home = installed();
    const env = { ...NODE, PATH: `${home}/bin:${plain.PATH}` };
    expect(homeOf(['svc', 'status'], { env })).toBe(home);
    for (const shell of ['bash', 'sh']) expect(homeOf([shell, 'svc', 'status'], { env, cwd: path.join(home, 'bin') })).toBe(home);
    expect(homeOf(['bash', 'svc', 'status'], { env, cwd: '/' })).toBe(home);
  });

  test('called by a relative path, or through a link to its directory', () => {
    const home = installed();
    const place = temporary();
    symlinkSync(path.join(home, 'bin'), path.join(place, 'tools'));
    symlinkSync(path.join(home, 'bin'), path.join(place, 'bin'));
    expect(homeOf(['bin/svc', 'status'], { cwd: home })).toBe(home);
    expect(homeOf([path.join(place, 'tools/svc'), 'status'])).toBe(home);
    expect(homeOf([path.join(place, 'bin/svc'), 'status'])).toBe(home);
    expect(homeOf(['../bin/./svc', 'status'], { cwd: path.join(home, 'lib') })).toBe(home);
  });

  test('a launcher without its n6 says so', () => {
    const place = temporary();
    for (const name of ['init', 'svc']) {
      copyFileSync(path.join(companions, 'launch', name), path.join(place, name));
      const { code, stderr } = ended(['sh', path.join(place, name)], { env: plain });
      expect(code).toBe(111);
      expect(stderr).toContain(`${name}: cannot find the n6 that`);
    }
  });
});

describe('which Node', () => {
  const SAYS_ITS_NAME = '#!/bin/sh\necho "$0"\n';

  test("N6_NODE, then n6's own, then the one in PATH", () => {
    const home = installed();
    write(home, { 'runtime/bin/node!': SAYS_ITS_NAME, 'other!': SAYS_ITS_NAME, 'path/node!': SAYS_ITS_NAME });
    const start = (env: NodeJS.ProcessEnv): string => ended([`${home}/bin/svc`], { env: { PATH: `${home}/path:${plain.PATH}`, ...env } }).stdout.trim();
    expect(start({ N6_NODE: `${home}/other` })).toBe(`${home}/other`);
    expect(start({ N6_NODE: '' })).toBe(`${home}/runtime/bin/node`);
    rmSync(path.join(home, 'runtime'), { recursive: true });
    expect(start({})).toBe(`${home}/path/node`);
  });
});

describe('bin/svc of a checkout', () => {
  function checkout(built: boolean): string {
    const place = path.join(temporary(), 'checkout');
    mkdirSync(path.join(place, 'bin'), { recursive: true });
    copyFileSync(path.join(root, 'bin/svc'), path.join(place, 'bin/svc'));
    chmodSync(path.join(place, 'bin/svc'), 0o755);
    write(place, { 'package.json': '{}' });
    if (built) cpSync(installed(), path.join(place, 'build/n6'), { recursive: true });
    return place;
  }

  test('says what to do when nothing is built', () => {
    const place = checkout(false);
    expect(ended([`${place}/bin/svc`, 'status'], { env: plain })).toMatchObject({
      code: 111, stdout: '', stderr: `svc: n6 is not built yet; run: cd ${place} && npm run build\n`,
    });
  });

  test('is the built one, also as npm links it, and saves the environment before a shell has changed it', () => {
    const place = checkout(true);
    symlinkSync('checkout/bin/svc', path.join(path.dirname(place), 'n6'));
    for (const program of [`${place}/bin/svc`, path.join(path.dirname(place), 'n6')]) {
      const result = ended(['bash', '-c', `exec env -i ${WORDS} N6_NODE=${process.execPath} ${program} supervise x`]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(given(result)).toMatchObject({
        arguments: ['supervise', 'x'], saved: { bytes: `${BYTES}N6_NODE=${process.execPath}\0` }, environment: { N6_HOME: `${place}/build/n6` },
      });
    }
  });
});
