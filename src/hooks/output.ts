/** What hooks print: each line goes to the log with the hook's name, also of what a hook has left behind in the background. */
import type { HookSystem } from './execute.ts';

export type Printing = Readonly<{ hook: string; event: string; service: string | null }>;
/** `rest`: the beginning of a line. */
export type SavedPrinting = Printing & Readonly<{ descriptor: number; rest: string }>;

export type HookOutputs = Readonly<{
  /** Gives the end to write to, which the caller closes once the hook has it; undefined: there is none, and the hook gets n6's own output. */
  open(printing: Printing): number | undefined;
  /** `keep`: of descriptors that a second life shall have. */
  save(keep: (descriptor: number) => number): SavedPrinting[];
  adopt(saved: unknown): void;
}>;

/** Bytes that a line may have; a longer one is told in pieces. */
const LONGEST = 4096;
/** Lines of one run that are told. */
export const MOST_LINES = 1000;

/** A background process that a hook has started may write for ever: there is always a reader, or its next word would kill it (SIGPIPE). */
export function createHookOutputs(kernel: Pick<HookSystem, 'pipe' | 'read'>, line: (printing: Printing, text: string) => void): HookOutputs {
  const open = new Map<number, { printing: Printing; rest: string }>();

  function follow(descriptor: number, printing: Printing, rest: string): void {
    const state = { printing, rest };
    const decoder = new TextDecoder();
    let count = 0;
    open.set(descriptor, state);
    const say = (text: string): void => {
      count++;
      if (count <= MOST_LINES) line(printing, text);
      else if (count === MOST_LINES + 1) line(printing, `what it prints from here on is not told: it has printed ${MOST_LINES} lines`);
    };
    kernel.read(descriptor, (chunk) => {
      const lines = (state.rest + (chunk === undefined ? '' : decoder.decode(chunk, { stream: true }))).split('\n');
      state.rest = lines.pop()!;
      for (const text of lines) say(text);
      while (state.rest.length > LONGEST) {
        say(state.rest.slice(0, LONGEST));
        state.rest = state.rest.slice(LONGEST);
      }
      if (chunk !== undefined) return;
      open.delete(descriptor);
      if (state.rest !== '') say(state.rest);
    });
  }

  return {
    open(printing) {
      try {
        const { read, write } = kernel.pipe();
        follow(read, printing, '');
        return write;
      } catch {
        return undefined;
      }
    },
    save: (keep) => [...open].map(([descriptor, { printing, rest }]) => ({ ...printing, descriptor: keep(descriptor), rest })),
    adopt(saved) {
      for (const { descriptor, rest, ...printing } of Array.isArray(saved) ? saved as readonly SavedPrinting[] : []) follow(descriptor, printing, rest);
    },
  };
}
