/** The command lines of `svc supervise` and `s6-svscan`, read without yargs: the supervisor loads nothing it does not need. */
import path from 'node:path';
import { parseArgs } from 'node:util';

export type SuperviseArguments = Readonly<{
  directory: string;
  runtimeDirectory: string | undefined;
  configDirectory: string | undefined;
  watch: boolean | undefined;
}>;

export const SUPERVISE_USAGE = `svc supervise [DIR]   supervise a directory of services (default ./services.d) until a signal ends it

  --runtime-dir DIR   where control socket and state live (default DIR/.n6)
  --config-dir DIR    where hooks.d is looked for (default: beside DIR)
  --watch, --no-watch see changes of DIR at once, or at svc rescan alone (default --watch)
  --help
`;

/** Throws TypeError with a sentence for what cannot be understood; undefined when only help was asked for. */
export function readSuperviseArguments(argv: readonly string[]): SuperviseArguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    allowNegative: true,
    options: {
      'runtime-dir': { type: 'string' },
      'config-dir': { type: 'string' },
      watch: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  if (positionals.length > 1) throw new TypeError(`expected one directory, got ${positionals.length}: ${positionals.join(' ')}`);
  const absolute = (value: string | undefined): string | undefined => (value === undefined ? undefined : path.resolve(value));
  return {
    directory: path.resolve(positionals[0] ?? 'services.d'),
    runtimeDirectory: absolute(values['runtime-dir']),
    configDirectory: absolute(values['config-dir']),
    watch: values.watch,
  };
}

export type ScanArguments = Readonly<{
  directory: string;
  /** Milliseconds; undefined: never. */
  period: number | undefined;
  /** The descriptor to be told of the readiness. */
  notify: number | undefined;
}>;

/** `-t MILLISECONDS`, `-d DESCRIPTOR` and a directory, as companions/s6-svscan gives them; throws TypeError for anything else. */
export function readScanArguments(argv: readonly string[]): ScanArguments {
  const { values: { period, notify }, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { period: { type: 'string', short: 't' }, notify: { type: 'string', short: 'd' } },
  });
  // What setInterval can count; 0 is s6's word for never.
  const milliseconds = Math.min(Number(period ?? 0), 2 ** 31 - 1);
  return {
    directory: path.resolve(positionals[0] ?? '.'),
    period: milliseconds > 0 ? milliseconds : undefined,
    notify: notify === undefined ? undefined : Number(notify),
  };
}
