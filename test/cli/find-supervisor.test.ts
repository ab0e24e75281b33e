import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findSupervisor, type Surroundings } from '../../src/client/find-supervisor.ts';
import { standardPlaces } from '../../src/client/places.ts';
import { serveControl } from '../../src/control/server.ts';
import { fakeBackend } from '../control/fake-backend.ts';
import { program, svc } from './svc.ts';

function temporary(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-find-'));
  onTestFinished(() => {
    chmodSync(directory, 0o755);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** An empty file is enough where nobody connects. */
function put(...parts: string[]): string {
  const file = path.join(...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

const find = (surroundings: Partial<Surroundings>): unknown =>
  findSupervisor({ dir: undefined, environmentDir: undefined, cwd: '/', standard: [], ...surroundings });

test('--dir means a services directory, its .n6, a runtime directory, or a project', () => {
  const root = temporary();
  const services = put(root, 'services.d/.n6/control.sock');
  const runtime = put(root, 'runtime/control.sock');
  expect(find({ dir: path.join(root, 'services.d') })).toEqual({ socket: services });
  expect(find({ dir: path.join(root, 'services.d/.n6') })).toEqual({ socket: services });
  expect(find({ dir: root })).toEqual({ socket: services });
  expect(find({ dir: 'services.d', cwd: root })).toEqual({ socket: services });
  expect(find({ dir: path.join(root, 'runtime') })).toEqual({ socket: runtime });
});

test('what was named is looked for there alone; --dir counts more than N6_DIR', () => {
  const root = temporary();
  const standard = [put(root, 'run/n6/control.sock')];
  put(root, 'here/.n6/control.sock');
  const named = put(root, 'named/.n6/control.sock');
  const cwd = path.join(root, 'here');
  expect(find({ dir: '/nonexistent', cwd, standard })).toEqual({
    looked: ['/nonexistent/control.sock', '/nonexistent/.n6/control.sock', '/nonexistent/services.d/.n6/control.sock'],
  });
  expect(find({ environmentDir: path.join(root, 'named'), cwd, standard })).toEqual({ socket: named });
  expect(find({ environmentDir: '/nonexistent', dir: path.join(root, 'named'), cwd, standard })).toEqual({ socket: named });
});

test('upwards from where one is, then the standard places', () => {
  const root = temporary();
  const standard = [path.join(root, 'run/n6/control.sock'), put(root, 'tmp/control.sock')];
  const cwd = path.join(root, 'project/src/deep');
  mkdirSync(cwd, { recursive: true });
  expect(find({ cwd, standard })).toEqual({ socket: standard[1] });
  put(root, 'run/n6/control.sock');
  expect(find({ cwd, standard, environmentDir: '' })).toEqual({ socket: standard[0] });
  const project = put(root, 'project/services.d/.n6/control.sock');
  expect(find({ cwd, standard })).toEqual({ socket: project });
  const near = put(root, 'project/src/.n6/control.sock');
  expect(find({ cwd, standard })).toEqual({ socket: near });
});

test('the standard places', () => {
  expect(standardPlaces({})[0]).toBe('/run/n6/control.sock');
  expect(standardPlaces({ XDG_RUNTIME_DIR: '/run/user/7' })[1]).toBe('/run/user/7/n6/n6/control.sock');
  expect(standardPlaces({ XDG_RUNTIME_DIR: 'relative' }).join()).not.toContain('relative');
});

test('svc reaches it from a directory below, by --dir and by N6_DIR, also on a path longer than a socket address', async () => {
  const project = path.join(temporary(), 'p'.repeat(120));
  const services = path.join(project, 'services.d');
  const below = path.join(services, 'web', 'data');
  mkdirSync(below, { recursive: true });
  mkdirSync(path.join(services, '.n6'));
  const server = await serveControl({ backend: fakeBackend(['web']), path: path.join(services, '.n6/control.sock'), failed: () => undefined });
  onTestFinished(() => server.close());
  const found = { code: 3, stdout: expect.stringContaining('web   down') as string, stderr: '' };
  expect(await svc(['status', 'web'], { cwd: below })).toEqual(found);
  expect(await svc(['--dir', services, 'status', 'web'])).toEqual(found);
  expect(await svc(['status', 'web'], { environment: { N6_DIR: path.join(services, '.n6') } })).toEqual(found);
  expect(await svc(['status', '.'], { cwd: path.join(services, 'web') })).toEqual(found);
});

test('nobody there: exit code 5, and where it looked', async () => {
  const directory = temporary();
  const { code, stderr } = await svc(['status', '--dir', directory]);
  expect([code, stderr]).toEqual([5, expect.stringContaining(`looked for ${directory}/control.sock, ${directory}/.n6/control.sock`)]);
  const socket = put(directory, '.n6/control.sock');
  expect(await svc(['status'], { cwd: directory })).toEqual({
    code: 5, stdout: '',
    stderr: `svc: no supervisor there: nobody listens on ${socket} (ECONNREFUSED), its supervisor has ended; start one: svc supervise DIR\n`,
  });
  expect(await svc(['--version'], { cwd: directory })).toMatchObject({ code: 0, stderr: expect.stringContaining('nobody listens') as string });
});

test('a supervisor of another user: exit code 5, and who may', async () => {
  const directory = temporary();
  chmodSync(directory, 0o755);
  // Outside of the checkout, which may be closed to others.
  const copy = path.join(directory, 'svc.cjs');
  cpSync(path.dirname(program), directory, { recursive: true, filter: (file) => /\/lib$|svc/.test(file) });
  mkdirSync(path.join(directory, '.n6'));
  const server = await serveControl({ backend: fakeBackend(), path: path.join(directory, '.n6/control.sock'), failed: () => undefined });
  onTestFinished(() => server.close());
  const root = process.getuid?.() === 0;
  if (!root) chmodSync(path.join(directory, '.n6/control.sock'), 0);
  const { code, stderr } = await svc(['status'], { cwd: directory, program: copy, ...(root ? { uid: 65534 } : {}) });
  expect([code, stderr]).toEqual([5, expect.stringContaining('permission denied (EACCES); run svc as the user who runs it')]);
  // A directory that may not even be entered.
  chmodSync(path.join(directory, '.n6'), root ? 0o700 : 0);
  expect(await svc(['status'], { cwd: directory, program: copy, ...(root ? { uid: 65534 } : {}) })).toMatchObject({ code: 5, stderr });
  chmodSync(path.join(directory, '.n6'), 0o700);
});
