/** A real supervisor on a real kernel with probes, and services that are scripts; all of it ends with the test file. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { PLAIN, PLAIN_LAUNCH, type Health, type Policy } from '../../src/core/policy.ts';
import type { PublicEvent } from '../../src/control/backend.ts';
import type { Definition } from '../../src/core/definition.ts';
import { tell } from '../../src/core/messages.ts';
import type { Service } from '../../src/core/service.ts';
import { createKernel } from '../../src/kernel/linux.ts';
import type { Launcher } from '../../src/launch/launcher.ts';
import { createProbes } from '../../src/probes/probes.ts';
import { createLogs, type LogsService } from '../../src/logs/logs.ts';
import { createLogFiles } from '../../src/logs/log-files.ts';
import { createLogPipes } from '../../src/logs/pipes.ts';
import type { LineSink } from '../../src/logs/sink.ts';
import type { FlowState } from '../../src/logs/flow.ts';
import type { LogChoice } from '../../src/core/logs.ts';
import type { Told } from '../../src/probes/life.ts';
import { createTies } from '../../src/probes/ties.ts';
import { createRuns } from '../../src/supervisor/runs.ts';
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervisor.ts';
import { definition } from '../help/definition.ts';
import { until } from '../help/machine.ts';

export const scratch = mkdtempSync(path.join(tmpdir(), 'n6-probes-'));
chmodSync(scratch, 0o755);

let hear: { exited: Supervisor['exited'] } | undefined;
const failures: string[] = [];
const runsOf = new Set<ReturnType<typeof createRuns>>();
export const kernel = createKernel({
  exited: (pid, exit) => {
    for (const runs of runsOf) if (runs.exited(pid, exit)) return;
    hear?.exited(pid, exit);
  },
  // A main process that was told by MAINPID is an orphan, as a rule.
  orphanReaped: (pid, exit) => hear?.exited(pid, exit),
  childless: () => undefined, failed: (where, error) => void failures.push(`${where}: ${String(error)}`),
}, {});
afterAll(async () => {
  kernel.signalRest('SIGKILL');
  await until(() => kernel.descendants().length === 0);
  rmSync(scratch, { recursive: true, force: true });
});

const environment = [Buffer.from('PATH=/usr/sbin:/usr/bin:/sbin:/bin')];
const launcher: Launcher = {
  prepare: ({ directory }, [program, ...words]) => (program === 'nowhere'
    ? { failure: { code: 'ENOENT', step: 'file', subject: 'nowhere', hopeless: true } }
    : { directory, program: program!, arguments: [program!, ...words], environment }),
};

export type Settings = Readonly<{ otherwise: LogChoice; memory: { each: number; all: number } }>;

export type World = Readonly<{
  supervisor: Supervisor;
  told: (Told & { name: string })[];
  events: PublicEvent[];
  reports: string[];
  reloads: string[];
  printed: string[];
  failures: string[];
  /** Adds a service whose `run` is this script. */
  add(name: string, script: string, policy: Partial<Policy>, more?: Partial<Definition>): Definition;
  service(name: string): Service;
  pid(name: string): number;
  /** What was told of it, without pids. */
  of(name: string): unknown[];
  close(): void;
  sink: LineSink & { become(state: FlowState): void };
  logs: LogsService;
}>;

export function world({ otherwise = 'inherit', memory = { each: 65_536, all: 1_048_576 } }: Partial<Settings> = {}): World {
  const told: World['told'] = [];
  const [events, reports, reloads, printed]: [PublicEvent[], string[], string[], string[]] = [[], [], [], []];
  // What one test has brought about is not told in the next.
  failures.length = 0;
  const pipes = createLogPipes(kernel, otherwise);
  const ties = createTies(kernel, pipes);
  const supervisor = createSupervisor({
    kernel, ties, rule: 'n6', environment: () => environment, wall: () => Date.now(),
    report: (report) => void reports.push(tell(report).text),
    failed: (where, error) => void failures.push(`${where}: ${String(error)}`),
    forgotten: () => undefined,
  });
  hear = supervisor;
  supervisor.journal.subscribe((event) => void events.push(event));
  const runs = createRuns(kernel);
  runsOf.add(runs);
  const listeners = new Set<() => void>();
  let state: FlowState = 'free';
  const sink: World['sink'] = {
    write: (bytes) => void printed.push(...bytes.toString('latin1').split(/(?<=\n)/)),
    state: () => state,
    whenChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    written: () => Promise.resolve(),
    waiting: () => Buffer.alloc(0),
    become(next) {
      state = next;
      for (const listener of [...listeners]) listener();
    },
  };
  const failed = (where: string, error: unknown): void => void failures.push(`${where}: ${String(error)}`);
  const logs = createLogs({
    ...createLogFiles(100, (service, text) => void reports.push(`${service}: ${text}`)),
    supervisor, pipes, failed, memory, sinks: { stdout: sink, stderr: sink }, wall: () => Date.now(),
  });
  const probes = createProbes({
    kernel, runs, launcher, ties, logs,
    supervisor: {
      ...supervisor,
      give(name, event) {
        if (['becameReady', 'healthChanged', 'mainPidTold', 'statusTold'].includes(event.type)) told.push({ name, ...(event as Told) });
        return supervisor.give(name, event);
      },
    },
    reloaded: (name) => void reloads.push(name),
    report: (report) => void reports.push(tell(report).text),
    failed: (where, error) => void failures.push(`${where}: ${String(error)}`),
  });
  const made: World = {
    supervisor, told, events, reports, reloads, printed, failures, sink, logs,
    add(name, script, policy, more = {}) {
      const directory = path.join(scratch, `${name}-${Math.random().toString(36).slice(2)}`);
      mkdirSync(directory);
      writeFileSync(path.join(directory, 'run'), `#!/bin/sh\n${script}\n`);
      chmodSync(path.join(directory, 'run'), 0o755);
      const given = definition({ name, directory, killAfter: 500, policy: { ...PLAIN, ...policy }, ...more });
      supervisor.add(given);
      return given;
    },
    service: (name) => supervisor.roster.get(name)!,
    pid: (name) => (supervisor.roster.get(name)!.state as { pid: number }).pid,
    of: (name) => told.filter((entry) => entry.name === name).map(({ name: _name, pid: _pid, ...rest }) => rest),
    close: () => probes.close(),
  };
  onTestFinished(async () => {
    probes.close();
    for (const name of supervisor.roster.names()) supervisor.retire(name);
    await until(() => supervisor.roster.size() === 0 && kernel.childless());
    runsOf.delete(runs);
  });
  return made;
}

export const health = (changes: Partial<Health>): Health => ({
  probe: undefined, watchdog: undefined, retries: 2, startPeriod: 0, onFailure: 'none', interval: 20, timeout: 2000, ...changes,
});
export const launchAs = (user: string): Policy['launch'] => ({ ...PLAIN_LAUNCH, user });
export const SLEEP = 'exec sleep 1000';
