/** What is said of a life that goes on in another, as messages.ts does. */

export const adoptedText = (what: string, pid: number): string =>
  `${what} (pid ${pid}) was running when the supervisor replaced itself; it goes on, and its end is waited for`;

/** Its result is lost; what is to be known is asked again. */
export const interruptedText = (what: string, pid: number): string =>
  `${what} (pid ${pid}) was interrupted: the supervisor replaced itself meanwhile; it is begun again`;

export const endedUnseen = (pid: number): string =>
  `process ${pid} has ended while the supervisor replaced itself, and nobody can tell how; taken for a failure`;
