/** What one service writes, over all its lives: from its pipes to everywhere its lines go. */
import type { Definition } from '../core/definition.ts';
import { logsOf, type LogChoice } from '../core/logs.ts';
import type { LogFiles, Logs } from '../core/policy.ts';
import { createCapture, type Capture } from './capture.ts';
import type { FileSink } from './files.ts';
import type { Flow } from './flow.ts';
import { createFormat, linesOf, type Format } from './format.ts';
import type { Held, Piece } from './lines.ts';
import type { Captured } from './pipes.ts';
import { createRing, type Ring } from './ring.ts';
import type { LineSink } from './sink.ts';
import type { ServiceLogState } from './state.ts';
import { STREAM_NAMES, type StreamName } from './stream.ts';

export type Channel = Readonly<{
  captured(): Captured;
  definition(): Definition;
  ring: Ring;
  /** It has other pipes now; what is in the old ones is still read. */
  recapture(captured: Captured): void;
  /** A `run` is about to be started: what has come is of earlier ones, what comes is of this one. */
  beginLife(definition: Definition): void;
  lives(): void;
  /** All that it has written is read, also the beginning of a line. */
  endLife(): void;
  /** Reads all that has been written until now. */
  drain(): void;
  hasMatched(): boolean;
  /** It is no service any more. */
  forget(): void;
  filesWritten(within: number): Promise<void>;
  /** True: nothing is read any more, what is in the pipes stays there. */
  freeze(frozen: boolean): void;
  /** `most`: bytes of its newest lines. */
  state(most: number): ServiceLogState;
}>;

export type ChannelOptions = Readonly<{
  definition: Definition;
  captured: Captured;
  otherwise: LogChoice;
  sinks: Readonly<Record<StreamName, LineSink>>;
  /** undefined: the directory cannot be this service's; that has been told. */
  openFiles(service: string, files: LogFiles): FileSink | undefined;
  closedFiles(service: string): void;
  held: Held;
  before: ServiceLogState | undefined;
  memory: number;
  wall(): number;
  read(stream: StreamName, bytes: Buffer, lines: number): void;
  matched(): void;
  failed(error: unknown): void;
}>;

/** No pattern looks further into a line. */
const LONGEST_MATCH = 64 * 1024;

type Reading = Readonly<{ stream: StreamName; capture: Capture; pipe: number }>;

export function createChannel(options: ChannelOptions): Channel {
  const { sinks, held, before, failed } = options;
  const { name } = options.definition;
  const ring = createRing(options.memory);
  for (const { block, bytes } of before?.ring ?? []) ring.restore(block, Buffer.from(bytes, 'base64'));
  let { definition, captured } = options;
  let logs!: Logs;
  let format!: Format;
  let files: FileSink | undefined;
  let directory: string | undefined;
  let unwatch: (() => void)[] = [];
  let pattern: RegExp | undefined;
  let hasMatched = before?.matched ?? false;
  let alive = false;
  let frozen = false;
  const readings: Reading[] = [];

  function take(stream: StreamName, { bytes, lines, ended }: Piece): void {
    if (pattern !== undefined) look(bytes);
    if (logs.output === 'discard') return;
    options.read(stream, bytes, lines);
    if (files === undefined && !logs.container) return;
    const formatted = format(bytes, ended, stream, options.wall());
    if (logs.container) sinks[stream].write(formatted, lines);
    // The buffer that was read into is not ours to keep.
    files?.write(formatted === bytes ? Buffer.from(bytes) : formatted, lines);
  }

  function look(bytes: Buffer): void {
    const found = linesOf(bytes).some((line) => pattern!.test(line.toString('utf8', 0, LONGEST_MATCH)));
    if (!found) return;
    pattern = undefined;
    hasMatched = true;
    options.matched();
  }

  /** The outputs that a stream depends on. */
  const outputsOf = (stream: StreamName): Flow[] => [
    ...(logs.output !== 'discard' && logs.container ? [sinks[stream]] : []), ...(files === undefined ? [] : [files]),
  ];

  const mustWait = (stream: StreamName): boolean => frozen || outputsOf(stream).some((flow) => {
    const state = flow.state();
    return state === 'full' || (state === 'stuck' && logs.blocking);
  });

  function arrange(): void {
    for (const { stream, capture } of readings) capture.pause(mustWait(stream));
  }

  function configure(next: Definition): void {
    definition = next;
    logs = logsOf(next, options.otherwise);
    format = createFormat(logs, name);
    if (logs.files?.directory !== directory) {
      closeFiles();
      directory = logs.files?.directory;
      files = logs.files === undefined ? undefined : options.openFiles(name, logs.files);
    } else if (logs.files !== undefined) {
      files?.change(logs.files);
    }
    for (const stop of unwatch) stop();
    unwatch = [...new Set(STREAM_NAMES.flatMap(outputsOf))].map((flow) => flow.whenChanged(arrange));
    arrange();
  }

  function closeFiles(): void {
    if (files === undefined) return;
    files.end(FAREWELL);
    options.closedFiles(name);
    files = undefined;
  }

  function expect(): void {
    const { ready } = definition.policy;
    pattern = ready?.by === 'log' ? new RegExp(ready.pattern) : undefined;
  }

  function begin(given: Captured, partial?: ServiceLogState['partial']): void {
    captured = given;
    for (const stream of STREAM_NAMES) {
      const pipe = given[stream];
      if (pipe === undefined) continue;
      readings.push({
        stream, pipe: pipe.read,
        capture: createCapture({
          descriptor: pipe.read, held, failed,
          before: partial === undefined ? undefined : Buffer.from(partial[stream], 'base64'),
          give: (piece) => take(stream, piece),
        }),
      });
    }
  }

  /** What waits because the outputs of a service that loses nothing take nothing, waits on. */
  function drain(): void {
    for (const { stream, capture } of readings) if (!mustWait(stream) || !logs.blocking) capture.drain();
  }

  configure(definition);
  if (before !== undefined && before.waiting !== '') files?.write(Buffer.from(before.waiting, 'base64'), 0);
  begin(captured, before?.partial);
  if (!hasMatched) expect();
  arrange();

  return {
    captured: () => captured,
    definition: () => definition,
    ring,
    recapture(given) {
      drain();
      begin(given);
      arrange();
    },
    beginLife(next) {
      pattern = undefined;
      drain();
      hasMatched = false;
      configure(next);
      expect();
    },
    lives: () => void (alive = true),
    endLife() {
      if (!alive) return;
      alive = false;
      // What it says in its very last moment makes nobody ready.
      pattern = undefined;
      drain();
    },
    drain,
    hasMatched: () => hasMatched,
    forget() {
      drain();
      for (const stop of unwatch) stop();
      unwatch = [];
      // What outlives it may still write: into memory and to the container, its files are another's now.
      closeFiles();
    },
    filesWritten: (within) => files?.written(within) ?? Promise.resolve(),
    freeze(given) {
      frozen = given;
      arrange();
    },
    state: (most) => ({
      partial: { stdout: partialOf('stdout'), stderr: partialOf('stderr') },
      waiting: files?.waiting().toString('base64') ?? '',
      matched: hasMatched,
      ring: newest(most),
    }),
  };

  function partialOf(stream: StreamName): string {
    return Buffer.concat(readings.filter((reading) => reading.stream === stream).map(({ capture }) => capture.partial())).toString('base64');
  }

  function newest(most: number): ServiceLogState['ring'] {
    let room = most;
    const kept = ring.blocks().toReversed().filter(({ bytes }) => (room -= bytes.length) >= 0);
    return kept.toReversed().map(({ block, bytes }) => ({ block, bytes: bytes.toString('base64') }));
  }
}

/** Milliseconds for what files still have to be told of a service that has gone. */
const FAREWELL = 10_000;
