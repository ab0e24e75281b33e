/** s6-log's program (spec/s6-compat 6); companions/s6-log starts it. What is read and written is in reading.ts and outputs.ts. */
import { closeSync, readlinkSync, writeSync } from 'node:fs';
import { createDescriptors } from '../kernel/descriptors.ts';
import { loadLibc } from '../kernel/libc.ts';
import { createLocks } from '../kernel/lock.ts';
import { createSignals } from '../kernel/signals.ts';
import { parseArguments, UsageError, type Options } from './arguments.ts';
import { openLogDirectory, type LogDirectory } from './directory.ts';
import { createDispatch, type Sink } from './dispatch.ts';
import { alerts, standardOutput, statusFile } from './outputs.ts';
import { startReading } from './reading.ts';
import { parseScript, type Script, type Target } from './script.ts';

const libc = loadLibc();

function say(sentence: string): void {
  try {
    writeSync(2, `s6-log: ${sentence}\n`);
  } catch {
    // There is nobody else to tell.
  }
}

function refuse(code: number, error: unknown): never {
  say(`fatal: ${error instanceof Error ? error.message : String(error)}`);
  libc.exit(code);
  throw error;
}

/** What is an anonymous inode is Node's own: its event loop has taken the number of a descriptor that nobody gave. */
function isGiven(descriptor: number): boolean {
  try {
    return !readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('anon_inode:');
  } catch {
    return false;
  }
}

function main(options: Options, script: Script): void {
  const descriptors = createDescriptors(libc);
  const { lock } = createLocks(libc);
  const warn = (sentence: string): void => {
    if (options.verbosity > 0) say(`warning: ${sentence}`);
  };
  script.warnings.forEach(warn);

  const directories = new Map<string, LogDirectory>();
  // One for all: two actions on one output keep the order of their lines.
  const output = standardOutput(descriptors, warn);
  const alarm = alerts(descriptors);
  const sinkOf = (target: Target): Sink => {
    switch (target.kind) {
      case 'stdout': return output;
      case 'alert': return alarm;
      case 'status': return statusFile(target.file, target.size, warn);
      case 'directory': {
        const known = directories.get(target.directory);
        const directory = known ?? openLogDirectory(target.directory, target.keeping, {
          now: descriptors.realtime, lock, warn, relieved: () => reading.goOn(),
        });
        directories.set(target.directory, directory);
        return directory;
      }
    }
  };
  const steps = script.steps.map((step) => (step.kind !== 'act' ? step : {
    kind: step.kind, labels: step.labels, sink: sinkOf(step.target), longest: step.target.kind === 'alert' ? step.target.longest : 0,
  }));
  const dispatch = createDispatch(steps);

  const reading = startReading(descriptors, {
    options,
    lines: (lines) => dispatch(lines, descriptors.realtime()),
    waiting: () => [...directories.values()].reduce((sum, directory) => sum + directory.waiting(), 0),
    failed: (error) => warn(`cannot read standard input: ${String(error)}; it counts as ended`),
    ended: () => {
      let left = directories.size;
      const one = (): void => {
        left -= 1;
        // A thread may still wait for standard input: exit(3) would wait for it.
        if (left <= 0) libc.exit(0);
      };
      if (left === 0) one();
      for (const directory of directories.values()) directory.finish(one);
    },
  });

  const signals = createSignals(libc, {
    exited: () => undefined, orphanReaped: () => undefined, childless: () => undefined,
    failed: (where, error) => warn(`${where}: ${String(error)}`),
  });
  signals.onSignals(['SIGTERM', 'SIGHUP', 'SIGALRM'], (signal) => {
    if (signal === 'SIGALRM') for (const directory of directories.values()) directory.rotate();
    else if (signal === 'SIGHUP' || !options.protect) reading.stop();
  });
  if (options.notify !== undefined) {
    writeSync(options.notify, '\n');
    closeSync(options.notify);
  }
  reading.goOn();
}

try {
  const options = parseArguments(process.argv.slice(2));
  const script = parseScript(options.directives);
  if (options.notify !== undefined && !isGiven(options.notify)) {
    throw new UsageError(`descriptor ${options.notify} of -d is not open; redirect it to something`);
  }
  main(options, script);
} catch (error) {
  refuse(error instanceof UsageError ? 100 : 111, error);
}
