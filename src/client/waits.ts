/** How long a client waits, in milliseconds; in a file of its own because help needs the numbers and not the client. */

/** An action, for what it asked for to come true, unless it is told otherwise. */
export const WAIT = 30_000;

/** A stream, for a supervisor that has gone to come back. */
export const PATIENCE = 5000;
