/**
 * What a service writes, through a logger into rotated files: lines and bytes per second, in the same run for all. The service is cat(1)
 * on a file that is in memory already; the time is from its start until the last line is in a file.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

type Logger = Readonly<{
  name: string;
  needs: readonly string[];
  /** Gives the command that runs `script`, a shell's, with its output into files in `logs`. */
  prepare(directory: string, script: string, logs: string): readonly string[];
  /** The file that is written, in `logs`. */
  current: string;
}>;

const launcher = path.resolve(import.meta.dirname, '../build/n6/bin/svc');
const PREFIX = 'web: ';
const SIZE = 10_000_000;

const n6 = (name: string, keys: string): Logger => ({
  name, needs: ['node'], current: 'current',
  prepare(directory, script, logs) {
    const service = path.join(directory, 'services/web');
    mkdirSync(service, { recursive: true });
    writeFileSync(path.join(service, 'run'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    writeFileSync(path.join(service, 'service.yaml'), `logs: { ${keys}, container: false, directory: ${logs}, size: ${SIZE}, count: 1000 }\n`);
    return [launcher, 'supervise', path.join(directory, 'services'), '--no-watch'];
  },
});

/** A pipeline is all that s6 and runit put between a service and its logger. */
const behind = (logger: string): readonly string[] => ['/bin/sh', '-c', logger];

const LOGGERS: readonly Logger[] = [
  n6('n6', `prefix: "${PREFIX}"`),
  n6('n6, raw', 'format: raw'),
  n6('n6, json', 'format: json'),
  {
    name: 's6-log', needs: ['s6-log'], current: 'current',
    prepare: (_directory, script, logs) => behind(`(${script}) | exec s6-log 'p${PREFIX}' n1000 s${SIZE} ${logs}`),
  },
  {
    name: 'svlogd', needs: ['svlogd'], current: 'current',
    prepare(_directory, script, logs) {
      mkdirSync(logs);
      writeFileSync(path.join(logs, 'config'), `s${SIZE}\nn1000\np${PREFIX}\n`);
      return behind(`(${script}) | exec svlogd ${logs}`);
    },
  },
  {
    name: 'supervisord', needs: ['supervisord'], current: 'web.log',
    // It has no prefix.
    prepare(directory, script, logs) {
      mkdirSync(logs);
      writeFileSync(path.join(directory, 'run'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const file = path.join(directory, 'supervisord.conf');
      writeFileSync(file, [
        `[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${directory}/pid\n`,
        `[program:web]\ncommand=${directory}/run\nstdout_logfile=${logs}/web.log\nstdout_logfile_maxbytes=${SIZE}\nstdout_logfile_backups=1000\n`,
      ].join('\n'));
      return ['supervisord', '-n', '-c', file];
    },
  },
];

const ROUNDS = 3;
const LINES: Readonly<Record<string, number>> = { 'lines of 100 bytes': 100, 'lines of 30 bytes': 30 };
const BYTES = 150 * 2 ** 20;
const END = 'the last line';

export async function benchLogs(): Promise<void> {
  for (const [title, length] of Object.entries(LINES)) {
    console.log(`\nlogs: captured lines through a prefix into rotated files, ${title} (lines a second, MB of the service's output a second)`);
    const directory = mkdtempSync(path.join(tmpdir(), 'n6-bench-logs-'));
    try {
      const data = path.join(directory, 'data');
      const count = Math.floor(BYTES / length);
      writeData(data, count, length);
      // In turns: what else the machine does meets all of them.
      const times = new Map(LOGGERS.map(({ name }): [string, number[]] => [name, []]));
      for (let round = 0; round < ROUNDS; round++) {
        for (const logger of LOGGERS) if (installed(logger)) times.get(logger.name)!.push(await measure(logger, data));
      }
      print(times, count, statSync(data).size);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

function print(times: ReadonlyMap<string, readonly number[]>, count: number, bytes: number): void {
  let base: number | undefined;
  for (const [name, values] of times) {
    if (values.length === 0) {
      console.log(`  ${name.padEnd(12)} not installed`);
      continue;
    }
    const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
    base ??= middle;
    const speed = `${Math.round(count / middle * 1000).toLocaleString('en').padStart(10)} lines/s ${(bytes / middle / 1000).toFixed(0).padStart(5)} MB/s`;
    console.log(`  ${name.padEnd(12)} ${speed}   ${name === 'n6' ? '' : `${(base / middle).toFixed(2)} x n6`}`);
  }
}

/** Milliseconds. */
async function measure(logger: Logger, data: string): Promise<number> {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-bench-logger-'));
  const [ready, go] = ['ready', 'go'].map((name) => path.join(directory, name)) as [string, string];
  const logs = path.join(directory, 'logs');
  execFileSync('mkfifo', [ready, go]);
  const script = `read x <${ready}; read x <${go}; cat ${data}; exec sleep 1000000`;
  const [program, ...words] = logger.prepare(directory, script, logs);
  const child = spawn(program!, words, { stdio: 'ignore', detached: true });
  try {
    // Opened by both: the script has got as far as that.
    writeFileSync(ready, '\n');
    const starter = openSync(go, 'w');
    const from = performance.now();
    writeSync(starter, 'go\n');
    closeSync(starter);
    while (!endsWell(path.join(logs, logger.current))) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (performance.now() - from > 120_000) throw new Error(`${logger.name} has not written all in two minutes`);
    }
    const time = performance.now() - from;
    const written = readdirSync(logs).reduce((sum, name) => sum + statSync(path.join(logs, name)).size, 0);
    if (written < statSync(data).size) throw new Error(`${logger.name} has written ${written} of ${statSync(data).size} bytes: it has lost lines`);
    return time;
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // The pipeline has no supervisor; the others end their service themselves.
    process.kill(program === '/bin/sh' ? -child.pid! : child.pid!, 'SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

function endsWell(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY);
    const { size } = statSync(file);
    const tail = Buffer.alloc(200);
    return tail.toString('latin1', 0, readSync(descriptor, tail, 0, tail.length, Math.max(0, size - tail.length))).includes(END);
  } catch {
    // Not there, or just renamed.
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function writeData(file: string, count: number, length: number): void {
  const descriptor = openSync(file, 'w');
  for (let from = 0; from < count; from += 10_000) {
    const lines = Array.from({ length: Math.min(10_000, count - from) }, (_, i) => `${from + i} `.padEnd(length - 1, 'abcdefghij '));
    writeSync(descriptor, `${lines.join('\n')}\n`);
  }
  writeSync(descriptor, `${END}\n`);
  closeSync(descriptor);
}

function installed({ needs }: Logger): boolean {
  try {
    for (const program of needs) execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
