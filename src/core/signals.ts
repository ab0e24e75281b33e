/**
 * THE list of signals a person can name, with Linux's numbers for x86-64 and arm64 (signal(7)). Real-time signals
 * are written as s6 and kill(1) do: `RTMIN+3`.
 */
const NAMES = [
  'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT',
  'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS',
] as const;
const ALIASES: Readonly<Record<string, string>> = { IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO' };
/** glibc keeps 32 and 33 for itself, so that programs count from 34. */
const RTMIN = 34;
const RTMAX = 64;

/** `usr1`, `SIGUSR1`, `10`, `RTMIN+3` to `SIGUSR1` …; undefined for what is no signal. Any case, as s6 (spec 1.1.10). */
export function signalName(text: string): string | undefined {
  const word = text.trim().toUpperCase().replace(/^SIG/, '');
  const number = /^\d{1,2}$/.test(word) ? Number(word) : numberOf(word);
  return number === undefined ? undefined : nameOfSignal(number);
}

/** The number of a signal name, with or without SIG; undefined for what is none. */
export const signalNumber = (name: string): number | undefined => numberOf(name.replace(/^SIG/, ''));

function numberOf(word: string): number | undefined {
  const index = (NAMES as readonly string[]).indexOf(ALIASES[word] ?? word);
  if (index >= 0) return index + 1;
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(word);
  if (realtime === null) return undefined;
  const [, base, sign, offset = '0'] = realtime;
  const number = (base === 'MIN' ? RTMIN : RTMAX) + (sign === '-' ? -1 : 1) * Number(offset);
  return number >= RTMIN && number <= RTMAX ? number : undefined;
}

/** `SIGTERM` for 15, `SIGRTMIN+3` for 37; undefined for what is no signal. */
export function nameOfSignal(number: number): string | undefined {
  if (number >= RTMIN && number <= RTMAX) return number === RTMIN ? 'SIGRTMIN' : `SIGRTMIN+${number - RTMIN}`;
  const name = NAMES[number - 1];
  return name === undefined ? undefined : `SIG${name}`;
}

export const SIGNAL_NAMES: readonly string[] = NAMES.map((name) => `SIG${name}`);
