/** The words of execline that are translated: the one list, from which companions and documents are made. */
import { background, capture, chooseAndGoOn, conditionLast, each, eitherThis, first, pipeline, whether } from './blocks.ts';
import {
  changeDirectory, changeMask, closeDescriptor, emptyEnvironment, execute, exit, moveDescriptor, redirect, removeVariable, setVariable,
} from './descriptors.ts';
import { ending, failing, type Act, type Context, type Go, type Translation } from './program.ts';
import { Misuse } from './reading.ts';
import { handleSignals } from './trap.ts';
import { defineValue, importValue, several } from './values.ts';

export const WORDS = {
  'background': background,
  'backtick': capture,
  'cd': changeDirectory,
  'define': defineValue,
  'emptyenv': emptyEnvironment,
  'exec': execute,
  'exit': exit,
  'export': setVariable,
  'fdclose': closeDescriptor,
  'fdmove': moveDescriptor,
  'foreground': first,
  'forx': each,
  'if': whether,
  'ifelse': eitherThis,
  'ifte': conditionLast,
  'ifthenelse': chooseAndGoOn,
  'importas': importValue,
  'multisubstitute': several,
  'pipeline': pipeline,
  'redirfd': redirect,
  'trap': handleSignals,
  'umask': changeMask,
  'unexport': removeVariable,
} as const satisfies Readonly<Record<string, Translation>>;

/** Where images call these words by their path (spec/corpus.md 2.2). */
const PLACES = ['/command/', '/bin/', '/usr/bin/'];

function translationOf(program: string | undefined): Translation | undefined {
  if (program === undefined) return undefined;
  const place = PLACES.find((directory) => program.startsWith(directory));
  const name = program.slice(place?.length ?? 0);
  return Object.hasOwn(WORDS, name) ? WORDS[name as keyof typeof WORDS] : undefined;
}

const go: Go = {
  act,
  code: (words, context) => ending(act(words, context), context),
};

/** What a command line does. A word that is used wrongly fails when it is reached, as its program would, and not before. */
export function act(words: readonly string[], context: Context): Act {
  const translation = translationOf(words[0]);
  if (translation === undefined) return { words, environment: context.environment };
  try {
    return translation(words.slice(1), context, go);
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    return { code: failing(error.message, error.code, context) };
  }
}
