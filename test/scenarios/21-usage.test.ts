/** What services use, as the built supervisor tells it from /proc. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { createClient } from '../../src/control/client.ts';
import type { Usage } from '../../src/core/usage.ts';
import { container, inside, supervise, until } from '../help/machine.ts';
import { ask } from '../control/serve.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const worker = '#!/bin/sh\nsleep 1000 &\nsetsid sleep 1000 &\nwait\n';

test('the whole of a service, and nothing of a service that is down; read when asked, by name', async () => {
  const machine = await supervise({ 'web/run!': worker, 'off/run!': worker, 'off/down': '' });
  const socket = path.join(machine.services, '.n6/control.sock');
  const client = createClient(socket);
  const usages = async (...names: string[]): Promise<readonly Usage[]> =>
    (await client.call('usage', { query: names.map((name) => ['name', name]) })).usages;
  await until(async () => (await usages('web'))[0]!.processes === 3);
  const [off, web] = await usages();
  expect(off).toEqual({ name: 'off', cpu: 0, memory: 0, processes: 0 });
  expect(web).toMatchObject({ name: 'web', processes: 3 });
  expect(web!.memory).toBeGreaterThan(1_000_000);
  const { at } = await client.call('usage', { query: [['name', 'w*']] });
  expect(new Date(at).toISOString()).toBe(at);
  expect((await ask(socket, 'GET', '/v1/usage?name=wbe')).json()).toMatchObject({ status: 404, code: 'no-such-service' });
  await client.call('command', { parameters: { name: 'web', command: 'stop' }, body: { wait: true } });
  expect(await usages('web')).toEqual([{ name: 'web', cpu: 0, memory: 0, processes: 0 }]);
});

test.runIf(canMakeNamespaces)('as PID 1: its own process is no service', async () => {
  const machine = await container({ 'web/run!': worker });
  const get = async (): Promise<Usage[]> => {
    const script = "require('http').get({socketPath:'/run/n6/control.sock',path:'/v1/usage'},(r)=>r.pipe(process.stdout))";
    return (JSON.parse((await inside(machine, process.execPath, '-e', script)).stdout) as { usages: Usage[] }).usages;
  };
  const usages = await until(async () => {
    const found = await get();
    return found.find(({ name }) => name === 'web')?.processes === 3 && found;
  });
  expect(usages.map(({ name }) => name)).toEqual(['web']);
});
