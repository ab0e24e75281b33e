/** What reads `service.yaml`, as its users know it: nothing of it is loaded before a file of that name is seen. */
import type { Policy } from '../../core/policy.ts';
import type { Problem } from '../../core/messages.ts';
import type { Find } from '../find.ts';

export type Asked = Readonly<{
  service: string;
  /** Absolute; relative paths in the file begin there. */
  directory: string;
  /** Names of THE list of files that are there. */
  present: ReadonlySet<string>;
  find: Find;
}>;

export type Answer = Readonly<{
  policy: Policy;
  /** All that is wrong; what keeps the service from being started is in `policy.faults`, too. */
  problems: readonly Problem[];
  /** Why `enabled-if` leaves it out; undefined: it does not. */
  disabled: string | undefined;
  /** `FILE:LINE` of a key such as `health.interval`, of the file itself where the key is not written. */
  place(key: string): string;
}>;

/** Never throws. */
export type YamlReader = (asked: Asked) => Answer;

/** Given to whoever looks at service directories. The reader is put into it when it has been loaded. */
export type YamlPort = {
  read?: YamlReader | undefined;
  /** A file was seen and there is no reader. Does not throw. */
  wanted?(): void;
};

export const YAML_FILE = 'service.yaml';
