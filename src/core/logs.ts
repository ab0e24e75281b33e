/** What becomes of the output of a service: the vocabulary of `logs` in service.yaml and of the setting N6_LOGS. */
import type { Definition } from './definition.ts';
import type { Logs } from './policy.ts';

/**
 * THE list of forms in which n6 hands on a line that it has read: as it was, after the name of its service, after the time, or as an
 * object of JSON with all of it.
 */
export const LOG_FORMATS = ['raw', 'prefix', 'timestamps', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What `logs` can be in one word. `inherit`: the service writes to the container's output itself, n6 is not in between. */
export const LOG_CHOICES = ['inherit', 'discard', ...LOG_FORMATS] as const;
export type LogChoice = (typeof LOG_CHOICES)[number];

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Of files, where service.yaml names a directory and nothing else: bytes, and archives beside the one that is written. */
export const FILE_SIZE = 10 * 2 ** 20;
export const FILE_COUNT = 10;

/** The name of a service as it stands before its lines. */
export const namePrefix = (service: string): string => `${service}: `;

const NOT_CAPTURED = { format: 'raw', prefix: undefined, container: true, files: undefined, memory: undefined, blocking: false } as const;

/** What one word means. */
export function chosenLogs(choice: LogChoice, service: string): Logs {
  if (choice === 'inherit' || choice === 'discard') return { ...NOT_CAPTURED, output: choice };
  return { ...NOT_CAPTURED, output: 'capture', format: choice, prefix: choice === 'prefix' ? namePrefix(service) : undefined };
}

/** `otherwise`: for services that say nothing (N6_LOGS). */
export const logsOf = ({ name, policy }: Definition, otherwise: LogChoice): Logs => policy.logs ?? chosenLogs(otherwise, name);

/** n6 reads what it writes: to hand it on, or to find the line that says that it is ready. */
export const isCaptured = (definition: Definition, otherwise: LogChoice): boolean =>
  definition.policy.ready?.by === 'log' || logsOf(definition, otherwise).output === 'capture';
