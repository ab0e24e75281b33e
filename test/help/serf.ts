/** Real agents of Serf on 127.0.0.1, and lines of run scripts for them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { run, until, type Ran } from './machine.ts';

export const hasSerf = existsSync('/usr/bin/serf') || existsSync('/usr/local/bin/serf');

/** Ports that were free a moment ago: all are held until all are known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export type AgentOptions = Readonly<{ name: string; gossip: number; rpc: number; join?: number; words?: readonly string[]; key?: string }>;

/** Failures are noticed in a second or two, and nothing goes beyond this machine. */
export const agentWords = ({ name, gossip, rpc, join, words = [] }: AgentOptions): string[] => [
  'agent', `-node=${name}`, `-bind=127.0.0.1:${gossip}`, `-rpc-addr=127.0.0.1:${rpc}`, '-profile=local', '-log-level=warn',
  ...(join === undefined ? [] : [`-retry-join=127.0.0.1:${join}`, '-retry-interval=1s']), ...words,
];

/** The same as a run script of a service. */
export const agentScript = (options: AgentOptions): string => `#!/bin/sh\nexec serf ${agentWords(options).map((word) => `'${word}'`).join(' ')}\n`;

export type Agent = Readonly<{ process: ChildProcess; rpc: number; gossip: number; serf(...words: string[]): Promise<Ran>; output(): string }>;

/** Resolves when it answers. It ends with the test. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const child = spawn('serf', agentWords(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const serf = (command: string, ...words: string[]): Promise<Ran> =>
    run('serf', [command, `-rpc-addr=127.0.0.1:${options.rpc}`, `-rpc-auth=${options.key ?? ''}`, ...words]);
  await until(async () => (await serf('info')).code === 0, () => text);
  return { process: child, rpc: options.rpc, gossip: options.gossip, serf: (...words) => serf(...(words as [string, ...string[]])), output: () => text };
}
