/** What a service's run would find, for clients. */
import type { RunEnvironment, Variable } from '../control/backend.ts';
import type { Definition } from '../core/definition.ts';
import { cannotStart } from '../core/explain.ts';
import type { Surveyor, Who } from '../launch/launcher.ts';

export function runEnvironment(definition: Definition, launcher: Surveyor): RunEnvironment | Readonly<{ failure: string }> {
  const found = launcher.surroundings(definition);
  if ('failure' in found) return { failure: cannotStart(definition.name, found.failure) };
  const { directory, identity, environment, secrets, chain, own } = found;
  return {
    name: definition.name, directory, as: whoOf(identity), supervisor: whoOf(own),
    variables: variablesOf(environment),
    secrets: secrets.map((name) => Buffer.from(name, 'latin1').toString()),
    chain: chain.words,
    chainVariables: sameEntries(chain.environment, environment) ? null : variablesOf(chain.environment),
  };
}

const whoOf = ({ user, group, groups }: Who): Who => ({ user, group, groups });

function variablesOf(environment: readonly Buffer[]): Variable[] {
  return environment.filter((entry) => entry.indexOf('=') > 0).map(variableOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function variableOf(entry: Buffer): Variable {
  const text = entry.toString();
  const equals = text.indexOf('=');
  const variable = { name: text.slice(0, equals), value: text.slice(equals + 1) };
  return Buffer.from(text).equals(entry) ? variable : { ...variable, bytes: entry.toString('base64') };
}

const sameEntries = (one: readonly Buffer[], other: readonly Buffer[]): boolean =>
  one === other || (one.length === other.length && one.every((entry, index) => entry.equals(other[index]!)));
