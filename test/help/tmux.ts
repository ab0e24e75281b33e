/** A real terminal for a test: a window of tmux(1) with a shell in it. It ends, with all that runs in it, with the test. */
import { execFile } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { svcProgram, until } from './machine.ts';

export type Window = Readonly<{
  /** Types a line of the shell, and Enter. */
  line(text: string): Promise<void>;
  /** Presses keys, as tmux names them: `q`, `C-c`, `Down`, `Escape`. */
  press(...keys: string[]): Promise<void>;
  /** Types text as it is. */
  type(text: string): Promise<void>;
  /** The lines of the screen, without blanks at their ends; with `colours` as escape sequences where they are wanted. */
  screen(colours?: boolean): Promise<string[]>;
  /** Waits until some line of the screen matches, and gives the screen. */
  sees(pattern: RegExp): Promise<string[]>;
  /** Waits until no line does. */
  seesNot(pattern: RegExp): Promise<string[]>;
  resize(columns: number, rows: number): Promise<void>;
  /** What tmux knows of the window, by a format of its own: `#{alternate_on}`. */
  tell(format: string): Promise<string>;
  /** Closes the window, as if the connection to it had been lost. */
  close(): Promise<void>;
}>;

let count = 0;

/** The shell is bash, with job control, and has nothing of this test's environment but what is given. */
export async function openWindow(columns: number, rows: number, environment: Readonly<Record<string, string>> = {}): Promise<Window> {
  const server = `n6-test-${process.pid}-${count++}`;
  const variables = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8', PROMPT_COMMAND: "PS1='$ '", ...environment };
  const tmux = (...words: string[]): Promise<string> => new Promise((resolve, reject) => {
    execFile('tmux', ['-L', server, '-f', '/dev/null', ...words], { env: variables, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`tmux ${words.join(' ')}: ${stderr}`, { cause: error }));
    });
  });
  const shell = `exec env -u TMUX bash --norc --noprofile --noediting -i`;
  await tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), shell, ';', 'set-option', '-g', 'status', 'off');
  onTestFinished(() => tmux('kill-server').then(() => undefined, () => undefined));
  // The line of tmux's own state was there at first.
  await tmux('resize-window', '-x', String(columns), '-y', String(rows));

  const screen = async (colours = false): Promise<string[]> =>
    (await tmux('capture-pane', '-p', ...(colours ? ['-e'] : []))).split('\n').slice(0, -1).map((line) => line.trimEnd());
  const wait = async (fact: (lines: string[]) => boolean, what: string): Promise<string[]> => {
    let last: string[] = [];
    return until(async () => {
      last = await screen();
      return fact(last) && last;
    }, () => `${what}\n${last.join('\n')}`);
  };
  const window: Window = {
    async line(text) {
      await tmux('send-keys', '-l', text);
      await tmux('send-keys', 'Enter');
    },
    async press(...keys) {
      await tmux('send-keys', ...keys);
    },
    async type(text) {
      await tmux('send-keys', '-l', text);
    },
    screen,
    sees: (pattern) => wait((lines) => lines.some((line) => pattern.test(line)), `to see ${pattern}`),
    seesNot: (pattern) => wait((lines) => !lines.some((line) => pattern.test(line)), `not to see ${pattern}`),
    async resize(width, height) {
      await tmux('resize-window', '-x', String(width), '-y', String(height));
    },
    tell: async (format) => (await tmux('display-message', '-p', format)).trim(),
    async close() {
      await tmux('kill-server').catch(() => undefined);
    },
  };
  await window.sees(/^\$$/);
  return window;
}

/** What a program must leave as it was: the modes of the terminal, its screen, its cursor. */
export async function stateOf(window: Window): Promise<string> {
  const marker = `state-${count++}`;
  await window.line(`clear; stty -a | tr '\\n' ' '; echo; echo ${marker}`);
  const lines = await window.sees(new RegExp(`^${marker}$`));
  const modes = lines.slice(0, lines.indexOf(marker)).join('').replace(/rows \d+; columns \d+;/, '');
  return `${modes} ${await window.tell('alternate=#{alternate_on} cursor=#{cursor_flag} wrap=#{wrap_flag} keypad=#{keypad_flag}')}`;
}

export const svcLine = (directory: string, ...words: string[]): string => [svcProgram, '--dir', directory, ...words].map((word) => `'${word}'`).join(' ');
