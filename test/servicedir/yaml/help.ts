import { problemText } from '../../../src/core/messages.ts';
import { readServiceDirectory, type ReadResult } from '../../../src/servicedir/read.ts';
import { createYamlReader } from '../../../src/servicedir/yaml/reader.ts';
import { temporary, write, type Files } from '../../help/machine.ts';

export const RUN: Files = { 'run!': '#!/bin/sh\nexec sleep 1000\n' };

/** A service `web` with this service.yaml; its problems as sentences in which its directory is DIR. */
export function readYaml(yaml: string, files: Files = RUN, variables?: Readonly<Record<string, string>>): ReadResult & { told: string[] } {
  const directory = temporary();
  write(directory, { ...files, 'service.yaml': yaml });
  const read = createYamlReader(variables === undefined ? {} : { variable: (name) => variables[name] });
  const result = readServiceDirectory(directory, 'web', { yaml: { read } });
  return { ...result, told: result.problems.map((problem) => problemText(problem).replaceAll(directory, 'DIR')) };
}
