/** 23xx: reload.haproxy of service.yaml, with a real HAProxy: what is told is what has become of it. */
import { Agent, createServer, request, type Server, type ServerResponse } from 'node:http';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isDrained } from '../../src/haproxy/drain.ts';
import { createMaster } from '../../src/haproxy/master.ts';
import { lacking } from '../help/needs.ts';
import { supervise, until, type Machine } from '../help/machine.ts';

type Balancer = Readonly<{
  machine: Machine;
  port: number;
  /** Writes the configuration: servers as `s1 IP:PORT options`. */
  write(servers: readonly string[], more?: string): void;
  /** What `svc reload` printed, and what was announced. */
  reload(): Promise<{ code: number; text: string; event: Record<string, unknown> }>;
  pids(): Promise<readonly number[]>;
  ask(): Promise<string>;
  status(): Promise<{ pid: number; why: string }>;
}>;

let ports = 21_000 + (process.pid % 400) * 10;

const RUNTIME = 'haproxy: { master: ../master.sock, config: ../haproxy.cfg, servers: runtime }';

describe.runIf(lacking('haproxy').length === 0)('reload: haproxy', () => {
  async function balancer(reload: string, servers: readonly string[], words = '-W -S unix@../master.sock -f ../haproxy.cfg'): Promise<Balancer> {
    const port = ports++;
    const text = (list: readonly string[], more = ''): string => [
      'global', '  hard-stop-after 20s', 'defaults', '  mode http', '  timeout connect 1s', '  timeout client 10s', '  timeout server 10s',
      '  timeout http-keep-alive 2s', '  option idle-close-on-response', '  default-server inter 200ms', 'frontend web', `  bind 127.0.0.1:${port}`,
      '  default_backend nodes', 'backend nodes', '  balance roundrobin', ...list.map((server) => `  server ${server}`), more, '',
    ].join('\n');
    const machine = await supervise({
      'ha/run!': `#!/bin/sh\nexec haproxy ${words}\n`,
      'ha/service.yaml': `reload:\n  ${reload}\nstop: [USR1 2s, TERM 2s, KILL]\nready: { tcp: ${port}, interval: 50ms }\n`,
    }, { prepare: (directory) => writeFileSync(path.join(directory, 'haproxy.cfg'), text(servers)) });
    await until(async () => /ready/.test((await machine.svc('status', 'ha')).stdout), () => machine.output());
    const events = async (): Promise<Record<string, unknown>[]> =>
      (await machine.svc('events', '--json')).stdout.split('\n').filter((line) => line.includes('"service-reloaded"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return {
      machine, port,
      write: (list, more) => writeFileSync(path.join(machine.services, 'haproxy.cfg'), text(list, more)),
      async reload() {
        const { code, stdout, stderr } = await machine.svc('reload', 'ha');
        return { code, text: stdout + stderr, event: (await events()).at(-1)! };
      },
      async pids() {
        const { workers, old } = await createMaster(path.join(machine.services, 'master.sock'), { within: 2000 }).processes();
        // From 3.1 on a worker that goes on because its successor could not begin is among the old ones.
        return workers.length > 0 ? workers : old;
      },
      ask: () => get(port),
      status: async () => (JSON.parse((await machine.svc('status', '--json')).stdout) as { services: { pid: number; why: string }[] }).services[0]!,
    };
  }

  test('2301 a reload that works has another worker, and the servers of the file; the service keeps its pid', async () => {
    const [one, two] = [await backend('one'), await backend('two')];
    const ha = await balancer('haproxy: { master: ../master.sock, config: ../haproxy.cfg }', [`s1 127.0.0.1:${one}`]);
    const before = { workers: await ha.pids(), pid: (await ha.status()).pid };
    ha.write([`s1 127.0.0.1:${one}`, `s2 127.0.0.1:${two}`]);
    expect(await ha.reload()).toMatchObject({ code: 0, event: { ok: true, how: 'reload' } });
    expect(await ha.pids()).not.toEqual(before.workers);
    expect((await ha.status()).pid).toBe(before.pid);
    expect(new Set([await ha.ask(), await ha.ask()])).toEqual(new Set(['one', 'two']));
  });

  test("2302 a configuration that HAProxy refuses is a failure, in HAProxy's own words; the old worker goes on, and the next good one works", async () => {
    const one = await backend('one');
    const ha = await balancer('haproxy: ../master.sock', [`s1 127.0.0.1:${one}`]);
    const before = await ha.pids();
    ha.write([`s1 127.0.0.1:${one}`], '  nonsense 1');
    const { code, event } = await ha.reload();
    expect([code, event]).toMatchObject([1, { ok: false, step: 'reload' }]);
    expect(event['detail']).toContain("unknown keyword 'nonsense'");
    expect((await ha.status()).why).toContain('nonsense');
    expect([await ha.pids(), await ha.ask()]).toEqual([before, 'one']);
    expect((await ha.reload()).code).toBe(1);
    ha.write([`s1 127.0.0.1:${one}`]);
    expect(await ha.reload()).toMatchObject({ code: 0, event: { ok: true } });
    expect(await ha.pids()).not.toEqual(before);
  });

  test('2303 what no check finds, an address that is in use, is told as a failure, too', async () => {
    const one = await backend('one');
    const ha = await balancer('haproxy: ../master.sock', [`s1 127.0.0.1:${one}`]);
    ha.write([`s1 127.0.0.1:${one}`], `frontend other\n  bind 127.0.0.1:${one}`);
    const { code, event } = await ha.reload();
    expect([code, event]).toMatchObject([1, { ok: false, step: 'reload' }]);
    expect(await ha.ask()).toBe('one');
  });

  test('2304 servers that come, go and move need no reload with servers: runtime; anything else does', async () => {
    const [one, two, three] = [await backend('one'), await backend('two'), await backend('three')];
    const ha = await balancer(RUNTIME, [`s1 127.0.0.1:${one} check`]);
    // What a process has read before n6 looked, nobody knows: the first time it is reloaded.
    expect((await ha.reload()).event).toMatchObject({ ok: true, how: 'reload' });
    const workers = await ha.pids();
    expect((await ha.reload()).event).toMatchObject({ ok: true, how: 'nothing' });
    ha.write([`s1 127.0.0.1:${one} check`, `s2 127.0.0.1:${two} check`]);
    expect((await ha.reload()).event).toMatchObject({ ok: true, how: 'runtime' });
    await until(async () => new Set([await ha.ask(), await ha.ask()]).size === 2);
    ha.write([`s1 127.0.0.1:${three} check`]);
    expect((await ha.reload()).event).toMatchObject({ ok: true, how: 'runtime' });
    await until(async () => new Set([await ha.ask(), await ha.ask(), await ha.ask()]).size === 1);
    expect(await ha.ask()).toBe('three');
    expect(await ha.pids()).toEqual(workers);
    // A cookie is nothing that a server can be given while HAProxy runs, in many versions; a weight is another option: both are reloads.
    ha.write([`s1 127.0.0.1:${three} check weight 3`]);
    expect((await ha.reload()).event).toMatchObject({ ok: true, how: 'reload' });
    expect(await ha.pids()).not.toEqual(workers);
  });

  test('2305 the socket that is not there, the one that says nothing, the file that is not there: each a sentence', async () => {
    const one = await backend('one');
    const absent = await balancer('haproxy: { master: ../other.sock }', [`s1 127.0.0.1:${one}`]);
    expect((await absent.reload()).event['detail']).toMatch(/^cannot talk to HAProxy at .*other\.sock: .*\(ENOENT\); is it started with -W -S/);
    const unread = await balancer('haproxy: { master: ../master.sock, config: ../nobody.cfg }', [`s1 127.0.0.1:${one}`]);
    expect((await unread.reload()).event['detail']).toMatch(/^cannot read .*nobody\.cfg: .*\(ENOENT\)$/);
  });

  test('2306 kill -9 of the worker or of the master: HAProxy is back, and is reloaded again', async () => {
    const one = await backend('one');
    const ha = await balancer(RUNTIME, [`s1 127.0.0.1:${one}`]);
    expect((await ha.reload()).code).toBe(0);
    for (const victim of [(await ha.pids())[0]!, undefined]) {
      const { pid } = await ha.status();
      process.kill(victim ?? pid, 'SIGKILL');
      await until(async () => (await ha.status()).pid !== pid && (await ha.ask()) === 'one', () => ha.machine.output());
      await until(async () => (await ha.pids()).length === 1);
      expect((await ha.reload()).event).toMatchObject({ ok: true, how: 'reload' });
    }
  });

  test('2307 drained is who has no session in any worker, old ones too; what is under way is finished, and no old worker sends anything new', async () => {
    let finish = (): void => undefined;
    let asked = 0;
    const slow = await backend('slow', (answer) => {
      asked++;
      finish = () => answer.end('slow');
    });
    const other = await backend('other');
    const [s1, s2] = [`s1 127.0.0.1:${slow} weight 256`, `s2 127.0.0.1:${other} weight 1`];
    const ha = await balancer('haproxy: { master: ../master.sock, config: ../haproxy.cfg }', [s1, s2]);
    const master = createMaster(path.join(ha.machine.services, 'master.sock'), { within: 2000 });
    const member = { name: 's1', address: '127.0.0.9' };
    // A client that stays connected to the worker that will be an old one.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const first = get(ha.port, agent);
    await until(() => asked === 1);
    ha.write([s2]);
    expect((await ha.reload()).code).toBe(0);
    expect(await isDrained(master, member)).toBe(false);
    expect(await ha.ask()).toBe('other');
    finish();
    expect(await first).toBe('slow');
    await until(() => isDrained(master, member));
    expect(await get(ha.port, agent)).toBe('other');
    expect(asked).toBe(1);
  });

  test('2308 the last server of a worker is used until that worker has gone', async () => {
    const [one, two] = [await backend('one'), await backend('two')];
    const ha = await balancer('haproxy: { master: ../master.sock, config: ../haproxy.cfg }', [`s1 127.0.0.1:${one}`]);
    const master = createMaster(path.join(ha.machine.services, 'master.sock'), { within: 2000 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect(await get(ha.port, agent)).toBe('one');
    ha.write([`s2 127.0.0.1:${two}`]);
    expect((await ha.reload()).code).toBe(0);
    expect(await isDrained(master, { name: 's1', address: '127.0.0.9' })).toBe(false);
    expect(await get(ha.port, agent)).toBe('one');
    await until(() => isDrained(master, { name: 's1', address: '127.0.0.9' }));
    expect(await get(ha.port, agent)).toBe('two');
  });
});

async function backend(word: string, serve = (answer: ServerResponse): void => void answer.end(word)): Promise<number> {
  const server: Server = createServer((_asked, answer) => serve(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return (server.address() as { port: number }).port;
}

const get = (port: number, agent: Agent | false = false): Promise<string> => new Promise((resolve, reject) => {
  request({ host: '127.0.0.1', port, agent }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
  }).on('error', reject).end();
});
