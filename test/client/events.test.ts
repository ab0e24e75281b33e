import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect, type StreamItem } from '../../src/client/index.ts';
import { serveControl } from '../../src/control/server.ts';
import { fakeBackend, type FakeBackend } from '../control/fake-backend.ts';
import { temporary, until } from '../control/serve.ts';

type Life = Readonly<{ backend: FakeBackend; close(): Promise<void> }>;

/** One life of a supervisor on this socket. */
async function live(socket: string, startedAt: string): Promise<Life> {
  const backend = fakeBackend(['web']);
  const info = backend.info;
  const failed = (where: string, error: unknown): never => {
    throw new Error(where, { cause: error });
  };
  const server = await serveControl({ backend: { ...backend, info: () => ({ ...info(), startedAt }) }, path: socket, failed });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= server.close());
  onTestFinished(close);
  return { backend, close };
}

/** What a stream has said so far, and how it ended. */
function collect(stream: AsyncGenerator<StreamItem, void>): { items: StreamItem[]; end: Promise<unknown> } {
  const items: StreamItem[] = [];
  const read = async (): Promise<void> => {
    for await (const item of stream) items.push(item);
  };
  return { items, end: read().then(() => 'ended', (error: unknown) => error) };
}

const told = (items: readonly StreamItem[]): unknown[] => items.map((item) => ('lost' in item ? item : [item.seq, item.event]));

test('goes on after the connection was lost: nothing is missed, nothing comes twice', async () => {
  const socket = path.join(temporary(), 'control.sock');
  const first = await live(socket, '2026-01-01T00:00:00.000Z');
  let opened = 0;
  const { items, end } = collect(connect({ socket }).events({ opened: () => opened++ }));
  await until(() => opened === 1);
  first.backend.announce('service-up', { service: 'web' });
  await until(() => items.length === 1);
  await first.close();
  // The same life, as after a re-execution: it still knows what it had said.
  const second = await live(socket, '2026-01-01T00:00:00.000Z');
  second.backend.announce('service-up', { service: 'web' });
  second.backend.announce('service-exited', { service: 'web' });
  second.backend.announce('supervisor-reexecuted');
  await until(() => items.length === 3);
  second.backend.announce('shutdown-started');
  await until(() => items.length === 4);
  await second.close();
  expect(await end).toBe('ended');
  expect(told(items)).toEqual([[1, 'service-up'], [2, 'service-exited'], [3, 'supervisor-reexecuted'], [4, 'shutdown-started']]);
  expect(opened).toBe(2);
});

test('another supervisor on the same socket counts on its own, and is heard from its first event on', async () => {
  const socket = path.join(temporary(), 'control.sock');
  const first = await live(socket, '2026-01-01T00:00:00.000Z');
  for (let i = 0; i < 3; i++) first.backend.announce('service-up', { service: 'web' });
  const { items, end } = collect(connect({ socket }).events({ since: 0 }));
  await until(() => items.length === 3);
  await first.close();
  const second = await live(socket, '2026-01-01T00:00:05.000Z');
  for (let i = 0; i < 4; i++) second.backend.announce('service-ready', { service: 'web' });
  await until(() => items.length === 7);
  second.backend.announce('shutdown-started');
  await until(() => items.length === 8);
  await second.close();
  expect(await end).toBe('ended');
  expect(told(items).slice(3, 7)).toEqual([1, 2, 3, 4].map((seq) => [seq, 'service-ready']));
});

test('a supervisor that does not come back is told; without patience the stream ends with the connection', async () => {
  const socket = path.join(temporary(), 'control.sock');
  const life = await live(socket, 'x');
  let opened = 0;
  const patient = collect(connect({ socket }).events({ patience: 300, opened: () => opened++ }));
  const hasty = collect(connect({ socket }).events({ patience: 0, opened: () => opened++ }));
  await until(() => opened === 2);
  await life.close();
  expect(await hasty.end).toBe('ended');
  expect(await patient.end).toMatchObject({ name: 'Unreachable', reason: 'absent' });
  expect(await collect(connect({ socket }).events()).end).toMatchObject({ name: 'Unreachable', reason: 'absent' });
});

test('an aborted stream ends, also while it waits for a supervisor', async () => {
  const socket = path.join(temporary(), 'control.sock');
  const life = await live(socket, 'x');
  const abort = new AbortController();
  let opened = 0;
  const { end } = collect(connect({ socket }).events({ patience: 60_000, signal: abort.signal, opened: () => opened++ }));
  await until(() => opened === 1);
  await life.close();
  abort.abort();
  expect(await end).toBe('ended');
});
