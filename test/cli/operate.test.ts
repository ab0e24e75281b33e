import path from 'node:path';
import { expect, test } from 'vitest';
import { down, up } from '../control/fake-backend.ts';
import { serve, until, type Served } from '../control/serve.ts';
import { svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });

test('start waits until it is up, and says what is', async () => {
  const served = await serve(['web']);
  served.backend.onCommand = () => setImmediate(() => served.backend.set('web', up(7)));
  expect(await svc(['start', 'web'], at(served))).toEqual({ code: 0, stdout: 'web is up, pid 7\n', stderr: '' });
  expect(served.backend.asked).toEqual(['start web']);
});

test('stop of several, by name, path and glob, each once', async () => {
  const served = await serve(['db', 'web-1', 'web-2']);
  served.backend.onCommand = (name) => setImmediate(() => served.backend.set(name, down));
  for (const name of ['db', 'web-1', 'web-2']) served.backend.set(name, up(7));
  const { code, stdout } = await svc(['stop', 'web-*', '/run/service/db', 'web-1'], at(served));
  expect([code, stdout]).toEqual([0, 'db is down (exit 0 after 2.0 s)\nweb-1 is down (exit 0 after 2.0 s)\nweb-2 is down (exit 0 after 2.0 s)\n']);
  expect([...served.backend.asked].sort()).toEqual(['stop db', 'stop web-1', 'stop web-2']);
});

test('restart answers about the new process', async () => {
  const served = await serve(['web']);
  served.backend.set('web', up(7));
  served.backend.onCommand = () => setTimeout(() => {
    served.backend.set('web', { ...down, state: 'stopping' });
    served.backend.announce('service-exited', { service: 'web', pid: 7 });
    served.backend.set('web', up(8));
  }, 20);
  expect(await svc(['restart', 'web'], at(served))).toMatchObject({ code: 0, stdout: 'web is up, pid 8\n' });
});

test('when it does not come true in time: exit code 1, the state, and why', async () => {
  const served = await serve(['web']);
  served.backend.set('web', { ...up(7), state: 'stopping', why: 'sent SIGTERM' });
  expect(await svc(['stop', 'web', '--timeout', '20ms'], at(served))).toEqual({
    code: 1, stdout: '', stderr: 'svc: web is still stopping after 20 ms: sent SIGTERM; wait longer with --timeout, or end it: svc kill web -s KILL\n',
  });
});

test('one that fails is told, the others are done', async () => {
  const served = await serve(['bad', 'web']);
  served.backend.onCommand = (name) => setImmediate(() => served.backend.set(name, name === 'web' ? up(7) : { state: 'failed', why: 'exit 1 after 300 ms' }));
  expect(await svc(['start', '*'], at(served))).toEqual({
    code: 1, stdout: 'web is up, pid 7\n', stderr: 'svc: bad has failed: exit 1 after 300 ms; correct it, then try again: svc start bad\n',
  });
});

test('a service that goes has stopped, but has not started', async () => {
  const served = await serve(['web']);
  served.backend.set('web', up(7));
  served.backend.onCommand = () => setImmediate(() => served.backend.remove('web'));
  expect(await svc(['stop', 'web'], at(served))).toMatchObject({ code: 0, stdout: 'web is gone\n' });
  served.backend.set('web', down);
  expect(await svc(['start', 'web'], at(served))).toMatchObject({ code: 1, stderr: expect.stringContaining('web is gone') as string });
});

test('--no-wait gives the command and returns', async () => {
  const served = await serve(['web']);
  expect(await svc(['start', 'web', '--no-wait'], at(served))).toEqual({ code: 0, stdout: 'web: asked to start\n', stderr: '' });
});

test('pause, cont and kill do not wait; a process has to be there', async () => {
  const served = await serve(['web']);
  expect(await svc(['reload', 'web'], at(served))).toEqual({
    code: 1, stdout: '', stderr: 'svc: cannot reload web, it is down: not started; start it first: svc start web\n',
  });
  served.backend.set('web', up(7));
  const outputs = [];
  const kills = [['kill', 'web'], ['kill', '-s', 'usr1', 'web'], ['kill', 'web', '--signal=9']];
  for (const words of [['reload', 'web', '--no-wait'], ['pause', 'web'], ['cont', 'web'], ...kills]) {
    outputs.push((await svc(words, at(served))).stdout);
  }
  expect(outputs).toEqual(['web: sent its reload signal\n', 'web: paused\n', 'web: continued\n', ...Array<string>(3).fill('web: sent the signal\n')]);
  expect(served.backend.asked).toEqual(['reload web', 'reload web', 'pause web', 'cont web', 'kill web SIGTERM', 'kill web SIGUSR1', 'kill web SIGKILL']);
});

test('reload waits for what comes of it, and says it truthfully', async () => {
  const served = await serve(['web']);
  served.backend.set('web', up(7));
  const tell = (fields: Record<string, unknown>): unknown => served.backend.announce('service-reloaded', { service: 'web', ...fields });
  const become = (fields: Record<string, unknown>) => (): void => void setImmediate(() => tell(fields));
  served.backend.onCommand = become({ ok: true });
  expect(await svc(['reload', 'web'], at(served))).toEqual({ code: 0, stdout: 'web was reloaded\n', stderr: '' });
  served.backend.onCommand = become({ ok: false, step: 'check', detail: 'exit 1' });
  expect(await svc(['reload', 'web'], at(served))).toEqual({
    code: 1, stdout: '', stderr: 'svc: web was not reloaded: check: exit 1; it is up, see: svc why web\n',
  });
  const { code, stdout } = await svc(['reload', 'web', '--json'], at(served));
  const result = { ...served.backend.status('web'), outcome: 'failed', detail: 'check: exit 1' };
  expect([code, JSON.parse(stdout)]).toEqual([1, { schema: 1, services: [result] }]);
  served.backend.onCommand = () => undefined;
  const late = await svc(['reload', 'web', '--timeout', '20ms'], at(served));
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('web has not answered its reload after 20 ms; wait longer') as string });
});

test('wait --for healthy', async () => {
  const served = await serve(['web']);
  served.backend.set('web', up(7));
  const asked: string[] = [];
  served.backend.waitFor = (_, goal) => {
    asked.push(goal);
    return Promise.resolve('reached');
  };
  expect(await svc(['wait', 'web', '--for', 'healthy'], at(served))).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(asked).toEqual(['healthy']);
});

test('a name that means nothing stops the whole command before anything is done', async () => {
  const served = await serve(['web']);
  expect(await svc(['stop', 'web', 'wbe', 'x*'], at(served))).toEqual({
    code: 4, stdout: '', stderr: 'svc: no service named "wbe"; did you mean "web"?\nsvc: no service matches "x*"; list them: svc status\n',
  });
  expect(served.backend.asked).toEqual([]);
});

test('--json', async () => {
  const served = await serve(['web', 'db']);
  served.backend.onCommand = (name) => setImmediate(() => served.backend.set(name, name === 'db' ? { state: 'failed' } : up(7)));
  const { code, stdout } = await svc(['start', 'web', 'db', '--json'], at(served));
  expect([code, JSON.parse(stdout)]).toEqual([1, {
    schema: 1, services: [{ ...served.backend.status('db'), outcome: 'failed' }, { ...served.backend.status('web'), outcome: 'reached' }],
  }]);
});

test('wait prints nothing and says by its exit code whether it is so', async () => {
  const served = await serve(['web', 'db']);
  served.backend.set('db', { ...up(6), state: 'ready' });
  const waiting = svc(['wait', 'web', 'db'], at(served));
  await until(() => served.backend.waiting() > 0);
  served.backend.set('web', { ...up(7), state: 'ready' });
  expect(await waiting).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await svc(['wait', 'web', '--for', 'down', '--timeout', '10ms'], at(served))).toEqual({
    code: 1, stdout: '', stderr: 'svc: web is still ready after 10 ms; wait longer with --timeout, or look again: svc status web\n',
  });
  expect((await svc(['wait', 'nope'], at(served))).code).toBe(4);
});

test('120 services at once', async () => {
  const names = Array.from({ length: 120 }, (_, i) => `s${String(i).padStart(3, '0')}`);
  const served = await serve(names);
  served.backend.onCommand = (name) => setImmediate(() => served.backend.set(name, up(7)));
  expect(await svc(['start', 's*'], at(served))).toEqual({ code: 0, stdout: names.map((name) => `${name} is up, pid 7\n`).join(''), stderr: '' });
});

test('what the supervisor refuses, and what goes while svc looks, are results like others', async () => {
  const served = await serve(['a', 'b', 'web']);
  const { backend } = served;
  backend.shuttingDown = true;
  expect(await svc(['start', 'web'], at(served))).toEqual({ code: 1, stdout: '', stderr: 'svc: cannot start web: the supervisor is shutting down\n' });
  expect(JSON.parse((await svc(['start', 'web', '--json'], at(served))).stdout)).toEqual({ schema: 1, services: [{ name: 'web', outcome: 'refused' }] });
  backend.set('web', up(7));
  const { command } = backend;
  backend.command = (name, ...rest) => {
    if (name === 'b') backend.remove('b');
    return command(name, ...rest);
  };
  expect(await svc(['stop', 'a', 'b', 'web', '--no-wait'], at(served))).toEqual({
    code: 0, stdout: 'a: asked to stop\nb is gone\nweb: asked to stop\n', stderr: '',
  });
});
