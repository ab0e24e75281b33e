/** What the demonstration says: 80 columns, colours on a terminal alone. */
const WIDTH = 80;
const colours = process.stdout.isTTY && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
const paint = (code: number, text: string): string => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
let steps = 0;

export type Print = Readonly<{
  /** The heading of a step. */
  step(title: string): void;
  /** Something that was seen to be true, and how long it took to become so. */
  fact(sentence: string, milliseconds?: number): void;
  /** What somebody could have typed. */
  command(words: string): void;
  /** What a program printed, or a sentence of our own. */
  text(lines: string): void;
  failure(sentence: string): void;
}>;

export const print: Print = {
  step(title) {
    write(`\n${paint(1, `${++steps}. ${title}`)}`);
  },
  fact(sentence, milliseconds) {
    const time = milliseconds === undefined ? '' : inWords(milliseconds);
    const gap = Math.max(1, WIDTH - 4 - sentence.length - time.length);
    write(`  ${paint(32, 'ok')} ${sentence}${time === '' ? '' : ' '.repeat(gap - 1)}${paint(36, time)}`.trimEnd());
  },
  command(words) {
    write(paint(2, `  $ ${words}`));
  },
  text(lines) {
    for (const line of lines.trimEnd().split('\n')) write(line === '' ? '' : `  ${line}`);
  },
  failure(sentence) {
    write(`\n${paint(31, 'FAILED')} ${sentence}`);
  },
};

export const inWords = (milliseconds: number): string =>
  (milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`);

const write = (line: string): void => void process.stdout.write(`${line}\n`);
