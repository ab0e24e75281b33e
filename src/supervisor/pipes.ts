/**
 * What a process of a service has for 0, 1 and 2. The pipes between services (spec/s6-compat 3.3): n6 holds both ends as long
 * as somebody may still use them, so that a restart of either side loses nothing and shows neither an end of file nor a broken
 * pipe to the other.
 */
import type { Definition } from '../core/definition.ts';
import type { SavedPipe } from '../core/persist/life.ts';
import type { Kernel } from '../kernel/kernel.ts';

export type Pipes = Readonly<{
  /**
   * What a process of this service gets for 0, 1 and 2: ends of its pipes, which are made when they are first asked for, or
   * what service.yaml says of its output. Throws an error with `code` EMFILE or ENFILE.
   */
  stdio(definition: Definition): readonly ['null' | number, Output['stdout'], Output['stderr']];
  /** Nobody will write any more: the consumer reads what is left, and then the end. */
  end(key: string): void;
  /** Nobody will read any more either. */
  close(key: string): void;
  save(): SavedPipe[];
  adopt(saved: readonly SavedPipe[]): void;
}>;

/** Where the output of a service goes when it goes into no pipe. */
export type Output = Readonly<{ stdout: 'inherit' | 'null' | number; stderr: 'inherit' | 'null' | number }>;

/** Where nobody reads it. */
export function plainOutput({ policy: { logs } }: Definition): Output {
  const where = logs?.output === 'discard' ? 'null' : 'inherit';
  return { stdout: where, stderr: where };
}

/** `write` is undefined once the pipe has been ended. */
type Pipe = { read: number; write: number | undefined };

export function createPipes(kernel: Pick<Kernel, 'pipe' | 'close'>, output: (definition: Definition) => Output = plainOutput): Pipes {
  const pipes = new Map<string, Pipe>();

  function reading(key: string): number {
    return (pipes.get(key) ?? make(key)).read;
  }

  /** A producer that comes after the end gets a new pipe: a consumer that still reads the old one comes to its end. */
  function writing(key: string): number {
    const write = pipes.get(key)?.write;
    if (write !== undefined) return write;
    close(key);
    return make(key).write;
  }

  function make(key: string): { read: number; write: number } {
    const pipe = kernel.pipe();
    pipes.set(key, { ...pipe });
    return pipe;
  }

  function end(key: string): void {
    const pipe = pipes.get(key);
    if (pipe?.write === undefined) return;
    kernel.close(pipe.write);
    pipe.write = undefined;
  }

  function close(key: string): void {
    const pipe = pipes.get(key);
    if (pipe === undefined) return;
    end(key);
    kernel.close(pipe.read);
    pipes.delete(key);
  }

  return {
    stdio(definition) {
      const { stdinPipe, stdoutPipe } = definition;
      const { stdout, stderr } = output(definition);
      return [
        stdinPipe === undefined ? 'null' : reading(stdinPipe),
        stdoutPipe === undefined ? stdout : writing(stdoutPipe),
        stderr,
      ];
    },
    end,
    close,
    save: () => [...pipes].map(([key, pipe]) => ({ key, ...pipe })),
    adopt(saved) {
      for (const { key, read, write } of saved) if (!pipes.has(key)) pipes.set(key, { read, write });
    },
  };
}
