/**
 * Reads what services write, line by line, and hands it on: to the container's output, to files, to a ring in memory and to whoever
 * follows. Loaded when the first service is captured; until then its lines wait in their pipes.
 */
import type { LogLine, LogLines, LogsBackend, LogWish } from '../control/logs.ts';
import type { Definition } from '../core/definition.ts';
import { logsOf } from '../core/logs.ts';
import type { Service } from '../core/service.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { createChannel, type Channel, type ChannelOptions } from './channel.ts';
import { linesOf, stamp, textOf } from './format.ts';
import type { LogPipes } from './pipes.ts';
import type { LineSink } from './sink.ts';
import { parseLogState, type LogState } from './state.ts';
import { STREAM_NAMES, type StreamName } from './stream.ts';

export type LogsOptions = Pick<ChannelOptions, 'openFiles' | 'closedFiles'> & Readonly<{
  supervisor: Supervisor;
  pipes: LogPipes;
  /** n6's own standard output and error. */
  sinks: Readonly<{ stdout: LineSink; stderr: LineSink }>;
  /** Bytes of each service, and of all, that are kept in memory. */
  memory: Readonly<{ each: number; all: number }>;
  /** Milliseconds since 1970. */
  wall(): number;
  /** What `freeze` gave in an earlier life. */
  restored?: unknown;
  failed(where: string, error: unknown): void;
}>;

export type LogsService = LogsBackend & Readonly<{
  /** The line that says that it is ready has been read in this life of the service. */
  hasMatched(name: string): boolean;
  /** Calls back when that line is read. */
  whenMatched(listener: (name: string) => void): void;
  /** Resolves when all has been written, or when nothing was taken for so many milliseconds. */
  close(within: number): Promise<void>;
  /**
   * For a second life of this process: nothing is read any more, what was read is written as far as that goes, and the rest is in
   * what this gives. It is plain data (see state.ts).
   */
  freeze(within: number): Promise<LogState>;
  /** There is no second life after all: everything goes on. */
  thaw(): void;
}>;

/** Bytes of lines in memory that a second life gets. */
const MOST_HANDED_OVER = 4 * 2 ** 20;

type Listener = Parameters<LogsBackend['subscribe']>[0];

/** Begins at once, also with services that run already. */
export function createLogs(options: LogsOptions): LogsService {
  const { supervisor, pipes, sinks, memory, failed } = options;
  const channels = new Map<string, Channel>();
  const listeners = new Set<Listener>();
  const restored = parseLogState(options.restored);
  const held = { bytes: 0 };
  const began = restored?.began ?? stamp(options.wall());
  let seq = restored?.seq ?? 0;
  let matched = (_name: string): void => undefined;

  function read(name: string, channel: Channel, stream: StreamName, bytes: Buffer, lines: number): void {
    const first = seq + 1;
    seq += lines;
    const at = options.wall();
    channel.ring.push(bytes, { seq: first, at, stream, lines });
    if (listeners.size === 0) return;
    let made: readonly LogLine[] | undefined;
    const lineOf = (line: Buffer, i: number): LogLine => ({ seq: first + i, at: stamp(at), service: name, stream, ...textOf(line) });
    const make = (): readonly LogLine[] => (made ??= linesOf(bytes).map(lineOf));
    for (const listener of [...listeners]) listener(name, lines, make);
  }

  /** What one may take at most, so that all together take no more than they may. */
  const share = (definition: Definition): number =>
    Math.min(logsOf(definition, pipes.otherwise).memory ?? memory.each, Math.floor(memory.all / Math.max(1, channels.size)));

  function channelOf(definition: Definition): Channel | undefined {
    const { name } = definition;
    const captured = pipes.captured(name);
    const known = channels.get(name);
    if (captured === undefined) return undefined;
    if (known !== undefined) {
      if (known.captured() !== captured) known.recapture(captured);
      return known;
    }
    const made: Channel = createChannel({
      definition, captured, sinks, held,
      otherwise: pipes.otherwise,
      memory: share(definition),
      before: restored?.services[name],
      openFiles: options.openFiles,
      closedFiles: options.closedFiles,
      wall: options.wall,
      read: (stream, bytes, lines) => read(name, made, stream, bytes, lines),
      matched: () => matched(name),
      failed: (error) => failed(`the output of ${name}`, error),
    });
    channels.set(name, made);
    // Each has a smaller share now.
    if (channels.size * memory.each > memory.all) for (const { ring, definition: of } of channels.values()) ring.limit(share(of()));
    return made;
  }

  function changed(name: string, service: Service | undefined): void {
    const channel = channels.get(name);
    if (service === undefined) {
      channel?.forget();
      channels.delete(name);
      return pipes.forget(name);
    }
    const lives = service.state.name === 'running' || service.state.name === 'stopping';
    // Its last words may have no newline. Where the next one is being started that has been done before its descriptors were given.
    if (!lives && service.state.name !== 'spawning') channel?.endLife();
    else if (lives) channel?.lives();
  }

  function lines({ wants, most, after, since }: LogWish): LogLines {
    const from = after === undefined || after > seq ? 0 : after;
    const earliest = since === undefined ? -Infinity : options.wall() - since;
    const found: LogLine[] = [];
    let known = 0;
    for (const [name, { ring }] of channels) {
      if (!wants(name)) continue;
      found.push(...ring.newest(name, most, from, earliest));
      if (after !== undefined) known += ring.countAfter(from);
    }
    const kept = found.sort((a, b) => a.seq - b.seq).slice(Math.max(0, found.length - most));
    return { lines: kept, lost: after === undefined || since !== undefined ? 0 : known - kept.length };
  }

  pipes.whenStarting((definition, program) => {
    const channel = channelOf(definition);
    if (program === 'run') channel?.beginLife(definition);
    else channel?.drain();
  });
  for (const stream of STREAM_NAMES) {
    const waiting = Buffer.from(restored?.waiting[stream] ?? '', 'base64');
    if (waiting.length > 0) sinks[stream].write(waiting, 0);
  }
  const unwatch = supervisor.watch(changed);
  for (const service of supervisor.roster.all()) {
    channelOf(service.definition);
    changed(service.definition.name, service);
  }

  async function written(within: number): Promise<void> {
    const files = [...channels.values()].map((channel) => channel.filesWritten(within));
    await Promise.all([...files, sinks.stdout.written(within), sinks.stderr.written(within)]);
  }

  return {
    began,
    newest: () => seq,
    captures: (name) => channels.has(name),
    lines,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    hasMatched: (name) => channels.get(name)?.hasMatched() === true,
    whenMatched: (listener) => void (matched = listener),
    async close(within) {
      unwatch();
      for (const channel of channels.values()) channel.endLife();
      await written(within);
    },
    thaw() {
      for (const channel of channels.values()) channel.freeze(false);
    },
    async freeze(within) {
      for (const channel of channels.values()) channel.freeze(true);
      await written(within);
      const waiting = { stdout: sinks.stdout.waiting().toString('base64'), stderr: sinks.stderr.waiting().toString('base64') };
      const most = Math.floor(MOST_HANDED_OVER / Math.max(1, channels.size));
      return { version: 1, seq, began, waiting, services: Object.fromEntries([...channels].map(([name, channel]) => [name, channel.state(most)])) };
    },
  };
}
