/** Lines of services as clients of the control API see them. Pure. */

/** One line that n6 has read of a service. */
export type LogLine = Readonly<{
  /** Counts the lines of all services, from 1 on, in the order in which n6 has read them. */
  seq: number;
  /** When it was read, ISO 8601. */
  at: string;
  service: string;
  stream: 'stdout' | 'stderr';
  /** Without its newline. Bytes that are no UTF-8 are U+FFFD here. */
  text: string;
  /** All bytes of the line in base64, where they are no UTF-8. */
  bytes?: string;
  /** It was too long to be kept: this is its beginning. */
  cut?: true;
}>;

export type LogWish = Readonly<{
  /** Whether lines of the service with this name are wanted. */
  wants(service: string): boolean;
  /** The newest ones, at most so many. */
  most: number;
  /** Only those with a seq above this one; undefined: all. A number that is beyond the newest is of an earlier life, and means all. */
  after?: number | undefined;
  /** Only those that were read in the last so many milliseconds; undefined: all. */
  since?: number | undefined;
}>;

export type LogLines = Readonly<{
  /** Oldest first. */
  lines: readonly LogLine[];
  /** Lines after `after` that are not kept any more, or more than were asked for; 0 without an `after`. */
  lost: number;
}>;

export interface LogsBackend {
  /** When the counting of lines began, ISO 8601: it goes on over re-executions of the supervisor. */
  began: string;
  /** The seq of the newest line that was read; 0: there was none. */
  newest(): number;
  /** n6 reads what this service writes. */
  captures(service: string): boolean;
  lines(wish: LogWish): LogLines;
  /**
   * Calls back for all lines from now on, `count` at a time, which are made only when they are asked for, within the call. Gives the
   * way to stop.
   */
  subscribe(listener: (service: string, count: number, lines: () => readonly LogLine[]) => void): () => void;
}
