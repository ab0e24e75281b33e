/** Loads what reads the lines of services when the first one is captured, or when somebody asks for lines. */
import { isCaptured } from '../core/logs.ts';
import type { Report } from '../core/messages.ts';
import type { Settings } from '../core/settings.ts';
import type { LogsService } from '../logs/logs.ts';
import type { LogPipes } from '../logs/pipes.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { containerOutput } from './container-output.ts';

export type LoggingOptions = Readonly<{
  supervisor: Supervisor;
  pipes: LogPipes;
  settings: Settings;
  /** What `freeze` of an earlier life gave. */
  restored?: unknown;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

export type Logging = Readonly<{
  /** Loads it if need be. */
  logs(): Promise<LogsService>;
  /** Nothing is read any more; resolves when all that was read is written, or cannot be. Never rejects. */
  close(): Promise<void>;
  /** What a second life of this process gets as `restored`; undefined: nothing was captured. */
  freeze(): Promise<unknown>;
  /** There is no second life after all: everything goes on. */
  thaw(): void;
}>;

/** Milliseconds that services wait for a reader of n6's output, or for a disk, before their lines are thrown away. */
const PATIENCE = 1000;
/** Milliseconds that the end waits for them. */
const FAREWELL = 500;

export function beginLogging(options: LoggingOptions): Logging {
  const { supervisor, pipes, settings, report, failed } = options;
  let loading: Promise<LogsService> | undefined;

  async function load(): Promise<LogsService> {
    const [{ createLogs }, { createSink }, { createLogFiles }, { createGate }] = await Promise.all([
      import('../logs/logs.ts'), import('../logs/sink.ts'), import('../logs/log-files.ts'), import('../logs/gate.ts'),
    ]);
    const slow = createGate(1);
    const complain = (text: string): void => report({ type: 'note', level: 'warn', text });
    const sink = (standard: 1 | 2): ReturnType<typeof createSink> =>
      createSink({ open: () => containerOutput(standard), slow, patience: PATIENCE, complain });
    const files = createLogFiles(PATIENCE, (service, text) => report({ type: 'note', level: 'warn', service, text }));
    return createLogs({
      ...files, supervisor, pipes, failed,
      sinks: { stdout: sink(1), stderr: sink(2) },
      memory: { each: settings.N6_LOGS_MEMORY, all: settings.N6_LOGS_MEMORY_ALL },
      wall: () => Date.now(),
      restored: options.restored,
    });
  }

  const logs = (): Promise<LogsService> => {
    unwatch();
    return (loading ??= load());
  };
  const unwatch = supervisor.watch((_name, service) => {
    if (service === undefined || !isCaptured(service.definition, pipes.otherwise)) return;
    logs().catch((error: unknown) => failed('loading what reads the lines of services', error));
  });

  /** What has not been loaded has nothing to end. */
  async function ended<T>(act: (loaded: LogsService) => Promise<T>): Promise<T | undefined> {
    unwatch();
    try {
      return loading === undefined ? undefined : await act(await loading);
    } catch (error) {
      failed('ending what reads the lines of services', error);
      return undefined;
    }
  }

  const thaw = (): void => void loading?.then((loaded) => loaded.thaw(), () => undefined);

  return { logs, thaw, close: async () => void await ended((loaded) => loaded.close(FAREWELL)), freeze: () => ended((loaded) => loaded.freeze(FAREWELL)) };
}
