/** What signals mean to the supervisor (contract section 5). */

/** THE list: a signal and its meaning. What is not in it keeps what Node makes of it. */
export const MEANINGS = {
  SIGTERM: 'shutdown',
  SIGINT: 'shutdown',
  SIGQUIT: 'shutdown',
  SIGUSR1: 'shutdown',
  SIGUSR2: 'shutdown',
  SIGPWR: 'shutdown',
  'SIGRTMIN+3': 'shutdown',
  SIGHUP: 'rescan',
  SIGALRM: 'rescan',
  SIGWINCH: 'nothing',
} as const satisfies Record<string, 'shutdown' | 'rescan' | 'nothing'>;

type Meaning = (typeof MEANINGS)[keyof typeof MEANINGS];

export const meansShutdown = (signal: string): boolean => (MEANINGS as Record<string, Meaning>)[signal] === 'shutdown';

export const meansRescan = (signal: string): boolean => (MEANINGS as Record<string, Meaning>)[signal] === 'rescan';

/** Only these, sent a second time, hurry: an image's STOPSIGNAL may be any of the others, sent by more than one party. */
const HURRYING: readonly string[] = ['SIGTERM', 'SIGINT'];

/** What CMD gets instead of n6, as long as it runs, with S6_CMD_RECEIVE_SIGNALS (spec 4.5). */
export const FOR_COMMAND: readonly string[] = ['SIGTERM', 'SIGQUIT', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGPWR', 'SIGWINCH'];

export type SignalActions = Readonly<{
  /** Somebody else's: true when it has been dealt with. */
  take(signal: string): boolean;
  shutdown(signal: string): void;
  hurry(signal: string): void;
  rescan(): void;
}>;

/** What to do with each signal of the list. */
export const signalHandler = (actions: SignalActions, shuttingDown: () => boolean) => (signal: string): void => {
  if (actions.take(signal)) return;
  const meaning = (MEANINGS as Record<string, Meaning>)[signal];
  if (meaning === 'rescan') actions.rescan();
  if (meaning !== 'shutdown') return;
  if (!shuttingDown()) actions.shutdown(signal);
  else if (HURRYING.includes(signal)) actions.hurry(signal);
};
