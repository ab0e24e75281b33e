/** Loads the reader of `service.yaml` when the first file of that name is seen. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { YAML_FILE, type YamlPort } from '../servicedir/yaml/port.ts';

/** Before longruns of s6-rc are read, all at once: loaded if one of the definitions in these directories has a file. */
export function yamlFor(directories: readonly string[], yaml: LazyYaml): Promise<void> {
  if (directories.some(hasYaml)) yaml.wanted?.();
  return new Promise((resolve) => yaml.whenLoaded(resolve));
}

function hasYaml(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => existsSync(path.join(directory, name, YAML_FILE)));
  } catch {
    return false;
  }
}

export type LazyYaml = YamlPort & Readonly<{
  /** `loaded`: the services that were left out can be looked at. */
  listen(listeners: Readonly<{ loaded(): void; failed(where: string, error: unknown): void }>): void;
  /** Calls back at once unless it is being loaded; then when that has ended, after `loaded`. */
  whenLoaded(act: () => void): void;
}>;

/** `variable`: of the container, for `enabled-if`. */
export function lazyYaml(variable: (name: string) => string | undefined): LazyYaml {
  let loading = false;
  let loaded = (): void => undefined;
  let failed = (_where: string, _error: unknown): void => undefined;
  let waiting: (() => void)[] = [];

  async function load(): Promise<void> {
    try {
      const { createYamlReader } = await import('../servicedir/yaml/reader.ts');
      lazy.read = createYamlReader({ variable });
      loading = false;
      loaded();
    } catch (error) {
      // The next look asks again.
      loading = false;
      failed('reading service.yaml', error);
    }
    const acts = waiting;
    waiting = [];
    for (const act of acts) guarded(act);
  }

  function guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      failed('what waited for service.yaml', error);
    }
  }

  const lazy: LazyYaml = {
    read: undefined,
    wanted() {
      if (loading || lazy.read !== undefined) return;
      loading = true;
      void load();
    },
    listen: (listeners) => void ({ loaded, failed } = listeners),
    whenLoaded: (act) => void (loading ? waiting.push(act) : act()),
  };
  return lazy;
}
