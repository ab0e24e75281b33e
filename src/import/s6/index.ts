/** `svc import s6 DIR`. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { errnoText, type Problem } from '../../core/messages.ts';
import { isLogger } from '../../core/scan.ts';
import { scanServices } from '../../servicedir/scan.ts';
import type { Imported, Service } from '../model.ts';
import { unreadable } from '../sentences.ts';
import { copyOf, serviceOf } from './directory.ts';
import { staysWrong } from './files.ts';
import { importSources } from './sources.ts';

/** A directory is one of s6-rc's sources when something in it has a `type`. */
export function importS6(directory: string): Imported {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    return { services: [], remarks: [], problems: [unreadable(directory, error, 'a directory that can be read')] };
  }
  return names.some((name) => existsSync(path.join(directory, name, 'type'))) ? importSources(directory) : importScanDirectory(directory);
}

function importScanDirectory(directory: string): Imported {
  const { definitions, deferred, problems: found, unreadable: code } = scanServices(directory);
  const problems: Problem[] = found.filter(staysWrong);
  if (code !== undefined) {
    const remedy = `look at it: ls -ld ${directory}`;
    problems.push({ service: '', file: directory, value: errnoText(code), expected: 'a directory that can be read', remedy });
  }
  const read = (place: string, make: () => Service): Service[] => {
    try {
      return [make()];
    } catch (error) {
      problems.push(unreadable(place, error, 'a service directory that can be read'));
      return [];
    }
  };
  const services = [
    ...definitions.filter(({ name }) => !isLogger(name)).flatMap((definition) => read(definition.directory, () => serviceOf(definition))),
    // Somebody has written a service.yaml already, and knows better.
    ...deferred.filter((name) => !isLogger(name)).flatMap((name) => read(path.join(directory, name), () => copyOf(name, path.join(directory, name)))),
  ];
  return { services, remarks: [], problems };
}
