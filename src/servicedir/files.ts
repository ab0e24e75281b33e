/**
 * THE list of files that mean something in a service directory (spec/s6-compat 1.1). Reader, fingerprint, copy and
 * docs/reference/service-directory.md are derived from it. A file that is not here is the service's own.
 */
import type { Definition } from '../core/definition.ts';
import { signalName } from '../core/signals.ts';

export const FILES: Readonly<Record<string, ServiceFile>> = {
  run: { kind: 'script', content: 'a program', required: true, spec: '1.1.1', sentence: 'started as `./run NAME`, and again after it ends' },
  finish: {
    kind: 'script', content: 'a program', required: false, field: 'hasFinish', spec: '1.1.2',
    sentence: 'started as `./finish CODE SIGNAL NAME PGID` whenever `run` has ended; CODE is 256 if a signal ended it; '
      + 'its own exit code 125 means: do not start again',
  },
  down: {
    kind: 'presence', content: 'anything', field: 'startsDown', spec: '1.1.3',
    sentence: 'if it is there, the service is not started until somebody asks',
  },
  'notification-fd': value({
    content: 'descriptor', field: 'notificationDescriptor', example: '3', expected: 'a descriptor from 3 to 1023', spec: '1.1.4',
    sentence: 'descriptor on which `run` writes a newline once it is ready',
    parse: (line) => within(line, 3, MAX_DESCRIPTOR),
  }),
  'timeout-kill': value({
    content: 'milliseconds', field: 'killAfter', example: '10000', expected: 'a number of milliseconds', spec: '1.1.6',
    sentence: 'time between the stop signal and KILL; 0 waits for ever',
    parse: orForEver,
  }),
  'timeout-finish': value({
    content: 'milliseconds', field: 'finishWithin', example: '10000', expected: 'a number of milliseconds', spec: '1.1.8',
    sentence: 'time that `finish` may take before KILL; 0 waits for ever',
    parse: orForEver,
  }),
  'max-death-tally': value({
    content: 'number', field: 'tallySize', example: '100', expected: 'a number', spec: '1.1.9',
    sentence: 'how many deaths are remembered, at most 4096; a record, not a limit',
    parse: (line) => change(within(line, 0, MAX_NUMBER), (number) => Math.min(number, MAX_TALLY)),
  }),
  'down-signal': value({
    content: 'signal', field: 'stopSignal', example: 'TERM', expected: 'the name or number of a signal', spec: '1.1.10',
    sentence: 'sent to stop the service, and followed by CONT',
    parse: signal,
  }),
  'reload-signal': value({
    content: 'signal', field: 'reloadSignal', example: 'HUP', expected: 'the name or number of a signal', spec: '1.1.11',
    sentence: 'sent by `svc reload`',
    parse: signal,
  }),
  env: { kind: 'directory', content: 'directory', spec: '1.1.17', sentence: 'never read by n6: for `s6-envdir ./env` and the like' },
  data: { kind: 'directory', content: 'directory', spec: '1.1.17', sentence: 'never read by n6: for the service, such as `data/check`' },
  log: {
    kind: 'logger', content: 'a service directory', spec: '3.3',
    sentence: 'the service `NAME/log`, whose standard input is what `run` and `finish` of NAME write to their standard output',
  },
  'lock-fd': value({
    content: 'descriptor', field: 'lockDescriptor', example: '4', expected: 'a descriptor from 3 to 1023', spec: '1.9',
    sentence: 'descriptor on which `run` has the lock of `supervise/service-lock`: not started while a process of an earlier life still has it',
    parse: (line) => within(line, 3, MAX_DESCRIPTOR),
  }),
  'flag-newpidns': {
    kind: 'presence', content: 'anything', field: 'pidNamespace', spec: '1.1.12',
    sentence: 'if it is there, `run` is process 1 of a PID namespace of its own; n6 needs CAP_SYS_ADMIN for that',
  },
  'flag-timeout-killpg': {
    kind: 'presence', content: 'anything', field: 'killsGroup', spec: '1.1.7',
    sentence: 'if it is there, the KILL of `timeout-kill` goes to the process group of `run`',
  },
  'service.yaml': {
    kind: 'yaml', content: 'YAML', spec: '–', sentence: 'everything that these files cannot say: see [service.yaml](service-yaml.md)',
  },
};

/** What s6 keeps in a service directory while it is supervised: never copied, never removed under a living service. */
export const LIVE_NAMES: readonly string[] = ['supervise', 'event'];

export type ServiceFile = Readonly<Description & (
  | { kind: 'script'; required: boolean; field?: 'hasFinish' }
  | { kind: 'presence'; field: 'startsDown' | 'pidNamespace' | 'killsGroup' }
  | ({ kind: 'value' } & ValueFile)
  | { kind: 'directory' }
  | { kind: 'logger' }
  | { kind: 'yaml' }
)>;

type Description = {
  /** What is expected in it, in a word; for the reference. */
  content: string;
  sentence: string;
  /** Statement of spec/s6-compat. */
  spec: string;
};

/** A file whose first line says one thing. `parse` answers undefined for what it cannot understand: the default applies. */
export type ValueFile = Readonly<{
  field: ValueField;
  /** Follows "expected" in a message. */
  expected: string;
  example: string;
  parse(line: string): Parsed<Definition[ValueField]>;
}>;

type ValueField = 'notificationDescriptor' | 'lockDescriptor' | 'killAfter' | 'finishWithin' | 'tallySize' | 'stopSignal' | 'reloadSignal';
/** Boxed, because `undefined` is a value: no limit. */
type Parsed<T> = Readonly<{ value: T }> | undefined;

/** Checks that what is parsed fits the field it is for. */
function value<F extends ValueField>(
  file: Description & Omit<ValueFile, 'field' | 'parse'> & { field: F; parse(line: string): Parsed<Definition[F]> },
): ServiceFile {
  return { kind: 'value', ...file };
}

/** What a process may have open by default (ulimit -n); s6 refuses what is beyond the limit. 0 to 2 are the service's own. */
const MAX_DESCRIPTOR = 1023;
/** s6 reads into 32 bits without a sign. */
const MAX_NUMBER = 2 ** 32 - 1;
const MAX_TALLY = 4096;

/** Spec 1.1.19: the whole line must be decimal digits; no sign, no blanks, not empty. */
function within(line: string, least: number, most: number): Parsed<number> {
  if (!/^[0-9]+$/.test(line)) return undefined;
  const number = Number(line);
  return number >= least && number <= most ? { value: number } : undefined;
}

function orForEver(line: string): Parsed<number | undefined> {
  return change(within(line, 0, MAX_NUMBER), (number) => (number === 0 ? undefined : number));
}

/** Spec 1.1.10: s6 reads the first 15 bytes. */
function signal(line: string): Parsed<string> {
  const name = signalName(line.slice(0, 15));
  return name === undefined ? undefined : { value: name };
}

function change<A, B>(parsed: Parsed<A>, to: (value: A) => B): Parsed<B> {
  return parsed === undefined ? undefined : { value: to(parsed.value) };
}
