/** Sockets that answer as HAProxy never should; and one that speaks as 2.7 and later do. */
import { createServer, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask } from '../../src/haproxy/ask.ts';
import { checkOf } from '../../src/haproxy/command-line.ts';
import { reloadHaproxy, type HaproxyOutcome } from '../../src/haproxy/reload.ts';

async function listen(answer: (question: string, socket: Socket) => void): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-haproxy-'));
  const place = path.join(directory, 's');
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('data', (chunk) => answer(String(chunk).trim(), socket));
  });
  await new Promise<void>((resolve) => server.listen(place, resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
    rmSync(directory, { recursive: true, force: true });
  });
  return place;
}

describe('a question', () => {
  test('has its whole answer', async () => {
    const socket = await listen((question, to) => {
      to.write('a'.repeat(100_000));
      setImmediate(() => to.end(question));
    });
    expect(await ask(socket, 'show info', { within: 5000 })).toBe(`${'a'.repeat(100_000)}show info`);
  });
  test('that is not answered has an end', async () => {
    const socket = await listen(() => undefined);
    await expect(ask(socket, 'show stat', { within: 30 })).rejects.toThrow(/has not answered "show stat" in 30 ms/);
    const abort = new AbortController();
    const asked = ask(socket, 'show stat', { within: 60_000, abort: abort.signal });
    abort.abort();
    await expect(asked).rejects.toThrow(/not waited for any more/);
  });
  test('that is answered for ever has an end', async () => {
    const socket = await listen((_question, to) => {
      const more = (): void => void (to.destroyed || (to.write('x'.repeat(10_000)), setImmediate(more)));
      more();
    });
    await expect(ask(socket, 'show stat', { within: 5000, most: 100_000 })).rejects.toThrow(/more than 100000 bytes/);
  });
  test('to nobody', () => expect(ask('/nonexistent/socket', 'x', { within: 100 })).rejects
    .toThrow(/^cannot talk to HAProxy at \/nonexistent\/socket: .*ENOENT/));
});

describe('a master', () => {
  const processes = (reloads: number, failed: number, ...workers: number[]): string =>
    `#<PID> <type> <reloads>\n7 master ${reloads} [failed: ${failed}]\n# workers\n${workers.map((pid) => `${pid} worker 0\n`).join('')}`;
  const reload = async (answer: (question: string) => string): Promise<HaproxyOutcome> => {
    const master = await listen((question, to) => void to.end(answer(question)));
    const plan = { master, config: undefined, servers: 'reload' as const };
    return reloadHaproxy({ plan, within: 300, applied: undefined, abort: new AbortController().signal });
  };

  test('that says Success=0 has failed, with its words', async () => {
    const { failure } = await reload((question) => (question === 'reload' ? 'Success=0\n--\n[ALERT]    (8) : config : bad thing\n' : processes(1, 0, 8)));
    expect(failure).toEqual({ step: 'reload', detail: 'config : bad thing', explained: true });
  });
  test('that says Success=1 is believed when a new worker is listed', async () => {
    let reloads = 0;
    expect(await reload((question) => {
      if (question !== 'reload') return processes(reloads, 0, 8 + reloads);
      reloads++;
      return 'Success=1\n';
    })).toMatchObject({ failure: undefined, how: 'reload' });
    expect((await reload((question) => (question === 'reload' ? 'Success=1\n' : processes(1, 0, 8)))).failure)
      .toMatchObject({ step: 'reload', detail: 'no new worker in 300 ms' });
  });
  test('that says nothing, as 2.6 does, is looked at', async () => {
    let asked = 0;
    expect(await reload((question) => (question === 'reload' ? '' : asked++ < 4 ? processes(1, 0, 8) : processes(2, 0, 9))))
      .toMatchObject({ failure: undefined });
    asked = 0;
    expect((await reload((question) => (question === 'reload' ? '' : asked++ < 2 ? processes(1, 0, 8) : processes(2, 1, 8)))).failure)
      .toMatchObject({ step: 'reload', explained: false });
  });
  test('that begins anew, and drops what it has not read, is asked again; but not for a second reload', async () => {
    const read: string[] = [];
    let connections = 0;
    const directory = mkdtempSync(path.join(tmpdir(), 'n6-haproxy-'));
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      connections++;
      socket.on('error', () => undefined);
      if (connections === 5) return void socket.resume().end();
      // The third one is the reload: its end is the answer of 2.6.
      if ([1, 3, 4].includes(connections)) return void setTimeout(() => socket.destroy(), 20);
      socket.once('data', (chunk) => {
        read.push(String(chunk).trim());
        socket.end(connections < 3 ? processes(0, 0, 8) : processes(1, 0, 9));
      }).resume();
    });
    await new Promise<void>((resolve) => server.listen(path.join(directory, 's'), resolve));
    onTestFinished(() => {
      server.close();
      rmSync(directory, { recursive: true, force: true });
    });
    const plan = { master: path.join(directory, 's'), config: undefined, servers: 'reload' as const };
    expect(await reloadHaproxy({ plan, within: 5000, applied: undefined, abort: new AbortController().signal })).toMatchObject({ failure: undefined });
    expect([read, connections]).toEqual([['show proc', 'show proc'], 6]);
  });
  test('that is none', async () => {
    expect((await reload(() => 'HTTP/1.1 400 Bad request\r\n\r\n')).failure?.detail).toMatch(/is it the socket of a master/);
  });
});

test('a check is what was started, with -c', async () => {
  expect(await checkOf(process.pid)).toBeUndefined();
  expect(await checkOf(2 ** 22)).toBeUndefined();
});
