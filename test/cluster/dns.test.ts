/** Members by the DNS, from a server of the test's own. */
import { createSocket } from 'node:dgram';
import { expect, onTestFinished, test } from 'vitest';
import { followDns } from '../../src/membership/dns.ts';
import { followStatic } from '../../src/membership/static.ts';
import { until } from '../help/machine.ts';
import { remember, type Heard } from './listener.ts';

const A = 1;
const SRV = 33;
const NO_SUCH_NAME = 3;
const SERVER_FAILURE = 2;

/** Names are sent whole, each label with its length (RFC 1035, 3.1). */
const labels = (name: string): Buffer =>
  Buffer.concat([...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);

type Zone = { code: number; records: Record<string, Buffer[]> };

/** Answers `NAME TYPE` with the records of the zone as it is then. Ends with the test. */
async function serve(zone: Zone): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    let end = 12;
    const words: string[] = [];
    while (query[end] !== 0) {
      words.push(query.toString('latin1', end + 1, end + 1 + query[end]!));
      end += 1 + query[end]!;
    }
    const type = query.readUInt16BE(end + 1);
    const records = zone.records[`${words.join('.')} ${type}`] ?? [];
    const known = Object.keys(zone.records).some((key) => key.startsWith(`${words.join('.')} `));
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (zone.code === 0 && !known ? NO_SUCH_NAME : zone.code), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const answers = records.map((data) => Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]), data]));
    socket.send(Buffer.concat([header, query.subarray(12, end + 5), ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

const common = { port: 3000, role: 'backend', tags: { a: 'b' } };
function follow(port: number, name: string, kind: 'address' | 'srv'): Heard {
  const heard = remember();
  const provider = followDns({ provider: 'dns', name, kind, server: { host: '127.0.0.1', port }, common, interval: 50 }, heard);
  onTestFinished(() => provider.stop());
  return heard;
}

test('addresses come and go; a name that is gone is an empty list; a server that fails leaves the last one, and is told once', async () => {
  const zone: Zone = { code: 0, records: { 'tasks.web 1': [Buffer.from([10, 0, 0, 2]), Buffer.from([10, 0, 0, 1])] } };
  const heard = follow(await serve(zone), 'tasks.web', 'address');
  await until(() => heard.now().join() === '10.0.0.1 alive,10.0.0.2 alive');
  expect(heard.lists.at(-1)![0]).toEqual({ name: '10.0.0.1', address: '10.0.0.1', ...common, status: 'alive' });
  zone.records = { 'tasks.web 1': [Buffer.from([10, 0, 0, 2])] };
  await until(() => heard.now().join() === '10.0.0.2 alive');
  zone.code = SERVER_FAILURE;
  await until(() => heard.losses.length > 1);
  expect(heard.now()).toEqual(['10.0.0.2 alive']);
  zone.code = 0;
  zone.records = {};
  await until(() => heard.lists.at(-1)!.length === 0);
  expect(heard.reports).toEqual([expect.stringMatching(/^warn: cannot look up tasks\.web: /), 'info: the DNS answers again for tasks.web']);
});

test('SRV: each target with its own port, two ports of one host are two members', async () => {
  const srv = (port: number, target: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, port >> 8, port & 255]), labels(target)]);
  const heard = follow(await serve({
    code: 0,
    records: {
      [`web.test ${SRV}`]: [srv(8001, 'a.test'), srv(8002, 'a.test'), srv(80, 'b.test')],
      [`a.test ${A}`]: [Buffer.from([10, 0, 0, 1])], [`b.test ${A}`]: [Buffer.from([10, 0, 0, 2])],
    },
  }), 'web.test', 'srv');
  await until(() => heard.lists.length > 0);
  expect(heard.lists[0]!.map(({ name, address, port }) => [name, address, port])).toEqual([
    ['a.test:8001', '10.0.0.1', 8001], ['a.test:8002', '10.0.0.1', 8002], ['b.test', '10.0.0.2', 80],
  ]);
});

test('static: names are looked up; what has no address is not there', async () => {
  const heard = remember();
  const members = ['localhost', '10.0.0.9', 'no-such-host.invalid'].map((name) => ({ name, address: name, ...common }));
  const provider = followStatic({ provider: 'static', members, file: undefined, common, interval: 60_000 }, heard, () => Promise.resolve(undefined));
  onTestFinished(() => provider.stop());
  await until(() => heard.lists.length > 0);
  expect(heard.now()).toEqual(['10.0.0.9 alive', 'localhost alive']);
  expect(heard.failures).toEqual([]);
});
