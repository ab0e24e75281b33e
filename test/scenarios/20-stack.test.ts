/** 20xx: examples/node-app-postgres-redis, as its README says it: PostgreSQL, Redis and a web application, from Debian's packages. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { alive, root, supervise, temporary, until, type Files, type Machine } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const EXAMPLE = path.join(root, 'examples/node-app-postgres-redis');
type Listed = { name: string; state: string; pid: number | null };
type Event = { event: string; service?: string; pid?: number; exitCode?: number };

const canRun = process.getuid?.() === 0 && lacking('redis-server', 'redis-cli', 'pg_isready', 'psql').length === 0
  && existsSync('/usr/lib/postgresql');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The example's own files, but for places and a port that are the test's. */
function services(port: number): Files {
  const home = temporary();
  // Its services are other users.
  chmodSync(home, 0o755);
  cpSync(path.join(EXAMPLE, 'app'), path.join(home, 'app'), { recursive: true });
  const from = path.join(EXAMPLE, 'services.d');
  return Object.fromEntries(readdirSync(from).map((name) => [`${name}/service.yaml`, readFileSync(path.join(from, name, 'service.yaml'), 'utf8')
    .replaceAll('/var/lib/shop', path.join(home, 'shop')).replaceAll('/srv/shop', path.join(home, 'app')).replaceAll('8080', String(port))]));
}

async function statuses(machine: Machine): Promise<Record<string, Listed>> {
  const { services: listed } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: Listed[] };
  return Object.fromEntries(listed.map((service) => [service.name, service]));
}

/** All events of the supervisor, from its beginning to its end. */
function listen(machine: Machine): { events: readonly Event[]; at(event: string, service: string): number } {
  const events: Event[] = [];
  const stream = request({ socketPath: path.join(machine.services, '.n6/control.sock'), path: '/v1/events?since=0' }, (response) => {
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line.startsWith('data: ')) events.push(JSON.parse(line.slice('data: '.length)) as Event);
    });
    response.on('error', () => undefined);
  });
  stream.on('error', () => undefined);
  stream.end();
  onTestFinished(() => void stream.destroy());
  return {
    events,
    at(event, service) {
      const index = events.findIndex((seen) => seen.event === event && seen.service === service);
      expect(index, `${event} of ${service}`).toBeGreaterThanOrEqual(0);
      return index;
    },
  };
}

const get = (port: number, target: string): Promise<{ status: number; body: string }> => new Promise((resolve, reject) => {
  request({ host: '127.0.0.1', port, path: target, timeout: 10_000 }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => resolve({ status: response.statusCode ?? 0, body }));
  }).on('error', reject).end();
});

describe.runIf(canRun)('a web application with PostgreSQL and Redis', () => {
  test('2000 started in the right order, restarted when unhealthy, stopped in reverse order', async () => {
    const port = await freePort();
    const machine = await supervise(services(port));
    const { events, at } = listen(machine);
    await until(() => events.some(({ event, service }) => event === 'service-ready' && service === 'app'), machine.output, 60_000);

    // A service starts after all that it needs: after a oneshot has ended, after a service is ready.
    for (const [first, what, then] of [
      ['folders', 'service-exited', 'initdb'], ['folders', 'service-exited', 'cache'], ['initdb', 'service-exited', 'db'],
      ['db', 'service-ready', 'migrate'], ['db', 'service-ready', 'app'], ['cache', 'service-ready', 'app'], ['migrate', 'service-exited', 'app'],
    ] as const) expect(at(what, first), `${first} before ${then}`).toBeLessThan(at('service-starting', then));
    expect(at('service-starting', 'cache'), 'beside each other').toBeLessThan(at('service-exited', 'initdb'));

    const before = await statuses(machine);
    expect(Object.fromEntries(Object.values(before).map(({ name, state }) => [name, state])))
      .toEqual({ folders: 'done', initdb: 'done', migrate: 'done', db: 'ready', cache: 'ready', app: 'ready' });
    expect(await get(port, '/')).toEqual({ status: 200, body: '{"products":["hammer","nails"],"views":1}\n' });
    const tree = await machine.svc('tree');
    expect(tree.code).toBe(0);
    for (const name of Object.keys(before)) expect(tree.stdout).toContain(name);

    // It hangs: health is what notices, and nobody else is touched.
    process.kill(before.app!.pid!, 'SIGSTOP');
    await until(() => events.some(({ event, service }) => event === 'service-unhealthy' && service === 'app'), machine.output, 60_000);
    const after = await until(async () => {
      const now = await statuses(machine);
      return now.app!.state === 'ready' && now.app!.pid !== before.app!.pid ? now : undefined;
    }, machine.output, 60_000);
    expect([after.db!.pid, after.cache!.pid]).toEqual([before.db!.pid, before.cache!.pid]);
    expect(alive(before.app!.pid!)).toBe(false);
    expect(await get(port, '/')).toEqual({ status: 200, body: '{"products":["hammer","nails"],"views":2}\n' });

    const { length } = events;
    machine.process.kill('SIGTERM');
    expect(await machine.ended).toBe(0);
    const last = (name: string, event: string): number => events.findIndex((seen, i) => i >= length && seen.event === event && seen.service === name);
    for (const name of ['app', 'db', 'cache']) expect(last(name, 'service-exited'), name).toBeGreaterThan(0);
    expect(last('app', 'service-exited')).toBeLessThan(last('db', 'service-stopping'));
    expect(last('app', 'service-exited')).toBeLessThan(last('cache', 'service-stopping'));
    expect(events[last('db', 'service-exited')]).toMatchObject({ exitCode: 0 });
  }, 240_000);

  test('2001 the second start finds the data of the first; a migration that fails keeps the application from starting, and why says so', async () => {
    const port = await freePort();
    const files = services(port);
    const machine = await supervise(files);
    await until(async () => (await statuses(machine)).app!.state === 'ready', machine.output, 60_000);
    const schema = /--file, ([^\]]+)\]/.exec(files['migrate/service.yaml']!)![1]!;
    writeFileSync(schema, 'SELECT nonsense;\n');
    expect((await machine.svc('stop', 'app', 'migrate')).code).toBe(0);
    await machine.svc('start', 'app', '--timeout', '1s');
    await until(async () => (await statuses(machine)).migrate!.state === 'failed', machine.output);
    expect((await statuses(machine)).app).toMatchObject({ pid: null });
    writeFileSync(schema, 'SELECT 1;\n');
    expect((await machine.svc('start', 'migrate')).code).toBe(0);
    await until(async () => (await statuses(machine)).app!.state === 'ready', machine.output, 60_000);
    expect(await get(port, '/')).toMatchObject({ status: 200 });
  }, 240_000);
});

test('2002 svc check finds nothing wrong with the example', async () => {
  const machine = await supervise({});
  const checked = await machine.svc('check', path.join(EXAMPLE, 'services.d'));
  if (canRun) expect(checked).toMatchObject({ code: 0 });
  expect(checked.stderr).not.toContain('did you mean');
});
