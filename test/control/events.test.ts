import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { PublicEvent } from '../../src/control/backend.ts';
import { createEventReader } from '../../src/control/event-reader.ts';
import { backlog, createFrameQueue, QUEUE_BYTES, QUEUE_LIMIT, streamEvents } from '../../src/control/event-stream.ts';
import type { Lost } from '../../src/control/protocol.ts';
import { fakeBackend } from './fake-backend.ts';
import { ask, open, serve, until } from './serve.ts';

/** Seq of an event, or minus the number of lost ones. */
const told = (events: readonly (PublicEvent | Lost)[]): number[] => events.map((event) => ('seq' in event ? event.seq : -event.lost));

test('events arrive as they happen, with their seq as id', async () => {
  const { socket, backend } = await serve();
  const client = open(socket);
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString()));
  client.write('GET /v1/events HTTP/1.1\r\n\r\n');
  await until(() => backend.listening() === 1);
  backend.announce('service-up', { service: 'web', pid: 7 });
  await until(() => text.includes('}\n\n'));
  expect(text.toLowerCase()).toContain('content-type: text/event-stream');
  expect(text).toContain('id: 1\ndata: {"seq":1,"at":"1970-01-01T00:00:00.000Z","event":"service-up","service":"web","pid":7}\n\n');
  client.destroy();
  await until(() => backend.listening() === 0);
});

test('the client reads the stream, resumes after a seq, and learns what is forgotten', async () => {
  const { backend, client } = await serve();
  for (let i = 0; i < 150; i++) backend.announce('members-changed');
  const seen: (PublicEvent | Lost)[] = [];
  for await (const event of client.events({ since: 20 })) {
    seen.push(event);
    if (seen.length === 101) backend.announce('shutdown-started');
    if (seen.length === 102) break;
  }
  expect(told(seen)).toEqual([-30, ...Array.from({ length: 101 }, (_, i) => 51 + i)]);
  await until(() => backend.listening() === 0);
});

test('Last-Event-ID resumes as since does, and since counts more', async () => {
  const { socket, backend, server } = await serve();
  for (let i = 0; i < 5; i++) backend.announce('members-changed');
  const read = async (target: string): Promise<number[]> => {
    const answer = ask(socket, 'GET', target, undefined, { 'last-event-id': '3' });
    return answer.then(({ body }) => told(createEventReader().push(Buffer.from(body))));
  };
  const both = Promise.all([read('/v1/events'), read('/v1/events?since=4')]);
  await until(() => backend.listening() === 2);
  await server.close();
  expect(await both).toEqual([[4, 5], [5]]);
});

test('the stream of a supervisor that ends, ends', async () => {
  const { backend, client, server } = await serve();
  const reading = (async () => {
    const seen: number[] = [];
    for await (const event of client.events()) seen.push(...told([event]));
    return seen;
  })();
  await until(() => backend.listening() === 1);
  backend.announce('shutdown-started');
  await server.close();
  expect(await reading).toEqual([1]);
});

test('a snapshot comes first, with the place from which the events go on', async () => {
  const { socket, backend, server } = await serve(['web']);
  backend.announce('members-changed');
  const seq = backend.info().seq;
  const read = (query: string): Promise<string> => ask(socket, 'GET', `/v1/events?${query}`).then(({ body }) => body);
  const [fresh, resumed] = [read('snapshot=1'), read('snapshot=1&since=0')];
  await until(() => backend.listening() === 2);
  backend.announce('service-up', { service: 'web' });
  await server.close();
  const frame = (body: string): unknown => JSON.parse(/^data: (.*)$/m.exec(body)![1]!);
  expect(await fresh).toMatch(new RegExp(`^event: snapshot\nid: ${seq}\ndata: .*\n\nid: 2\ndata: .*\n\n$`));
  expect(frame(await fresh)).toEqual({ snapshot: { seq, services: backend.statuses() } });
  expect((await resumed).match(/^(event|id): .*$/gm)).toEqual(['event: snapshot', 'id: 1', 'id: 2']);
});

test('a stream is told the farewell as its last frame', async () => {
  const { socket, backend, server } = await serve();
  const answer = ask(socket, 'GET', '/v1/events');
  await until(() => backend.listening() === 1);
  backend.announce('shutdown-started');
  await server.close('event: reconnect\ndata: {"reconnect":true}\n\n');
  expect((await answer).body).toMatch(/"shutdown-started"\}\n\nevent: reconnect\ndata: \{"reconnect":true\}\n\n$/);
});

test('a stream that is aborted before the server has answered ends without an error, too', async () => {
  const { client } = await serve();
  const abort = new AbortController();
  const reading = client.events({ signal: abort.signal }).next();
  abort.abort();
  expect(await reading).toEqual({ done: true, value: undefined });
});

test('an aborted stream ends without an error', async () => {
  const { backend, client } = await serve();
  const abort = new AbortController();
  const reading = (async () => {
    for await (const event of client.events({ signal: abort.signal })) throw new Error(`nothing was announced, but ${JSON.stringify(event)} came`);
  })();
  await until(() => backend.listening() === 1);
  abort.abort();
  await reading;
  await until(() => backend.listening() === 0);
});

test('a client that does not read loses the oldest events, is told how many, and never stops the supervisor', () => {
  const backend = fakeBackend();
  const written: string[] = [];
  let drain: () => void = () => undefined;
  let room = 3;
  const stop = streamEvents(backend, { since: undefined }, {
    write(text) {
      written.push(text);
      return --room > 0;
    },
    on(_, listener) {
      drain = listener;
    },
  });
  for (let i = 0; i < QUEUE_LIMIT + 10; i++) backend.announce('members-changed');
  expect(written).toHaveLength(3);
  room = Infinity;
  drain();
  backend.announce('members-changed');
  stop();
  backend.announce('members-changed');
  const seqs = told(createEventReader().push(Buffer.from(written.join(''))));
  expect(seqs).toEqual([1, 2, 3, -7, ...Array.from({ length: QUEUE_LIMIT + 1 }, (_, i) => 11 + i)]);
});

test('long frames are dropped by their length, and the newest is kept however long it is', () => {
  const written: string[] = [];
  let drain: () => void = () => undefined;
  const queue = createFrameQueue({
    write: (text) => written.push(text) > 1,
    on: (_, listener) => void (drain = listener),
  });
  queue.give('first');
  for (const letter of ['a', 'b', 'c']) queue.give(letter.repeat(QUEUE_BYTES / 2));
  drain();
  expect(written.map((text) => text.slice(0, 15))).toEqual(['first', 'data: {"lost":1', 'b'.repeat(15), 'c'.repeat(15)]);
  written.length = 0;
  queue.give('first');
  queue.give('a');
  queue.give('d'.repeat(2 * QUEUE_BYTES));
  drain();
  expect(written.map((text) => text.slice(0, 15))).toEqual(['first', 'data: {"lost":1', 'd'.repeat(15)]);
});

test('over a real socket: what a sleeping client has not read is bounded, and the sum is right when it wakes', async () => {
  const { socket, backend } = await serve();
  const client = connect({ path: socket });
  onTestFinished(() => void client.destroy());
  client.write('GET /v1/events HTTP/1.0\r\n\r\n');
  await until(() => backend.listening() === 1);
  client.pause();
  const filler = 'x'.repeat(1000);
  const count = 10_000;
  for (let i = 0; i < count; i++) backend.announce('members-changed', { filler });
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString()));
  client.resume();
  await until(() => text.includes(`"seq":${count},`) && text.endsWith('\n\n'));
  const seqs = told(createEventReader().push(Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4))));
  const lost = seqs.filter((seq) => seq < 0);
  expect(lost).toHaveLength(1);
  expect(seqs.length - 1 - lost[0]!).toBe(count);
});

test('what is remembered: nothing new, a gap, all of an earlier life', () => {
  const recent = [5, 6, 7].map((seq) => ({ seq }) as PublicEvent);
  const after = (since: number): unknown => {
    const { missed, events } = backlog(recent, since);
    return [missed, ...events.map(({ seq }) => seq)];
  };
  expect([after(7), after(6), after(4), after(3), after(100)]).toEqual([[0], [0, 7], [0, 5, 6, 7], [1, 5, 6, 7], [4, 5, 6, 7]]);
  expect(backlog([], 9)).toEqual({ missed: 0, events: [] });
});

test('the reader takes chunks that end anywhere', () => {
  const stream = Buffer.from(': hello\n\nid: 1\ndata: {"seq":1,"service":"ü\\n"}\n\nevent: x\r\ndata: {"lost":2}\r\n\r\n');
  fc.assert(fc.property(fc.array(fc.nat(stream.length), { maxLength: 10 }), (cuts) => {
    const reader = createEventReader();
    const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
    const events = edges.slice(1).flatMap((edge, i) => reader.push(stream.subarray(edges[i], edge)));
    expect(events).toEqual([{ seq: 1, service: 'ü\n' }, { lost: 2 }]);
  }));
});
