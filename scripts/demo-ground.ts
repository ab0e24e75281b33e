/** What the demonstration stands on: a way to start hosts that reach each other, each of them supervised by n6. */
import { execFile, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '../src/control/client.ts';

export const root = path.resolve(import.meta.dirname, '..');

/** Every host that a demonstration has at some time; the first one carries the front end. */
export const HOST_NAMES = ['ha', 's1', 's2', 's3'] as const;
export type HostName = (typeof HOST_NAMES)[number];
export type ServiceName = 'node' | 'ha' | 'serf';
export type HostPlan = Readonly<{
  name: HostName;
  services: readonly ServiceName[];
  environment: Readonly<Record<string, string>>;
}>;

export type Ran = Readonly<{ code: number; stdout: string; stderr: string }>;

export type Host = Readonly<{
  name: HostName;
  address: string;
  /** Runs a program on the host, as its services would. */
  run(...words: string[]): Promise<Ran>;
  /** The control API of its supervisor. */
  client: Client;
  /** Where its HAProxy keeps configuration and runtime socket, as seen from here. */
  haproxyDirectory: string;
  /** The file that its HAProxy configuration is rendered from, as seen from here. */
  template: string;
  /** Everything that supervisor and services have written. */
  log: string;
  /** For a person: what to type before `svc` words. */
  svc: string;
  /** The ordered shutdown; gives the exit code of the supervisor. */
  stop(): Promise<number>;
  /** Ends it and all its processes at once, whatever state they are in. */
  destroy(): Promise<void>;
  /** Resolves with the exit code of the supervisor, -1 for a death by signal. */
  ended: Promise<number>;
}>;

export type Ports = Readonly<{ http: number; stats: number; node: number; serf: number; rpc: number; runtime: number }>;

export type Ground = Readonly<{
  /** One sentence: what the hosts are. */
  sentence: string;
  ports: Ports;
  address(name: HostName): string;
  /** Resolves when the host's supervisor answers. */
  start(plan: HostPlan): Promise<Host>;
  /** The words that run a program where the balancer's front end can be reached. */
  near(balancer: Host): readonly string[];
}>;

/** Runs a program to its end; never rejects. */
export function run(words: readonly string[], environment: NodeJS.ProcessEnv = process.env): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(words[0]!, words.slice(1), { env: environment }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** Throws with what a program printed when it fails. */
export async function succeed(words: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(words);
  if (code !== 0) throw new Error(`${words.join(' ')} failed (${code}): ${stderr}${stdout}`);
}

/**
 * Resolves once the supervisor of a host answers: from then on it hears a signal that asks it to stop. Throws with what the
 * host has written when it ends before, or has not answered after `limit` milliseconds.
 */
export async function answering(host: Host, limit = 20_000): Promise<Host> {
  let over = false;
  void host.ended.then(() => (over = true));
  for (const began = performance.now(); ;) {
    try {
      await host.client.call('supervisor');
      return host;
    } catch (error) {
      if (over || performance.now() - began > limit) {
        await host.destroy();
        throw new Error(`the supervisor of ${host.name} does not answer; it wrote:\n${readFileSync(host.log, 'utf8')}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export const endOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => child.once('error', () => resolve(-1)).once('exit', (code) => resolve(code ?? -1)));
