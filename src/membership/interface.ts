/** What membership is to whoever uses it: templates, HAProxy, the control API, the end. */
import type { Member } from '../core/members.ts';

/** Who is in the cluster, as far as it is known. */
export type MemberList = Readonly<{
  /** Who says so: a provider (`serf`, `static`, `dns`), `handlers` where only `svc event` was called, `none`. */
  source: string;
  /** false: its source cannot be asked at present, and `members` is what it said last; or it has never been asked. */
  fresh: boolean;
  /** When `fresh` became what it is, ISO 8601; undefined: it has not yet. */
  since: string | undefined;
  /** Sorted by name. */
  members: readonly Member[];
}>;

/** What one member said to a query. */
export type Answer = Readonly<{ from: string; payload: string }>;

/**
 * Says what to answer, or undefined: nothing is answered. `payload` comes over the network. One that throws or rejects is
 * reported, and nothing is answered.
 */
export type QueryHandler = (payload: string) => Promise<string | undefined> | string | undefined;

export type Membership = Readonly<{
  list(): MemberList;
  /** Calls back after each change of the members, and when `fresh` changes. Gives the way to stop. */
  changed(listener: () => void): () => void;
  /** Tags of this machine's own member; undefined takes one away. Rejects where the provider has none, or cannot be reached. */
  setTags(tags: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** What members have answered within `timeout` milliseconds. `enough` ends it early. Rejects as {@link setTags} does. */
  query(name: string, payload: string, timeout: number, enough?: (answers: readonly Answer[]) => boolean): Promise<readonly Answer[]>;
  /** From now on, queries of that name are answered. Gives the way to stop. It may be called before a provider is there. */
  answer(query: string, handler: QueryHandler): () => void;
}>;
