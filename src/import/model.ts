/** What another supervisor's configuration means in n6's words: between those who read a format and those who write it down. */
import type { Problem } from '../core/messages.ts';

export type Imported = Readonly<{
  services: readonly Service[];
  /** What cannot be expressed and belongs to no service. */
  remarks: readonly string[];
  /** What is wrong in the files that were read; the rest is imported all the same. */
  problems: readonly Problem[];
}>;

export type Service = Readonly<{
  name: string;
  /** What cannot be expressed, and what is worth knowing: one line each. */
  remarks: readonly string[];
  fields: readonly Field[];
  /** Beside `service.yaml`. */
  files: readonly Entry[];
}>;

/** One key of `service.yaml`. */
export type Field = Readonly<{ key: Key; value: unknown; remark?: string }>;

/** Keys of `service.yaml` that an import writes, in the order in which they are written. */
export const KEYS = [
  'description', 'command', 'once', 'needs', 'after', 'user', 'group', 'cwd', 'env', 'umask', 'limits', 'restart', 'success-codes', 'backoff', 'give-up',
  'stop', 'reload', 'ready', 'logs', 'watch',
] as const;
export type Key = (typeof KEYS)[number];

/** Something in a service directory; `path` is relative to it, or to where the tree is made. */
export type Entry = Readonly<{ path: string } & (
  | { kind: 'directory'; mode: number }
  | { kind: 'text'; mode: number; content: string }
  /** What no script can hold: to be copied from there. */
  | { kind: 'copy'; mode: number; source: string }
  | { kind: 'link'; target: string }
)>;

export const field = (key: Key, value: unknown, remark?: string): Field => ({ key, value, ...(remark === undefined ? {} : { remark }) });

export const textFile = (path: string, content: string, mode = 0o644): Entry => ({ path, kind: 'text', content, mode });

/** An s6 file that means something by being there. */
export const FLAG_DOWN = textFile('down', '');
