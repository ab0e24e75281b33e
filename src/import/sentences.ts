/** What an import says in the files that it makes, and of the files that it reads. */
import { errnoText, nearest, type Problem } from '../core/messages.ts';

/** `what` has no equivalent. `why`: what is missing, and what to do instead. */
export const notImported = (what: string, why: string): string => `not imported: ${oneLine(what)}: ${why}`;

export const notImportedKey = (key: string, value: unknown, why: string): string =>
  notImported(`${key}${typeof value === 'string' ? '=' : ': '}${shown(value)}`, why);

export const unknownKey = (key: string, value: unknown, known: readonly string[], format: string): string => {
  const near = nearest(key, known);
  return notImportedKey(key, value, `${format} has no such key${near === undefined ? '' : `; did you mean ${near}?`}`);
};

export const renamed = (from: string): string => `it was called ${JSON.stringify(from)}, which cannot be the name of a directory here`;

/** A value in one line that is not too long. */
export function shown(value: unknown): string {
  const text = oneLine(typeof value === 'string' ? value : JSON.stringify(value) ?? String(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

const LONGEST = 100;
const oneLine = (text: string): string => text.replace(/[\0-\x1f\x7f]+/g, ' ');

export function unreadable(file: string, error: unknown, expected: string): Problem {
  const { code } = error as NodeJS.ErrnoException;
  return { service: '', file, value: code === undefined ? String(error) : errnoText(code), expected, remedy: `look at it: ls -ld ${file}` };
}
