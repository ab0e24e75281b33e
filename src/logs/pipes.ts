/**
 * The pipes between services and n6, where n6 reads what they write. n6 holds both ends as long as the service is known: a restart of
 * either side loses nothing. Made before the process is; who reads them is loaded later.
 */
import type { Definition } from '../core/definition.ts';
import { isCaptured, logsOf, type LogChoice } from '../core/logs.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { Output } from '../supervisor/pipes.ts';

export type Pipe = Readonly<{ read: number; write: number }>;
/** Without `stdout` where that goes to a logger or along a pipeline. */
export type Captured = Readonly<{ stdout: Pipe | undefined; stderr: Pipe }>;

export type LogPipes = Readonly<{
  /** What services get whose service.yaml says nothing (N6_LOGS). */
  otherwise: LogChoice;
  /** What `run` and `finish` get for 1 and 2. Throws an error with `code` EMFILE or ENFILE. */
  output(definition: Definition): Output;
  captured(name: string): Captured | undefined;
  /** A `run` is about to be started: all that is in its pipes is of those before it. */
  beginLife(definition: Definition): void;
  /** Before a process gets its descriptors. */
  whenStarting(listener: (definition: Definition, program: 'run' | 'any') => void): void;
  forget(name: string): void;
  /** Pipes of a process that is there already; nothing happens where they are known. */
  adopt(name: string, captured: Captured): void;
  /** By name of the service: for a second life of n6, which has these descriptors, too. */
  all(): Readonly<Record<string, Captured>>;
}>;

/** `adopted`: pipes of an earlier life of this process. */
export function createLogPipes(
  kernel: Pick<LinuxKernel, 'pipe' | 'close'>, otherwise: LogChoice, adopted: Readonly<Record<string, Captured>> = {},
): LogPipes {
  const pipes = new Map(Object.entries(adopted));
  let starting: ((definition: Definition, program: 'run' | 'any') => void) | undefined;

  /** Kept over restarts: what outlives a `run` and still writes is neither lost nor ended by it. */
  function capture({ name, stdoutPipe }: Definition): Captured {
    const known = pipes.get(name);
    if (known !== undefined && (known.stdout === undefined) === (stdoutPipe !== undefined)) return known;
    if (known !== undefined) hangUp(known);
    const stdout = stdoutPipe === undefined ? kernel.pipe() : undefined;
    try {
      const made = { stdout, stderr: kernel.pipe() };
      pipes.set(name, made);
      return made;
    } catch (error) {
      if (stdout !== undefined) for (const end of [stdout.read, stdout.write]) kernel.close(end);
      throw error;
    }
  }

  /** Whoever reads comes to an end when the last writer has gone. */
  function hangUp({ stdout, stderr }: Captured): void {
    for (const pipe of [stdout, stderr]) if (pipe !== undefined) kernel.close(pipe.write);
  }

  function forget(name: string): void {
    const captured = pipes.get(name);
    pipes.delete(name);
    if (captured !== undefined) hangUp(captured);
  }

  return {
    otherwise,
    output(definition) {
      if (!isCaptured(definition, otherwise)) {
        // As its service.yaml was once; what is left of that life may still write.
        forget(definition.name);
        const where = logsOf(definition, otherwise).output === 'discard' ? 'null' : 'inherit';
        return { stdout: where, stderr: where };
      }
      const { stdout, stderr } = capture(definition);
      starting?.(definition, 'any');
      return { stdout: stdout?.write ?? 'inherit', stderr: stderr.write };
    },
    captured: (name) => pipes.get(name),
    beginLife: (definition) => starting?.(definition, 'run'),
    whenStarting(listener) {
      starting = listener;
    },
    forget,
    adopt: (name, captured) => void (pipes.has(name) || pipes.set(name, captured)),
    all: () => Object.fromEntries(pipes),
  };
}
