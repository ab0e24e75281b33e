/** Two views of the environment's bytes: what execve(2) takes, and what settings are read from. */
import type { Variable } from './environment.ts';

/** `NAME=value` for each, as bytes. */
export const toEnvironment = (variables: readonly Variable[]): Buffer[] =>
  variables.map(({ name, value }) => Buffer.concat([name, Buffer.from('='), value]));

/** As text, for n6's own settings: what is not UTF-8 is replaced by U+FFFD and never handed on. */
export const toRecord = (variables: readonly Variable[]): Record<string, string> =>
  Object.fromEntries(variables.map(({ name, value }) => [name.toString(), value.toString()]));
