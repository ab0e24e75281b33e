/**
 * THE list of s6 versions whose files and events differ for a client (spec/s6-compat 1.3.3, 1.3.6, 2.3.3): the oldest of each
 * kind names it. Debian 12 has 2.11.
 */
export const S6_VERSIONS = ['2.11', '2.13', '2.15'] as const;
export type S6Version = (typeof S6_VERSIONS)[number];

/** `supervise/status` says of a service that was never started that it was not: s6-svstat prints "not started yet" (2.13.2). */
export const marksNeverStarted = (version: S6Version): boolean => version !== '2.11';

/** Where there is no `finish`, death and end of a life are one event, `dD` in one write. */
export const joinsDeathAndEnd = (version: S6Version): boolean => version === '2.15';
