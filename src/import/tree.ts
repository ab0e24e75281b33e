/** Services as the directories and files that they become. */
import { textFile, type Entry, type Imported, type Service } from './model.ts';
import { serviceYaml } from './service-yaml.ts';

/** What is made for one service. `remarks`: those for which it has no file. */
export type Part = Readonly<{ name: string; entries: readonly Entry[]; remarks: readonly string[] }>;

export const treeOf = ({ services }: Pick<Imported, 'services'>): Part[] => services.map(partOf);

function partOf(service: Service): Part {
  const { name, files, remarks } = service;
  const yaml = serviceYaml(service);
  const own: Entry[] = [{ path: '', kind: 'directory', mode: 0o755 }, ...(yaml === undefined ? [] : [textFile('service.yaml', yaml)]), ...files];
  const entries = own.map((entry) => ({ ...entry, path: entry.path === '' ? name : `${name}/${entry.path}` }));
  return { name, entries, remarks: yaml === undefined ? remarks : [] };
}
