/** What is said of a life that goes on in another, as messages.ts does. */

export const adoptedText = (what: string, pid: number): string =>
  `${what} (pid ${pid}) was running when the supervisor replaced itself; it goes on, and its end is waited for`;

/** A program that is begun for one event and never again. */
export const hookAdoptedText = (hook: string, event: string, pid: number): string =>
  `hook ${hook} of ${event} (pid ${pid}) was interrupted: the supervisor replaced itself meanwhile; it goes on, and its end is waited for`;

/** Its result is lost; what is to be known is asked again. */
export const interruptedText = (what: string, pid: number): string =>
  `${what} (pid ${pid}) was interrupted: the supervisor replaced itself meanwhile; it is begun again`;

export const endedUnseen = (pid: number): string =>
  `process ${pid} has ended while the supervisor replaced itself, and nobody can tell how; taken for a failure`;

export const unreadableState = (file: string, faults: readonly string[]): string =>
  `the state that the supervisor has left to itself cannot be read${faults.length === 1 ? '' : ' as a whole'}: ${faults.join('; ')} (${file}); `
  + 'please report this';

/** `kept`: where the file is now, for the report. */
export const lostState = (kept: string): string =>
  `going on with what runs: each service whose supervise/status names a child of this process is taken over as it is, none is started twice; `
  + `its counters, deadlines and schedules begin anew (the file is kept as ${kept})`;

export const foundText = (pid: number): string => `runs as pid ${pid}, and is taken over as it was found`;

export const foreignState = (file: string): string =>
  `${file} was left by another process, which is not this one; it is not used`;

/** `build`: the version that runs now. */
export const tookOver = (build: string, before: string, services: number, milliseconds: number): string =>
  `n6 ${build} goes on in place of ${before === build ? 'itself' : `n6 ${before}`}: ${services} ${services === 1 ? 'service' : 'services'}, `
  + `nobody looked after them for ${Math.round(milliseconds)} ms`;

/** `remedy`: what to do about it. */
export const notReplaced = (why: string): string => `the supervisor has not replaced itself: ${why}; everything goes on as before`;
