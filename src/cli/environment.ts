/** A container's environment as it is told on a command line: `--env NAME=VALUE`, and `--env-file FILE` in docker's form. */
import { readFileSync } from 'node:fs';
import { errnoText } from '../core/messages.ts';
import { UsageError } from './command.ts';

export type Environment = Readonly<Record<string, string>>;

/** `pairs` win over the lines of `file`. A name alone means the value it has in `own`. Throws UsageError. */
export function readEnvironment(file: string | undefined, pairs: readonly string[], own: Readonly<Record<string, string | undefined>>): Environment {
  const environment: Record<string, string> = {};
  const add = (pair: string, from: string): void => {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (name === '' || /\s/.test(name)) throw new UsageError(`${from}: expected NAME=VALUE, got ${JSON.stringify(pair)}`, 'check');
    const value = equals < 0 ? own[name] : pair.slice(equals + 1);
    if (value !== undefined) environment[name] = value;
  };
  for (const [index, line] of linesOf(file).entries()) {
    const text = line.trimStart();
    if (text !== '' && !text.startsWith('#')) add(text, `${file}:${index + 1}`);
  }
  for (const pair of pairs) add(pair, '--env');
  return environment;
}

function linesOf(file: string | undefined): string[] {
  if (file === undefined) return [];
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${errnoText((error as NodeJS.ErrnoException).code ?? String(error))}`, 'check');
  }
}
