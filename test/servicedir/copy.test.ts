import {
  chmodSync, chownSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, rmSync, statSync, symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyService, removeService } from '../../src/servicedir/copy.ts';
import { fingerprintOf } from '../../src/servicedir/look.ts';
import { scanServices } from '../../src/servicedir/scan.ts';
import { temporary, write, type Files } from '../help/machine.ts';

const RUN = '#!/bin/sh\nexec sleep 1000\n';
const mode = (file: string): string => (lstatSync(file).mode & 0o7777).toString(8);

function places(files: Files): { source: string; copy: string } {
  const directory = temporary();
  const source = path.join(directory, 'source');
  mkdirSync(source);
  write(source, files);
  return { source, copy: path.join(directory, 'copies/web') };
}

function copied(files: Files): { source: string; copy: string } {
  const both = places(files);
  mkdirSync(path.dirname(both.copy));
  copyService(both.source, both.copy);
  return both;
}

describe('a first copy', () => {
  test.runIf(process.getuid?.() === 0)('a group that the image lets control a service may control the copy', () => {
    const { source, copy } = places({ run: RUN, 'supervise/lock': '', 'log/supervise/status': 'x', 'log/run': RUN, 'event/stale': '' });
    const makeFifo = (file: string, permissions: number): void => void execFileSync('mkfifo', ['-m', permissions.toString(8), file]);
    makeFifo(path.join(source, 'supervise/control'), 0o620);
    for (const name of ['', 'supervise', 'supervise/control']) chownSync(path.join(source, name), 0, 4321);
    chmodSync(path.join(source, 'supervise'), 0o750);
    mkdirSync(path.dirname(copy));
    copyService(source, copy, makeFifo);
    const control = lstatSync(path.join(copy, 'supervise/control'));
    expect([control.isFIFO(), control.gid, control.mode & 0o777]).toEqual([true, 4321, 0o620]);
    expect([lstatSync(path.join(copy, 'supervise')).gid, mode(path.join(copy, 'supervise'))]).toEqual([4321, '750']);
    // Nothing else of an earlier life comes along.
    expect([readdirSync(path.join(copy, 'supervise')), readdirSync(path.join(copy, 'log/supervise'))]).toEqual([['control'], []]);
    expect(existsSync(path.join(copy, 'event'))).toBe(false);
    // Once it is supervised it is left alone.
    chmodSync(path.join(source, 'supervise/control'), 0o600);
    copyService(source, copy, makeFifo);
    expect(mode(path.join(copy, 'supervise/control'))).toBe('620');
  });

  test('contents, links and modes are kept; scripts are executable', () => {
    const { source, copy } = places({
      run: RUN, 'run.real': '', finish: '', 'log/run': RUN, 'log/finish': '', 'data/check': '', 'data/secret': 'x', 'deep/er/file': 'y',
      'link@': 'run.real', 'absolute@': '/etc/hosts',
    });
    chmodSync(path.join(source, 'data/secret'), 0o600);
    chmodSync(path.join(source, 'deep'), 0o550);
    mkdirSync(path.dirname(copy));
    copyService(source, copy);
    for (const script of ['run', 'finish', 'log/run', 'log/finish', 'data/check']) expect([script, mode(path.join(copy, script))]).toEqual([script, '755']);
    expect(['data/secret', 'deep', 'run.real'].map((name) => mode(path.join(copy, name)))).toEqual(['600', '550', '644']);
    expect(readFileSync(path.join(copy, 'deep/er/file'), 'utf8')).toBe('y');
    expect([readlinkSync(path.join(copy, 'link')), readlinkSync(path.join(copy, 'absolute'))]).toEqual(['run.real', '/etc/hosts']);
    expect(mode(path.join(source, 'run'))).toBe('644');
  });

  test('supervise, event, FIFOs and sockets are left out; what only has such a name is not', () => {
    const { source, copy } = places({ 'run!': RUN, 'supervise/status': '', 'event/x': '', 'log/run!': RUN, 'log/supervise/status': '', 'data/event/x': '' });
    execFileSync('mkfifo', [path.join(source, 'fifo')]);
    mkdirSync(path.dirname(copy));
    copyService(source, copy);
    expect(readdirSync(copy).sort()).toEqual(['data', 'log', 'run']);
    expect(readdirSync(path.join(copy, 'log'))).toEqual(['run']);
    expect(existsSync(path.join(copy, 'data/event/x'))).toBe(true);
  });

  test('a relative link out of the directory leads to the same place; a script that is a link is made executable only if it is our copy', () => {
    const { source, copy } = places({ 'scripts/start': RUN, 'run@': 'scripts/start', 'finish@': '../shared', 'shared@': '../shared' });
    write(path.dirname(source), { shared: RUN });
    mkdirSync(path.dirname(copy));
    copyService(source, copy);
    expect(readlinkSync(path.join(copy, 'shared'))).toBe(path.join(path.dirname(source), 'shared'));
    expect(readFileSync(path.join(copy, 'shared'), 'utf8')).toBe(RUN);
    expect(mode(path.join(copy, 'scripts/start'))).toBe('755');
    expect([mode(path.join(source, 'scripts/start')), mode(path.join(path.dirname(source), 'shared'))]).toEqual(['644', '644']);
  });

  test.runIf(process.getuid?.() === 0)('as root, owners are kept', () => {
    const { source, copy } = places({ 'run!': RUN, 'data/own': '' });
    chownSync(path.join(source, 'data/own'), 1234, 1235);
    chownSync(path.join(source, 'data'), 1234, 1235);
    mkdirSync(path.dirname(copy));
    copyService(source, copy);
    for (const name of ['data', 'data/own']) expect(statSync(path.join(copy, name))).toMatchObject({ uid: 1234, gid: 1235 });
    expect(statSync(copy).uid).toBe(0);
  });

  test('a source that is a link is followed', () => {
    const { source, copy } = places({ 'run!': RUN });
    symlinkSync(source, `${source}-link`);
    mkdirSync(path.dirname(copy));
    copyService(`${source}-link`, copy);
    expect(readFileSync(path.join(copy, 'run'), 'utf8')).toBe(RUN);
  });

  test('a source that has gone throws its errno', () => {
    const { copy } = places({});
    expect(() => copyService('/nowhere/web', copy)).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
  });
});

describe('a copy that is there', () => {
  test('supervise and event stay, and so does what the service wrote', () => {
    const { source, copy } = copied({ 'run!': RUN, 'log/run!': RUN });
    write(copy, { 'supervise/status': 's', 'event/x': 'e', 'log/supervise/status': 'l', 'pid-file': '7', 'data/state': 'd' });
    writeFileSync(path.join(source, 'timeout-kill'), '5\n');
    copyService(source, copy);
    for (const name of ['supervise/status', 'event/x', 'log/supervise/status', 'pid-file', 'data/state', 'timeout-kill']) {
      expect([name, existsSync(path.join(copy, name))]).toEqual([name, true]);
    }
  });

  test('what n6 reads goes with its source', () => {
    const { source, copy } = copied({
      'run!': RUN, 'finish!': '', down: '', 'timeout-kill': '5', 'env/A': '', 'env/B': '', 'data/check': '', 'data/other': '', 'log/run!': RUN, 'own': '',
    });
    for (const name of ['finish', 'down', 'timeout-kill', 'env/A', 'data', 'log', 'own']) rmSync(path.join(source, name), { recursive: true });
    mkdirSync(path.join(copy, 'log/supervise'));
    copyService(source, copy);
    expect(readdirSync(copy).sort()).toEqual(['data', 'env', 'log', 'own', 'run']);
    expect(['env', 'data', 'log'].map((name) => readdirSync(path.join(copy, name)))).toEqual([['B'], ['other'], ['supervise']]);
  });

  test('a running script keeps what it is reading', () => {
    const { source, copy } = copied({ 'run!': RUN });
    const descriptor = openSync(path.join(copy, 'run'), 'r');
    writeFileSync(path.join(source, 'run'), '#!/bin/sh\n# another\n');
    copyService(source, copy);
    const buffer = Buffer.alloc(100);
    expect(buffer.toString('utf8', 0, readSync(descriptor, buffer))).toBe(RUN);
    expect(readFileSync(path.join(copy, 'run'), 'utf8')).toContain('another');
    expect(readdirSync(copy)).toEqual(['run']);
  });

  test('files, links and directories take each other\'s place', () => {
    const { source, copy } = copied({ 'run!': RUN, 'a/x': '', b: '', 'c@': 'b', 'd/y': '' });
    for (const name of ['a', 'b', 'c', 'd']) rmSync(path.join(source, name), { recursive: true });
    write(source, { a: 'file', 'b/x': '', 'c/x': '', 'd@': 'a' });
    copyService(source, copy);
    expect([readFileSync(path.join(copy, 'a'), 'utf8'), readlinkSync(path.join(copy, 'd'))]).toEqual(['file', 'a']);
    expect(['b/x', 'c/x'].map((name) => existsSync(path.join(copy, name)))).toEqual([true, true]);
  });

  test('what an interrupted copy left is replaced', () => {
    const { source, copy } = copied({ 'run!': RUN });
    writeFileSync(path.join(copy, '.n6-next'), 'half');
    copyService(source, copy);
    expect(readdirSync(copy)).toEqual(['run']);
  });

  test('the scan of the source tells whether there is something to copy', () => {
    const { source, copy } = copied({ 'run!': RUN });
    const before = fingerprintOf(source);
    expect(scanServices(path.dirname(source)).definitions.find(({ name }) => name === 'source')!.fingerprint).toBe(before);
    copyService(source, copy);
    expect(fingerprintOf(source)).toBe(before);
  });
});

test('a removed service leaves nothing, and to remove it again is no failure', () => {
  const { copy } = copied({ 'run!': RUN });
  mkdirSync(path.join(copy, 'supervise'));
  removeService(copy);
  expect(existsSync(copy)).toBe(false);
  removeService(copy);
});
