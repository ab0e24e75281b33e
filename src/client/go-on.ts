/** Waiting that outlives a re-execution of the supervisor: the next life is asked to go on, and nothing is done twice. */
import type { Client } from '../control/client.ts';
import { Refused } from '../control/client-errors.ts';
import type { Answers } from '../control/protocol.ts';
import { COMMANDS, type CommandName, type Goal } from '../core/commands.ts';
import { followEvents } from './events.ts';

type Outcome = Answers['command'];

/** What the last life said of a command that it had been given. */
type Given = Readonly<{ seq: number; pid: number | null }>;

/** Rejects as a call does. `timeout`: milliseconds for all of it. */
export async function askWait(client: Client, name: string, goal: Goal, timeout: number | undefined, signal: AbortSignal | undefined): Promise<Outcome> {
  const left = countdown(timeout);
  for (;;) {
    try {
      const limit = left();
      return await client.call('wait', {
        parameters: { name }, query: [['for', goal], ...(limit === undefined ? [] : [['timeout', String(limit)] as [string, string]])], ...only(signal),
      });
    } catch (error) {
      if (!isReexecuting(error)) throw error;
    }
  }
}

/** Gives a command once, and waits for what it leads to in whichever life that comes. */
export async function askCommand(
  client: Client, name: string, command: CommandName, body: Readonly<Record<string, unknown>>, signal: AbortSignal | undefined,
): Promise<Outcome> {
  const left = countdown(typeof body['timeout'] === 'number' ? body['timeout'] : undefined);
  try {
    return await client.call('command', { parameters: { name, command }, body, ...only(signal) });
  } catch (error) {
    const given = isReexecuting(error) ? error.problem['given'] as Given | undefined : undefined;
    if (given === undefined) throw error;
    return goOn(client, name, command, given, left, signal);
  }
}

async function goOn(
  client: Client, name: string, command: CommandName, given: Given, left: () => number | undefined, signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { goal } = COMMANDS[command];
  // A restart ends a life, and a reload has an end of its own: what is there at this moment says nothing about them.
  const awaited = command === 'reload' || (command === 'restart' && given.pid !== null);
  const heard = awaited ? await hear(client, name, command, given, left(), signal) : undefined;
  if (heard?.outcome === 'timed out' || command === 'reload' || goal === undefined) {
    const { services } = await client.call('services', { query: [['name', name]], ...only(signal) });
    return { service: services[0] ?? null, ...(heard ?? { outcome: 'sent' }) };
  }
  return askWait(client, name, goal, left(), signal);
}

type Heard = Readonly<{ outcome: 'reached' | 'failed' | 'removed' | 'timed out'; detail?: string }>;

async function hear(
  client: Client, name: string, command: CommandName, { seq, pid }: Given, limit: number | undefined, signal: AbortSignal | undefined,
): Promise<Heard> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const timer = limit === undefined ? undefined : setTimeout(end, limit);
  signal?.addEventListener('abort', end);
  try {
    for await (const event of followEvents(client, { since: seq, signal: over.signal })) {
      if ('lost' in event || event.service !== name) continue;
      if (event.event === 'service-removed') return { outcome: 'removed' };
      if (event.event === 'service-exited' && event['pid'] === pid) {
        return command === 'restart' ? { outcome: 'reached' } : { outcome: 'failed', detail: 'it ended while it was being reloaded' };
      }
      if (command === 'reload' && event.event === 'service-reloaded') {
        const detail = [event['step'], event['detail']].filter((part) => typeof part === 'string' && part !== '').join(': ');
        return event['ok'] === false ? { outcome: 'failed', detail } : { outcome: 'reached' };
      }
    }
    signal?.throwIfAborted();
    return { outcome: 'timed out' };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

const isReexecuting = (error: unknown): error is Refused => error instanceof Refused && error.problem.code === 'reexecuting';

/** Milliseconds that are left. */
function countdown(timeout: number | undefined): () => number | undefined {
  const until = timeout === undefined ? undefined : performance.now() + timeout;
  return () => (until === undefined ? undefined : Math.max(0, Math.round(until - performance.now())));
}

const only = (signal: AbortSignal | undefined): { signal?: AbortSignal } => (signal === undefined ? {} : { signal });
