import type { Definition } from '../core/definition.ts';
import type { Problem } from '../core/messages.ts';
import type { SavedCatalogue } from '../core/persist/life.ts';

/** What a look has seen. */
export type Look = Readonly<{
  definitions: Definition[];
  problems: Problem[];
  unreadable: string | undefined;
  /** Names of services about which nothing is known until the reader of `service.yaml` has been loaded. */
  deferred?: readonly string[];
  /** Left out by their `enabled-if`. */
  disabled?: readonly { name: string; why: string }[];
}>;

/** Where definitions come from: the directory that the user writes, and the place where its services live. */
export interface Catalogue {
  /** The directory that the user writes. */
  readonly directory: string;
  /** A new look at it. `unreadable`: the errno's name; nothing is known then, so nothing may be concluded. */
  look(): Look;
  /** Puts a new or changed directory where it will run (contract section 4) and gives the definition that runs there. */
  install(definition: Definition): { definition: Definition; problems: Problem[] };
  /** What the directory of a running definition says now; undefined where it cannot be read. Absent: it is never asked again. */
  reread?(definition: Definition): { definition: Definition; problems: Problem[] } | undefined;
  /** Its service is at rest and forgotten: takes away what `install` made. */
  remove(name: string): void;
  /** Absent: there is nothing that a look would not find again. */
  save?(): SavedCatalogue;
  /** What an earlier life of this process had installed, and the definitions of all services that it has left. */
  adopt?(saved: SavedCatalogue, definitions: readonly Definition[]): void;
}
