/** What is no Serf, is a bad one, or has a strange cluster: bounded, told, and over as soon as it is. */
import { createServer, type Server, type Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFramer } from '../../src/membership/rpc/frames.ts';
import { decodeMessage, textOf, type Message } from '../../src/membership/rpc/wire.ts';
import { until } from '../help/machine.ts';
import { follow } from './listener.ts';

/** Ends with the test, and with `close`. */
async function listen(port: number, welcome: (socket: Socket) => void): Promise<{ port: number; close(): Promise<void>; count(): number }> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server: Server = createServer((socket) => {
    count++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    welcome(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { port: (server.address() as { port: number }).port, close, count: () => count };
}

type Fake = { members: unknown[]; asked: string[]; stream: ((event: unknown) => void) | undefined };

/** An agent as far as the provider uses one. */
const agentOf = (fake: Fake) => (socket: Socket): void => {
  const framer = createFramer();
  let header: Message | undefined;
  const answer = (seq: unknown, body?: unknown): void => {
    socket.write(encode({ Seq: seq, Error: '' }));
    if (body !== undefined) socket.write(encode(body));
  };
  socket.on('data', (chunk) => {
    for (const frame of framer.push(chunk)) {
      const message = decodeMessage(frame) as Message;
      if (message['Command'] === undefined) continue;
      header = message;
      const command = textOf(header['Command']);
      fake.asked.push(command);
      const seq = header['Seq'];
      if (command === 'members') answer(seq, { Members: fake.members });
      else if (command === 'stats') answer(seq, { agent: { name: 'a' } });
      else answer(seq);
      if (command === 'stream') fake.stream = (event) => answer(seq, event);
    }
  });
};
const member = (name: string, tags: Record<string, string> = {}): unknown =>
  ({ Name: Buffer.from(name), Addr: Uint8Array.of(127, 0, 0, 1), Port: 7946, Tags: tags, Status: 'alive' });

const nonsense = Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n400 Bad Request');
describe('each is told once, and whoever comes after it on the same port is followed', () => {
  for (const [what, welcome] of [
    ['another protocol', (socket: Socket) => void socket.end(nonsense)],
    ['bytes without an end', (socket: Socket) => {
      const more = (): void => void (socket.destroyed || socket.write(Buffer.alloc(65_536, 0x91), more));
      more();
    }],
    ['values without an end', (socket: Socket) => {
      const more = (): void => void (socket.destroyed || socket.write(Buffer.alloc(65_536, 0xc0), more));
      more();
    }],
    ['a text of 4 GB', (socket: Socket) => void socket.write(Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff]))],
    ['an answer that nobody asked for', (socket: Socket) => void socket.write(encode({ Seq: 99, Error: '' }))],
    ['a refusal of everything', (socket: Socket) => void socket.on('data', () => socket.write(encode({ Seq: 1, Error: 'go away\nand stay away' })))],
    ['a closed door', (socket: Socket) => void socket.destroy()],
    ['silence', () => undefined],
  ] as const) {
    test(what, async () => {
      const bad = await listen(0, welcome);
      const heard = follow(bad.port, {}, 300);
      await until(() => heard.reports.length > 0, () => heard.losses.join('\n'));
      expect(heard.reports[0]).toMatch(/^warn: the Serf agent at 127\.0\.0\.1:\d+: .*its last list of members stays/);
      // Back-off: three seconds and more have room for a few tries only.
      expect(bad.count()).toBeLessThan(16);
      expect(heard.lists).toEqual([]);
      await bad.close();
      const fake: Fake = { members: [member('a')], asked: [], stream: undefined };
      await listen(bad.port, agentOf(fake));
      heard.provider.look();
      await until(() => heard.now().join() === 'a alive', () => heard.losses.join('\n'));
      expect(heard.reports.slice(1)).toEqual([expect.stringMatching(/^info: .* is there again, with 1 members/)]);
      expect(heard.failures).toEqual([]);
    });
  }
});

test('an agent that is cut off in the middle of its list', async () => {
  const fake: Fake = { members: Array.from({ length: 500 }, (_, index) => member(`n${index}`)), asked: [], stream: undefined };
  let cut = true;
  const server = await listen(0, (socket) => {
    const write = socket.write.bind(socket);
    if (cut) {
      socket.write = ((bytes: Uint8Array) => {
        if (bytes.length < 1000) return write(bytes);
        write(bytes.subarray(0, 900));
        cut = false;
        socket.destroySoon();
        return true;
      });
    }
    agentOf(fake)(socket);
  });
  const heard = follow(server.port);
  await until(() => heard.lists.length > 0, () => JSON.stringify([heard.losses, fake.asked]), 5000);
  expect(heard.losses).toHaveLength(1);
  expect([heard.lists[0]!.length, heard.failures]).toEqual([500, []]);
});

test('a thousand members with hostile names and tags, and ten thousand events: every list is whole, and there are few of them', async () => {
  const name = (index: number): string => `node-${index} "quoted" {{#each}}\n\ttab 'x' $(id) \u{1f600}`;
  const everybody = Array.from({ length: 1000 }, (_, index) => member(name(index), { [`t{{${index}`]: '"\n', constructor: 'x' }));
  const fake: Fake = { members: everybody, asked: [], stream: undefined };
  const server = await listen(0, agentOf(fake));
  const heard = follow(server.port);
  await until(() => heard.lists.length > 0);
  for (let event = 0; event < 10_000; event++) fake.stream!({ Event: 'member-update', Members: [member('ghost')] });
  fake.members = fake.members.slice(1);
  fake.stream!({ Event: 'member-reap', Members: [] });
  await until(() => heard.lists.at(-1)!.length === 999);
  expect(heard.lists[0]!.map((one) => one.name).sort()).toEqual(Array.from({ length: 1000 }, (_, index) => name(index)).sort());
  expect(heard.lists[0]!.every(({ tags }) => Object.keys(tags).length === 2)).toBe(true);
  expect(fake.asked.filter((command) => command === 'members').length).toBeLessThan(200);
  expect(heard.failures).toEqual([]);
});

test('without any sign of a change the list is read again, each interval', async () => {
  const fake: Fake = { members: [member('a')], asked: [], stream: undefined };
  const server = await listen(0, agentOf(fake));
  const heard = follow(server.port, { interval: 100 });
  await until(() => heard.lists.length > 0);
  fake.members = [member('a'), member('b')];
  await until(() => heard.now().length === 2);
});

test('a storm of queries is answered by a few at a time, the others by nobody', async () => {
  const fake: Fake = { members: [member('a')], asked: [], stream: undefined };
  const server = await listen(0, agentOf(fake));
  const heard = follow(server.port);
  await until(() => heard.lists.length > 0);
  let asked = 0;
  const open: ((answer: string) => void)[] = [];
  heard.answers['q'] = () => {
    asked++;
    return new Promise((resolve) => open.push(resolve));
  };
  for (let id = 0; id < 1000; id++) fake.stream!({ Event: 'query', ID: id, Name: 'q', Payload: Buffer.from('x') });
  await until(() => asked > 0);
  fake.stream!({ Event: 'member-join', Members: [] });
  const before = heard.lists.length;
  await until(() => heard.lists.length > before);
  expect(asked).toBe(64);
  for (const answer of open) answer('yes');
  await until(() => fake.asked.filter((command) => command === 'respond').length === 64);
});
