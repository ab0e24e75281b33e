/** Lines of services, with everything that can be wrong with lines, readers and disks. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LOG_FORMATS } from '../../src/core/logs.ts';
import { root, run, supervise, svcProgram, temporary, until, type Machine } from '../help/machine.ts';

const sh = (script: string): string => `#!/bin/sh\n${script}\n`;
const node = (script: string): string => `#!${process.execPath}\n${script}\n`;
const SLEEP = 'exec sleep 100000';
const pidOf = async (machine: Machine, name: string): Promise<number> =>
  (JSON.parse((await machine.svc('status', name, '--json')).stdout) as { services: { pid: number }[] }).services[0]!.pid;

/** What `svc logs --json` says. */
async function linesOf(machine: Machine, ...words: string[]): Promise<{ seq: number; service: string; stream: string; text: string; bytes?: string }[]> {
  const { stdout } = await machine.svc('logs', '--json', ...words);
  return stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line) as { seq: number; service: string; stream: string; text: string; bytes?: string });
}

/** `svc logs` that goes on. */
function follow(machine: Machine, ...words: string[]): { text(): string; signal(name: NodeJS.Signals): void; ended: Promise<number> } {
  const child = spawn(svcProgram, ['--dir', machine.services, 'logs', '-f', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { text: () => text, signal: (name) => void child.kill(name), ended: new Promise((resolve) => child.once('exit', (code) => resolve(code ?? -1))) };
}

/** The supervisor's standard output, read when the test wants. */
function slowReader(): { wrap: string[]; read(): string; close(): void } {
  const fifo = path.join(temporary(), 'stdout');
  execFileSync('mkfifo', [fifo]);
  let reader: number | undefined = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const close = (): void => {
    if (reader !== undefined) closeSync(reader);
    reader = undefined;
  };
  onTestFinished(close);
  const chunk = Buffer.alloc(2 ** 20);
  return {
    wrap: ['/bin/sh', '-c', `exec "$@" >${fifo}`, 'sh'],
    read() {
      try {
        return chunk.toString('latin1', 0, readSync(reader!, chunk));
      } catch {
        return '';
      }
    },
    close,
  };
}

/** Bytes that line tools get wrong. */
const NASTY = Buffer.concat([
  Buffer.from('10%\r20%\r100%\n\u001b[31mred\u001b[0m\na\0b\n'), Buffer.from([0xff, 0xfe, 0xc3, 0x28, 10]), Buffer.from('ü "q" \\ \u2028\n\n'),
]);

describe('2101 the forms, for all services at once', () => {
  test.each(LOG_FORMATS)('%s', async (format) => {
    const files = { 'web/run!': sh(`echo out; echo err >&2; ${SLEEP}`), 'db/run!': sh(`echo db; ${SLEEP}`) };
    const machine = await supervise(files, { environment: { N6_LOGS: format } });
    const written = (): string[] => machine.output().split('\n').slice(0, -1).filter((line) => !line.startsWith('n6: '));
    await until(() => written().length >= 3, () => machine.output());
    const lines = written();
    const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';
    const forms = {
      raw: [/^out$/, /^err$/, /^db$/], prefix: [/^web: out$/, /^web: err$/, /^db: db$/],
      timestamps: ['out', 'err', 'db'].map((text) => new RegExp(`^${time} ${text}$`)),
      json: [['web', 'stdout', 'out'], ['web', 'stderr', 'err'], ['db', 'stdout', 'db']].map(([service, stream, text]) =>
        new RegExp(`^\\{"at":"${time}","service":"${service}","stream":"${stream}","text":"${text}"\\}$`)),
    }[format];
    for (const form of forms) expect(lines.filter((line) => form.test(line)), String(form)).toHaveLength(1);
    expect(lines).toHaveLength(3);
  });

  test('unless asked n6 is not in between: a service has the very pipe of the container', async () => {
    const machine = await supervise({ 'web/run!': sh(`readlink /proc/$$/fd/1 >&2; ${SLEEP}`) });
    await until(() => machine.output().includes(`${machine.directory}/output\n`));
    expect(machine.output()).toContain(`${execFileSync('readlink', [`/proc/${machine.process.pid}/fd/1`]).toString().trim()}\n`);
    const asked = await machine.svc('logs');
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain('goes straight to the output of n6');
  });
});

test('2102 partial lines, 10 MB, CR, ANSI, NUL, what is no UTF-8: every byte comes through, in the container, in files and in svc logs', async () => {
  const directory = temporary();
  writeFileSync(path.join(directory, 'nasty'), NASTY);
  const script = node(`
    const fs = require('node:fs');
    const nasty = fs.readFileSync(${JSON.stringify(path.join(directory, 'nasty'))});
    const all = (bytes) => { for (let at = 0; at < bytes.length;) at += fs.writeSync(1, bytes, at); };
    // Byte by byte: beginnings of lines wait.
    for (const byte of nasty) fs.writeSync(1, Buffer.from([byte]));
    all(nasty);
    all(Buffer.from('x'.repeat(10 * 1024 * 1024) + '\\n'));
    all(Buffer.from('no newline at its end'));
    process.exit(0);`);
  const machine = await supervise({
    'raw/run!': script, 'raw/service.yaml': `logs: { format: raw, directory: ${directory}/raw, size: 1g }\nrestart: never\n`,
  });
  const expected = Buffer.concat([NASTY, NASTY, Buffer.from(`${'x'.repeat(10 * 2 ** 20)}\n`), Buffer.from('no newline at its end')]);
  const current = path.join(directory, 'raw/current');
  await until(() => readFileSync(current).length >= expected.length, () => machine.output().slice(-500));
  expect(readFileSync(current).equals(expected)).toBe(true);
  await until(() => machine.output().includes('no newline at its end'));
  // Lines of n6's own stand between those of services, and in those that are longer than a pipe takes at once.
  expect(machine.output().replaceAll(/n6: [^\n]*\n/g, '').includes(expected.toString('latin1'))).toBe(true);
  const lines = await linesOf(machine, 'raw');
  const texts = lines.map(({ text, bytes }) => (bytes === undefined ? Buffer.from(text) : Buffer.from(bytes, 'base64')).toString('latin1'));
  expect(texts.at(-1)).toBe('no newline at its end');
  expect(texts.at(-2)).toMatch(/^x{50000,}$/);
});

test('2103 two services that write at once: each line is one, in its order, and none is lost', async () => {
  const count = 20_000;
  const writer = (name: string): string => node(`
    const fs = require('node:fs');
    for (let i = 0; i < ${count}; i++) fs.writeSync(i % 3 === 0 ? 2 : 1, '${name} ' + i + ' ' + 'x'.repeat(i * 7 % 300) + '\\n');
    setInterval(() => {}, 1e6);`);
  const machine = await supervise({ 'a/run!': writer('a'), 'b/run!': writer('b') }, { environment: { N6_LOGS: 'prefix' } });
  const of = (name: string, error: boolean): number[] => machine.output().split('\n').filter((line) => line.startsWith(`${name}: ${name} `))
    .map((line) => Number(line.split(' ')[2])).filter((i) => (i % 3 === 0) === error);
  await until(() => ['a', 'b'].every((name) => of(name, false).length + of(name, true).length === count), () => machine.output().slice(-300));
  for (const name of ['a', 'b']) for (const error of [false, true]) expect(of(name, error)).toEqual(of(name, error).toSorted((x, y) => x - y));
  expect(machine.output().split('\n').filter((line) => !/^(?:n6: .*|[ab]: [ab] \d+ x*|)$/.test(line))).toEqual([]);
});

test('2104 a reader who stops: services and supervision go on, what is lost is counted and said', async () => {
  const reader = slowReader();
  const machine = await supervise({
    'loud/run!': node(`
      const fs = require('node:fs');
      for (let i = 0; i < 5000; i++) fs.writeSync(1, i + ' ' + 'x'.repeat(200) + '\\n');
      fs.writeFileSync('done', '');
      setInterval(() => {}, 1e6);`),
    'loud/service.yaml': 'logs: raw\n', 'other/run!': sh(SLEEP),
  }, { wrap: reader.wrap });
  await until(() => readdirSync(path.join(machine.services, 'loud')).includes('done'), () => machine.output());
  const before = await pidOf(machine, 'other');
  expect((await machine.svc('restart', 'other')).code).toBe(0);
  expect(await pidOf(machine, 'other')).not.toBe(before);
  expect(machine.output()).toContain('nobody reads the output of n6; lines of services are thrown away until somebody does');
  let text = '';
  await until(() => (text += reader.read()).includes('were lost'));
  const lost = Number(/n6: (\d+) lines of services were lost: nobody read them\n/.exec(text)![1]);
  const kept = text.split('\n').filter((line) => / x{200}$/.test(line));
  expect(lost + kept.length).toBe(5000);
  expect(kept.map((line) => Number.parseInt(line, 10))).toEqual(kept.map((_, i) => i));
  // In memory there is all that may be.
  expect((await linesOf(machine, 'loud', '-n', '1'))[0]!.text).toMatch(/^4999 /);
});

test('2105 blocking: the service waits for its reader and loses nothing; n6 and other services do not wait', async () => {
  const reader = slowReader();
  const machine = await supervise({
    'careful/run!': node(`
      const fs = require('node:fs');
      for (let i = 0; i < 3000; i++) fs.writeSync(1, i + ' ' + 'x'.repeat(200) + '\\n');
      fs.writeFileSync('done', '');
      setInterval(() => {}, 1e6);`),
    'careful/service.yaml': 'logs: { format: raw, blocking: true }\n', 'other/run!': sh(SLEEP),
  }, { wrap: reader.wrap });
  await until(() => machine.output().includes('nobody reads the output of n6'), () => machine.output());
  expect((await machine.svc('restart', 'other')).code).toBe(0);
  expect(readdirSync(path.join(machine.services, 'careful'))).not.toContain('done');
  let text = '';
  await until(() => (text += reader.read()).includes('2999 xxx'));
  expect(text.split('\n').filter((line) => / x{200}$/.test(line)).map((line) => Number.parseInt(line, 10))).toEqual(Array.from({ length: 3000 }, (_, i) => i));
});

test('2106 a reader who goes: services write on, and n6 serves', async () => {
  const reader = slowReader();
  const machine = await supervise({
    'web/run!': sh('while :; do echo line; echo x >>count; sleep 0.01; done'), 'web/service.yaml': 'logs: prefix\n',
  }, { wrap: reader.wrap });
  await until(() => reader.read().includes('web: line'));
  reader.close();
  const count = (): number => readFileSync(path.join(machine.services, 'web/count')).length;
  const before = count();
  await until(() => count() > before + 100);
  expect((await machine.svc('status', 'web')).code).toBe(0);
  expect((await linesOf(machine, 'web', '-n', '5')).map(({ text }) => text)).toEqual(Array.from({ length: 5 }, () => 'line'));
});

test('2107 restarts of a service lose no line, nor does what outlives it', async () => {
  const machine = await supervise({
    'web/run!': sh(`n=$(cat n 2>/dev/null || echo 0)
while [ $n -lt 3000 ]; do n=$((n+1)); echo $n >n.new; mv n.new n; echo "line $n"; done
echo end; exec sleep 1000`),
    'web/service.yaml': 'logs: prefix\n',
  });
  let restarts = 0;
  while (!machine.output().includes('web: end')) {
    process.kill(await pidOf(machine, 'web'), 'SIGKILL');
    restarts++;
    await until(async () => (await pidOf(machine, 'web')) !== null);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    if (restarts > 20) break;
  }
  await until(() => machine.output().includes('web: end'));
  const seen = new Set(machine.output().split('\n').filter((line) => line.startsWith('web: line ')).map((line) => Number(line.split(' ')[2])));
  // A kill between the counting and the writing is the service's own loss: at most one in each life.
  expect(3000 - seen.size).toBeLessThanOrEqual(restarts);
  expect(seen.size).toBeGreaterThan(2900);
});

test('2108 a logger that is restarted again and again loses no line: n6 holds its pipe', async () => {
  const machine = await supervise({
    'web/run!': sh('n=0; while [ $n -lt 3000 ]; do n=$((n+1)); echo "line $n"; [ $((n % 50)) != 0 ] || sleep 0.02; done; echo end; exec sleep 1000'),
    'web/log/run!': sh(`exec ${root}/build/n6/command/s6-log n20 s1000000 ../../../logs`),
  });
  const file = path.join(machine.directory, 'logs');
  const read = (): string => {
    try {
      const archives = readdirSync(file).filter((name) => name.startsWith('@')).sort();
      return [...archives, 'current'].map((name) => readFileSync(path.join(file, name), 'latin1')).join('');
    } catch {
      return '';
    }
  };
  for (let i = 0; i < 5; i++) expect((await machine.svc('restart', 'web/log')).code).toBe(0);
  await until(() => read().endsWith('end\n'), () => `${read().slice(-100)} ${machine.output()}`);
  expect(read()).toBe(`${Array.from({ length: 3000 }, (_, i) => `line ${i + 1}\n`).join('')}end\n`);
});

test('2109 rotated, compressed files of a real service', async () => {
  const machine = await supervise({
    'web/run!': node(`
      const fs = require('node:fs');
      for (let i = 0; i < 20000; i++) fs.writeSync(1, i + ' ' + 'x'.repeat(i % 100) + '\\n');
      setInterval(() => {}, 1e6);`),
    'web/service.yaml': 'logs: { prefix: "w ", container: false, directory: ../../logs, size: 100k, count: 1000, compress: gzip }\n',
  });
  const directory = path.join(machine.directory, 'logs');
  const archives = (): string[] => readdirSync(directory).filter((name) => name !== 'current').sort();
  await until(() => readFileSync(path.join(directory, 'current'), 'latin1').includes('w 19999 ') && archives().every((name) => name.endsWith('.gz')));
  const archived = archives().map((name) => gunzipSync(readFileSync(path.join(directory, name))).toString('latin1'));
  const text = archived.join('') + readFileSync(path.join(directory, 'current'), 'latin1');
  expect(text).toBe(Array.from({ length: 20_000 }, (_, i) => `w ${i} ${'x'.repeat(i % 100)}\n`).join(''));
  expect(archives().length).toBeGreaterThan(10);
  expect(machine.output()).not.toContain('xxx');
});

test('2110 what a service says last, when everything ends, is still handed on', async () => {
  const machine = await supervise({
    'web/run!': sh("trap 'echo goodbye; printf last; exit 0' TERM; echo hello; while :; do sleep 0.05; done"), 'web/service.yaml': 'logs: prefix\n',
  });
  await until(() => machine.output().includes('web: hello'));
  machine.process.kill('SIGTERM');
  expect(await machine.ended).toBe(0);
  expect(machine.output().replaceAll(/^n6: .*\n/gm, '')).toContain('web: goodbye\nweb: last\n');
});

describe('2111 svc logs', () => {
  const files = {
    'web/run!': sh(`echo one; echo two >&2; ${SLEEP}`), 'web/service.yaml': 'logs: raw\n',
    'worker/run!': sh(`echo works; ${SLEEP}`), 'worker/service.yaml': 'logs: raw\n', 'plain/run!': sh(SLEEP),
  };

  test('of one, of several, of all; numbers; what is wrong', async () => {
    const machine = await supervise(files);
    await until(async () => (await linesOf(machine)).length === 3);
    expect((await machine.svc('logs', 'web')).stdout.split('\n').sort()).toEqual(['', 'one', 'two']);
    expect((await machine.svc('logs')).stdout.split('\n').sort()).toEqual(['', 'web    | one', 'web    | two', 'worker | works']);
    expect((await machine.svc('logs', 'w*', '-n', '1')).stdout).toMatch(/^(web {3}|worker) \| \w+\n$/);
    expect((await machine.svc('logs', 'web', '-t', '-n', '1')).stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (one|two)\n$/);
    expect((await machine.svc('logs', '--color', 'always')).stdout).toContain('\u001b[32mworker\u001b[0m | works\n');
    expect(await machine.svc('logs', 'web', '--since', '0')).toMatchObject({ code: 0, stdout: '' });
    expect((await machine.svc('logs', 'web', '--since', '1h', '-n', 'all')).stdout.split('\n')).toHaveLength(3);
    const lines = await linesOf(machine, 'web', 'worker');
    expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(lines.find(({ text }) => text === 'two')).toMatchObject({ service: 'web', stream: 'stderr' });
    const said = expect.stringContaining('what plain writes goes straight') as string;
    expect(await machine.svc('logs', 'plain')).toMatchObject({ code: 1, stdout: '', stderr: said });
    expect(await machine.svc('logs', 'web', 'plain')).toMatchObject({ code: 0, stderr: said });
    expect(await machine.svc('logs', 'wbe')).toMatchObject({ code: 4, stderr: 'svc: no service named "wbe"; did you mean "web"?\n' });
    expect((await machine.svc('logs', '-n', 'many')).code).toBe(2);
    expect((await machine.svc('logs', '--since', '5')).code).toBe(2);
  });

  test('-f: what there is, what comes, and what another supervisor has to say; Ctrl-C ends it', async () => {
    const machine = await supervise({ 'web/run!': sh('while read line; do echo "got $line"; done <>in'), 'web/service.yaml': 'logs: raw\n' }, {
      prepare: (services) => void execFileSync('mkfifo', [path.join(services, 'web/in')]),
    });
    const say = (text: string): void => writeFileSync(path.join(machine.services, 'web/in'), `${text}\n`);
    await until(async () => (await machine.svc('status', 'web')).code === 0);
    say('first');
    await until(async () => (await linesOf(machine)).length === 1);
    const following = follow(machine, 'web');
    await until(() => following.text() === 'got first\n');
    for (let i = 0; i < 200; i++) say(`${i}`);
    await until(() => following.text().split('\n').length === 202, () => following.text());
    expect(following.text()).toBe(`got first\n${Array.from({ length: 200 }, (_, i) => `got ${i}\n`).join('')}`);

    machine.process.kill('SIGTERM');
    await machine.ended;
    const again = spawn(svcProgram, ['supervise', machine.services], { stdio: ['ignore', 'ignore', 'ignore'], env: { ...process.env, N6_DIR: '' } });
    onTestFinished(async () => {
      again.kill('SIGTERM');
      await new Promise((resolve) => again.once('exit', resolve));
    });
    await until(async () => (await machine.svc('status', 'web')).code === 0);
    say('second life');
    await until(() => following.text().endsWith('got second life\n'), () => following.text());
    following.signal('SIGINT');
    expect(await following.ended).not.toBe(0);
  });

  test('a client that does not read costs a megabyte, hears how much it has missed, and holds nobody up', async () => {
    const machine = await supervise({
      'web/run!': node(`
        const fs = require('node:fs');
        fs.readFileSync(fs.openSync('go', 'r'));
        for (let i = 0; i < 60000; i++) fs.writeSync(1, i + ' ' + 'x'.repeat(300) + '\\n');
        fs.writeFileSync('done', '');
        setInterval(() => {}, 1e6);`),
      'web/service.yaml': 'logs: { container: false }\n',
    }, { prepare: (services) => void execFileSync('mkfifo', [path.join(services, 'web/go')]) });
    const following = follow(machine, 'web');
    await until(async () => (await machine.svc('status', 'web')).code === 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    following.signal('SIGSTOP');
    const before = memory(machine);
    writeFileSync(path.join(machine.services, 'web/go'), 'go\n');
    await until(() => readdirSync(path.join(machine.services, 'web')).includes('done'));
    await until(async () => (await linesOf(machine, 'web', '-n', '1'))[0]?.text.startsWith('59999 ') === true);
    expect(memory(machine) - before).toBeLessThan(60 * 2 ** 20);
    following.signal('SIGCONT');
    await until(() => following.text().includes('59999 xxx') || /(\d+) lines are not here/.test(following.text()), () => following.text().slice(-300));
    const shown = following.text().split('\n').filter((line) => / x{300}$/.test(line)).length;
    const lost = [...following.text().matchAll(/ (\d+) lines? (?:is|are) not here/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(shown + lost).toBe(60_000);
    expect(lost).toBeGreaterThan(0);
  });
});

const memory = (machine: Machine): number => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${machine.process.pid}/status`, 'utf8'))![1]);

test('2112 the API: parameters that are wrong, resuming after a line', async () => {
  const machine = await supervise({ 'web/run!': sh(`for i in 1 2 3 4 5; do echo $i; done; ${SLEEP}`) }, { environment: { N6_LOGS: 'raw' } });
  const socket = path.join(machine.services, '.n6/control.sock');
  const ask = async (query: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', '--unix-socket', socket, `http://n6/v1/logs${query}`]);
    const at = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(at + 1)), body: JSON.parse(stdout.slice(0, at)) as Record<string, unknown> };
  };
  await until(async () => ((await ask('')).body['lines'] as unknown[]).length === 5);
  const { body } = await ask('?after=3');
  expect(body).toMatchObject({ schema: 1, lost: 0, newest: 5, uncaptured: [] });
  expect(body['lines']).toMatchObject([{ seq: 4, text: '4' }, { seq: 5, text: '5', service: 'web', stream: 'stdout' }]);
  expect((await ask('?after=1&lines=2')).body).toMatchObject({ lost: 2, lines: [{ seq: 4 }, { seq: 5 }] });
  // Of another life, which counted further.
  expect((await ask('?after=900')).body['lines']).toHaveLength(5);
  for (const query of ['?lines=-1', '?lines=99999', '?since=x', '?follow=yes', '?nmae=web']) {
    expect(await ask(query), query).toMatchObject({ status: 400, body: { code: 'bad-request' } });
  }
  expect(await ask('?name=wbe')).toMatchObject({ status: 404, body: { code: 'no-such-service' } });
  const stream = spawn('curl', ['-s', '-N', '-H', 'Last-Event-ID: 4', '--unix-socket', socket, 'http://n6/v1/logs?follow=1']);
  onTestFinished(() => void stream.kill());
  let text = '';
  stream.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => text.endsWith('\n\n'));
  expect(text).toMatch(/^id: 5\ndata: \{"seq":5,"at":"[^"]+","service":"web","stream":"stdout","text":"5"\}\n\n$/);
});
