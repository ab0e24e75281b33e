/** Reads a service directory again when its service makes use of it (spec/s6-compat 1.1.20). */
import type { Definition } from '../core/definition.ts';
import { fingerprintOf } from './look.ts';
import { readServiceDirectory, type ReadResult } from './read.ts';
import type { YamlPort } from './yaml/port.ts';

type Reread = Pick<ReadResult, 'definition' | 'problems'>;

/**
 * What the directory says now, undefined where it cannot be looked at. Only what changed since the last time is read and
 * its problems told. `inPlace`: the directory is what the user writes, so that its fingerprint is the service's; that of a
 * copy is its source's and stays. What does not come from files that s6 reads again stays, too.
 */
export function createRereader(inPlace: boolean, yaml?: YamlPort): (definition: Definition) => Reread | undefined {
  const seen = new Map<string, { fingerprint: string; definition: Definition }>();
  return (given) => {
    const { name, directory } = given;
    const fingerprint = fingerprintOf(directory);
    if (fingerprint === '') return undefined;
    const known = seen.get(directory);
    if (known?.fingerprint === fingerprint) return { definition: merged(given, known.definition, inPlace), problems: [] };
    const { definition, problems, deferred } = readServiceDirectory(directory, name, { yaml });
    // The next look loads what reads it.
    if (deferred) return undefined;
    seen.set(directory, { fingerprint, definition });
    // At the first time they have been told, by whoever brought the definition.
    return { definition: merged(given, definition, inPlace), problems: known === undefined ? [] : problems };
  };
}

function merged(given: Definition, read: Definition, inPlace: boolean): Definition {
  // A new mistake is told, and what was understood before goes on.
  const said = read.policy.faults.length > 0 && given.policy.faults.length === 0 ? given : read;
  const { hasFinish, stopSignal, reloadSignal, killAfter, killsGroup, finishWithin, tallySize, lockDescriptor } = read;
  return {
    ...given, hasFinish, stopSignal, reloadSignal, killAfter, killsGroup, finishWithin, tallySize, lockDescriptor,
    pidNamespace: read.pidNamespace, notificationDescriptor: said.notificationDescriptor, policy: said.policy,
    fingerprint: inPlace ? read.fingerprint : given.fingerprint,
  };
}
