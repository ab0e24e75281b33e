/**
 * Files of variables, as `docker run --env-file` and systemd's EnvironmentFile= (systemd.exec(5)) have them in common: one
 * NAME=VALUE a line, blank lines and lines that begin with `#` mean nothing, `export ` may stand before the name.
 *
 * A value without quotes is taken as it is, `#`, `$` and blanks inside included, but for blanks at its two ends. In 'single'
 * quotes everything means itself; in "double" ones a backslash goes before `"`, `\`, `$` and a backquote, and `\n` is a
 * newline. Nothing is substituted. A value is on one line. Bytes that are no UTF-8 stay what they are.
 */
import { codeOf } from '../kernel/errno.ts';
import { readSmall } from './reading.ts';
import { refuse } from './refusal.ts';
import { unreadableVariables, wrongLines } from './sentences.ts';
import type { Variables } from './variables.ts';

const LARGEST = 1024 * 1024;

/** Later lines win. All lines that are wrong are told at once, and none of them is quoted. */
export function readEnvFile(file: string): Variables {
  let text: string;
  try {
    text = readSmall(file, LARGEST).toString('latin1');
  } catch (error) {
    return refuse('environment', unreadableVariables(file), codeOf(error));
  }
  const variables = new Map<string, Buffer>();
  const wrong: { line: number; expected: string }[] = [];
  text.replace(BYTE_ORDER_MARK, '').split('\n').forEach((content, index) => {
    const read = parseLine(content.trim());
    if (read === undefined) return;
    if ('expected' in read) wrong.push({ line: index + 1, expected: read.expected });
    else variables.set(read.name, Buffer.from(read.value, 'latin1'));
  });
  if (wrong.length > 0) refuse('environment', wrongLines(file, wrong), 'EINVAL');
  return variables;
}

const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;

type Line = { name: string; value: string } | { expected: string } | undefined;

function parseLine(line: string): Line {
  if (line === '' || line.startsWith('#')) return undefined;
  if (line.includes('\0')) return { expected: 'no NUL byte' };
  const [, name, rest] = /^(?:export[ \t]+)?([^\s='"]+)=(.*)$/s.exec(line) ?? [];
  if (name === undefined || rest === undefined) return { expected: 'NAME=VALUE' };
  const value = unquote(rest.trim());
  return value === undefined ? { expected: 'a closing quote at the end of the line' } : { name, value };
}

function unquote(text: string): string | undefined {
  if (!/^['"]/.test(text)) return text;
  const single = /^'([^']*)'\s*(?:#.*)?$/.exec(text);
  if (single !== null) return single[1];
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text);
  return double?.[1]?.replace(/\\([n"\\$`])/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
