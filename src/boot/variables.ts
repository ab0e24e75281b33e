/** Two views of the environment's bytes: what execve(2) takes, and what settings are read from. */
import type { Variable } from './environment.ts';
import type { Layout } from './layout.ts';

/** `NAME=value` for each, as bytes. */
export const toEnvironment = (variables: readonly Variable[]): Buffer[] =>
  variables.map(({ name, value }) => Buffer.concat([name, Buffer.from('='), value]));

/** As text, for n6's own settings: what is not UTF-8 is replaced by U+FFFD and never handed on. */
export const toRecord = (variables: readonly Variable[]): Record<string, string> =>
  Object.fromEntries(variables.map(({ name, value }) => [name.toString(), value.toString()]));

/**
 * Where n6 does not live in /run, services find their supervisor, and through with-contenv their environment, by these two
 * (contract section 4).
 */
export function withOwn(variables: readonly Variable[], { containerEnvironment, runtime }: Layout): Variable[] {
  const own: Readonly<Record<string, string>> = { N6_CONTAINER_ENVIRONMENT: containerEnvironment, N6_DIR: runtime };
  return [
    ...variables.filter(({ name }) => !Object.hasOwn(own, name.toString('latin1'))),
    ...Object.entries(own).map(([name, value]) => ({ name: Buffer.from(name), value: Buffer.from(value) })),
  ];
}
