/** A control server on a socket of its own for one test, and ways to talk to it. All of it ends with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createClient, type Client } from '../../src/control/client.ts';
import type { Files } from '../../src/control/answers.ts';
import { LIMITS, type Limits } from '../../src/control/connections.ts';
import { serveControl, type ControlServer } from '../../src/control/server.ts';
import { fakeBackend, type FakeBackend } from './fake-backend.ts';

export type Served = { backend: FakeBackend; socket: string; client: Client; server: ControlServer; failures: unknown[] };

export function temporary(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-control-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The test fails when the server reported a failure of its own that the test did not take out of `failures`. */
export async function serve(names: readonly string[] = [], limits: Partial<Limits> = {}, files?: Files): Promise<Served> {
  const backend = fakeBackend(names);
  const socket = path.join(temporary(), 'control.sock');
  const failures: unknown[] = [];
  const server = await serveControl({
    backend, path: socket, failed: (_, error) => failures.push(error), limits: { ...LIMITS, ...limits }, ...(files === undefined ? {} : { files }),
  });
  onTestFinished(async () => {
    await server.close();
    expect(failures).toEqual([]);
  });
  return { backend, socket, client: createClient(socket), server, failures };
}

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string; json: () => Record<string, unknown> };

/** One request as any HTTP client would make it. */
export function ask(socket: string, method: string, target: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, agent: false, method, path: target, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode!, headers: response.headers, body: text, json: () => JSON.parse(text) as Record<string, unknown> });
      });
    });
    call.on('error', reject);
    // A server that answers and closes before libuv has written its last, empty chunk makes that write fail.
    call.on('socket', (client) => client.on('error', () => undefined));
    call.end(body);
  });
}

/** Bytes on the bare socket; what came back, once the server has closed the connection. */
export function shout(socket: string, bytes: string | Buffer, end = false): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const client = open(socket);
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    client.write(bytes);
    if (end) client.end();
  });
}

/** A connection that minds nothing that happens to it, and goes with the test. */
export function open(socket: string): Socket {
  const client = connect({ path: socket });
  client.on('error', () => undefined);
  onTestFinished(() => void client.destroy());
  return client;
}

/** Waits for a fact; the limit is only there so that a broken server does not hang the tests. */
export async function until(fact: () => boolean | Promise<boolean>, limit = 20_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await fact())) {
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain for: ${String(fact)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
