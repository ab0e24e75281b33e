/** What is typed at `svc top`: THE list of its keys, and from the bytes of a terminal to their names. Pure. */

/** What each key does, in the order in which the help shows them. A key is a character, or a name as the reader gives it. */
export const KEYS = {
  up: { keys: ['up', 'k'], shown: 'up, k', sentence: 'the service above; in a log, back' },
  down: { keys: ['down', 'j'], shown: 'down, j', sentence: 'the service below' },
  pageUp: { keys: ['page-up', 'ctrl-b'], shown: 'PgUp', sentence: 'a screenful up' },
  pageDown: { keys: ['page-down', 'ctrl-f', ' '], shown: 'PgDn, Space', sentence: 'a screenful down' },
  first: { keys: ['home', 'g'], shown: 'Home, g', sentence: 'the first service; the oldest line of a log' },
  last: { keys: ['end', 'G'], shown: 'End, G', sentence: 'the last service; the newest lines of a log, and on with them' },
  restart: { keys: ['r'], shown: 'r', sentence: 'restart the service', hint: 'restart' },
  toggle: { keys: ['s'], shown: 's', sentence: 'stop the service, or start it where it is not wanted up', hint: 'stop/start' },
  follow: { keys: ['f'], shown: 'f', sentence: 'its log on the whole screen, and back', hint: 'follow' },
  why: { keys: ['w', 'enter'], shown: 'w, Enter', sentence: 'why it is in its state', hint: 'why' },
  filter: { keys: ['/'], shown: '/', sentence: 'only services whose name holds what is typed, or fits a glob', hint: 'filter' },
  order: { keys: ['o'], shown: 'o', sentence: 'order by name, state, CPU, memory, restarts', hint: 'order' },
  help: { keys: ['?', 'h'], shown: '?', sentence: 'these keys', hint: 'help' },
  back: { keys: ['escape'], shown: 'Esc', sentence: 'back; in the list, without the filter' },
  redraw: { keys: ['ctrl-l'], shown: 'Ctrl-L', sentence: 'draw the screen anew' },
  suspend: { keys: ['ctrl-z'], shown: 'Ctrl-Z', sentence: 'to the shell, until fg' },
  quit: { keys: ['q', 'ctrl-c'], shown: 'q, Ctrl-C', sentence: 'leave; services go on', hint: 'quit' },
} as const satisfies Record<string, KeyEntry>;

type KeyEntry = Readonly<{
  keys: readonly string[];
  shown: string;
  sentence: string;
  /** What the last line of the screen says of it. */
  hint?: string;
}>;
export type KeyName = keyof typeof KEYS;
export const KEY_ENTRIES = Object.entries(KEYS) as readonly (readonly [KeyName, KeyEntry])[];

const BY_KEY = new Map(KEY_ENTRIES.flatMap(([name, { keys }]) => keys.map((key): [string, KeyName] => [key, name])));
export const keyNamed = (key: string): KeyName | undefined => BY_KEY.get(key);

export type KeyReader = Readonly<{
  /** The keys that bytes mean. An escape sequence may come in parts. */
  push(chunk: Uint8Array): string[];
  /** Bytes have come of which nobody knows yet whether they are the key Esc or the beginning of a sequence. */
  isWaiting(): boolean;
  /** Nothing more came in time: they were that key. */
  flush(): string[];
}>;

/** Gives characters as they are and the rest by name, such as `up`, `ctrl-c`, `escape`; sequences that nobody knows are passed over. */
export function createKeyReader(): KeyReader {
  const decoder = new TextDecoder();
  let rest = '';
  return {
    push(chunk) {
      const keys: string[] = [];
      rest += decoder.decode(chunk, { stream: true });
      while (rest !== '') {
        const sequence = SEQUENCE.exec(rest);
        if (sequence === null && MAYBE.test(rest)) break;
        // An Esc that begins no sequence was typed before what follows.
        const taken = sequence?.[0] ?? String.fromCodePoint(rest.codePointAt(0)!);
        rest = rest.slice(taken.length);
        const key = sequence === null ? nameOf(taken) : SEQUENCES[taken.slice(1)];
        if (key !== undefined) keys.push(key);
      }
      return keys;
    },
    isWaiting: () => rest !== '',
    flush() {
      const typed = rest;
      rest = '';
      return typed === '' ? [] : ['escape', ...[...typed.slice(1)].flatMap((character) => nameOf(character) ?? [])];
    },
  };
}

/** ISO 6429 control sequences, and those of the keypad (SS3). */
const SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])/;
const MAYBE = /^\x1b(?:$|\[[0-?]*[ -/]*$|O$)/;
/** What xterm, the Linux console, rxvt and tmux send, after the Esc. */
const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': 'up', 'OA': 'up', '[B': 'down', 'OB': 'down', '[5~': 'page-up', '[6~': 'page-down',
  '[H': 'home', 'OH': 'home', '[1~': 'home', '[7~': 'home', '[F': 'end', 'OF': 'end', '[4~': 'end', '[8~': 'end', 'OM': 'enter',
};

function nameOf(character: string): string | undefined {
  const code = character.codePointAt(0)!;
  if (character === '\x1b') return 'escape';
  if (character === '\r' || character === '\n') return 'enter';
  if (code === 0x7f || code === 8) return 'backspace';
  if (code > 0 && code < 0x1b) return `ctrl-${String.fromCharCode(code + 0x60)}`;
  return code < 0x20 || (code >= 0x80 && code < 0xa0) ? undefined : character;
}
