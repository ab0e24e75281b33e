/** How a process ended, as waitid(2) tells it: `code` 0 to 255, or the name and number of the signal that ended it. */
export type Exit =
  | Readonly<{ code: number }>
  | Readonly<{ signal: string; number: number; dumped: boolean }>;

/** Exit code by which a finish script says: do not start me again (s6-supervise(8), spec 1.2.7). */
export const PERMANENT_FAILURE = 125;

/** What s6 hands to `finish` in place of an exit code when a signal ended the process (spec 1.2.6). */
export const CODE_OF_A_SIGNAL_DEATH = 256;

export const isPermanentFailure = (exit: Exit): boolean => 'code' in exit && exit.code === PERMANENT_FAILURE;

/** The one number a shell would give: the code, or 128 + signal number (sh(1), "Exit Status"). */
export const shellCode = (exit: Exit): number => ('code' in exit ? exit.code : 128 + exit.number);

/** The arguments of `finish` (spec 1.2.6): code or 256, signal number or 0, service name, process group of the dead run. */
export const finishArguments = (exit: Exit, name: string, processGroup: number): string[] =>
  'code' in exit
    ? [String(exit.code), '0', name, String(processGroup)]
    : [String(CODE_OF_A_SIGNAL_DEATH), String(exit.number), name, String(processGroup)];

/** As `success-codes` are kept: the code, or the signal's name with its SIG. */
export const exitName = (exit: Exit): number | string => ('code' in exit ? exit.code : exit.signal);
