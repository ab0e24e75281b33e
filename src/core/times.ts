/** Both clocks at one moment: every monotonic stamp of a service becomes wall time through it. */
export type Moment = Readonly<{ monotonic: number; wall: number }>;

export const isoTime = (monotonic: number, now: Moment): string => new Date(now.wall - (now.monotonic - monotonic)).toISOString();
