import { parse } from 'yaml';
import { problemText } from '../../src/core/messages.ts';
import type { Imported } from '../../src/import/model.ts';
import { serviceYaml } from '../../src/import/service-yaml.ts';
import { treeOf } from '../../src/import/tree.ts';

/** Each `service.yaml` as what it says, by the name of its service. */
export const yamlsOf = ({ services }: Imported): Record<string, Record<string, unknown>> =>
  Object.fromEntries(services.map((service) => [service.name, parse(serviceYaml(service) ?? '{}') as Record<string, unknown>]));

/** All that is made, as text: paths, contents, comments. */
export const textOf = (imported: Imported): string => JSON.stringify([treeOf(imported), imported.remarks]);

export const said = ({ problems }: Imported): string[] => problems.map(problemText);
/** Paths of what is made. */
export const pathsOf = (imported: Imported): string[] => treeOf(imported).flatMap(({ entries }) => entries.map(({ path }) => path));
export const remarksOf = (imported: Imported): string[] => [...imported.remarks, ...imported.services.flatMap(({ remarks }) => remarks)];
