/**
 * `node -- execline.cjs NAME PID WORD...`: writes to standard output the text that the shell PID, a companion called NAME,
 * is to go on with: one command, of quoted words. Words and environment come from /proc as bytes, which Node would break.
 */
import { readFileSync, writeSync } from 'node:fs';
import { readOptions, sentences, translate, translateWords, USAGE, type Start } from './index.ts';

const split = (file: string): Buffer[] => {
  const content = readFileSync(file);
  const parts: Buffer[] = [];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(0, start);
    parts.push(content.subarray(start, end < 0 ? content.length : end));
    start = end < 0 ? content.length : end + 1;
  }
  return parts;
};

const quoted = (word: Buffer): string => `'${word.toString('latin1').replaceAll("'", "'\\''")}'`;

/** `$env` of the companion is env(1): a shell cannot hold names such as a.b. */
function shellText({ arguments: words, environment }: Start): string {
  const entries = environment.map(quoted).join(' ');
  const through = words[0]!.includes('=') ? 'nice -n 0' : '';
  return `exec "$env" -i -- ${entries} ${through} ${words.map(quoted).join(' ')}\n`;
}

function text(name: string, words: readonly Buffer[], environment: readonly Buffer[]): { text: string } | { refused: readonly string[]; code: number } {
  const latin = words.map((word) => word.toString('latin1'));
  if (name !== 'execlineb') return { text: shellText(translateWords([name, ...latin], environment)) };
  const options = readOptions(latin);
  if (options === undefined) return { refused: [`usage: ${USAGE}`], code: 100 };
  const [file = '', ...rest] = options.script === undefined ? options.rest : [name, ...options.rest];
  const script = options.script ?? read(file);
  if (script === undefined) return { refused: [`execlineb: cannot read ${file}; is it there, and may it be read?`], code: 111 };
  const result = translate({
    name: file, text: Buffer.from(script, 'latin1'), options, arguments: rest.map((word) => Buffer.from(word, 'latin1')), environment,
  });
  if (result.kind === 'problems') return { refused: sentences(file, result.problems), code: 100 };
  for (const warning of result.warnings) writeSync(2, `execlineb: warning: ${warning}\n`);
  return { text: result.kind === 'nothing' ? 'exit 0\n' : shellText(result.start) };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(Buffer.from(file, 'latin1'), 'latin1');
  } catch {
    return undefined;
  }
}

const [, , , name, pid, ...words] = split('/proc/self/cmdline');
const result = text(String(name), words, split(`/proc/${String(pid)}/environ`));
if ('text' in result) {
  const content = Buffer.from(result.text, 'latin1');
  for (let written = 0; written < content.length; ) written += writeSync(1, content, written);
} else {
  for (const line of result.refused) writeSync(2, `${line}\n`);
  process.exitCode = result.code;
}
