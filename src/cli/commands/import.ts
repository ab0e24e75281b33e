import path from 'node:path';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { errnoText, nearest, problemText } from '../../core/messages.ts';
import { FORMAT_NAMES, FORMATS } from '../../import/formats.ts';
import type { Imported } from '../../import/model.ts';
import { textOption, UsageError, type Command, type Invocation } from '../command.ts';
import { cannotWrite, isThereAlready, nothingToImport } from '../sentences.ts';

/** `svc import`: another supervisor's configuration as service directories. Needs no supervisor. */
export const importCommand: Command = {
  name: 'import',
  operand: { label: 'FORMAT PATH', least: 2, many: false, choices: FORMAT_NAMES },
  sentence: `print service directories for what ${FORMAT_NAMES.join(', ').replace(/, (?=\w+$)/, ' or ')} has in PATH`,
  options: {
    output: { short: 'o', value: 'DIR', sentence: 'make them in DIR instead' },
    env: { value: 'NAME', sentence: 'pm2: with env_NAME' },
  },
  examples: [
    { line: 'svc import supervisord web.conf', sentence: 'a script that makes them, to be read first' },
    { line: 'svc import pm2 app.json -o out', sentence: 'make them' },
  ],
  async run(invocation) {
    const { words: [format, place = ''], terminal } = invocation;
    const name = FORMAT_NAMES.find((known) => known === format);
    if (name === undefined) throw unknownFormat(String(format));
    const env = textOption(invocation, 'env');
    if (env !== undefined && name !== 'pm2') throw new UsageError('import takes --env for pm2 only', 'import');
    const imported = await FORMATS[name].import(path.resolve(place), { env, environment: process.env });
    const { services, problems } = imported;
    for (const problem of problems) terminal.complain(problemText(problem));
    if (services.length === 0) {
      if (problems.length === 0) terminal.complain(nothingToImport(name, place));
      return SVC_EXIT.notFulfilled.code;
    }
    const done = await deliver(invocation, imported);
    return done && problems.length === 0 ? SVC_EXIT.done.code : SVC_EXIT.notFulfilled.code;
  },
};

/** Prints the script, or makes the tree; false when that could not be done. */
async function deliver(invocation: Invocation, { services, remarks, problems }: Imported): Promise<boolean> {
  const { words, terminal } = invocation;
  const { occupied, quote, script, treeOf, writeTree } = await import('../../import/index.ts');
  const parts = treeOf({ services });
  const output = textOption(invocation, 'output');
  if (output === undefined) {
    const env = textOption(invocation, 'env');
    const command = ['svc', 'import', ...words, ...(env === undefined ? [] : ['--env', env])].map(quote).join(' ');
    terminal.print(script(parts, remarks, problems, command).trimEnd());
    return true;
  }
  const there = occupied(output, parts);
  for (const place of there) terminal.complain(isThereAlready(place));
  if (there.length > 0) return false;
  try {
    writeTree(output, parts, (place) => terminal.print(`wrote ${place}`));
  } catch (error) {
    const { code, path: where = output } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    terminal.complain(cannotWrite(where, errnoText(code)));
    return false;
  }
  for (const remark of [...remarks, ...parts.flatMap(({ name, remarks: own }) => own.map((text) => `${name}: ${text}`))]) terminal.print(remark);
  return true;
}

function unknownFormat(word: string): UsageError {
  const near = nearest(word, FORMAT_NAMES);
  const advice = near === undefined ? '' : `; did you mean ${near}?`;
  return new UsageError(`import: expected ${FORMAT_NAMES.join(', ')}, got ${JSON.stringify(word)}${advice}`, 'import');
}
