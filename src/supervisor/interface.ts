/** What the supervisor is to others, and what it needs from them. */
import type { Announcement } from '../core/announcements.ts';
import type { Definition } from '../core/definition.ts';
import type { Event } from '../core/events.ts';
import type { Exit } from '../core/exit.ts';
import type { Found } from '../core/found.ts';
import type { SavedNotice, SavedPipe } from '../core/persist/life.ts';
import type { Problem, Report } from '../core/messages.ts';
import type { RestartRule } from '../core/restart.ts';
import type { Service } from '../core/service.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Inheritance } from './inheritance.ts';
import type { Journal } from './journal.ts';
import type { Members } from './members.ts';
import type { Output } from './pipes.ts';
import type { Reloads } from './reloads.ts';
import type { Roster } from './roster.ts';
import type { Runs } from './runs.ts';
import type { Tally } from './tally.ts';

export type Supervisor = Readonly<{
  roster: Roster;
  journal: Journal;
  tally: Tally;
  members: Members;
  /** Gives an event to a service; false: no such service. The wave it causes is finished when this returns. */
  give(name: string, event: Unstamped<Event>): boolean;
  /** A new service, given its first wish unless it starts down. */
  add(definition: Definition): void;
  /** The directory has changed. */
  redefine(definition: Definition): void;
  /** The directory has gone: stop the service, and forget it when it is at rest. */
  retire(name: string): void;
  /** The directory of a service that was retired is there again, as it was; nothing happens to one that was not. */
  restore(definition: Definition): void;
  /** Asks it to stop: by its stop signal, or, where it reads from a pipe, by the end of its input once all who write have stopped. */
  stop(name: string): void;
  /** A child of n6 has ended, or an orphan that it had adopted; nothing happens when it is nobody's. */
  exited(pid: number, exit: Exit): void;
  /** To be told when a service has said that its reload has ended. */
  reloads: Pick<Reloads, 'ready'>;
  announce(announcement: Announcement): void;
  /** What says how its process is signalled is read again from its directory. */
  reread(name: string): void;
  /** Calls back after every change of a service: `after` is undefined when it was forgotten. Gives the way to stop. */
  watch(listener: (name: string, after: Service | undefined) => void): () => void;
  now(): number;
} & Inheritance>;

export type SupervisorOptions = Readonly<{
  kernel: Kernel;
  rule: RestartRule;
  /** What `run` and `finish` get, as bytes; asked at every start. */
  environment(): readonly Buffer[];
  /** Makes the starts of services that have a `service.yaml`; default: one without an installation of n6. */
  launcher?: Launcher;
  /** What service.yaml ties a service to n6 by (probes/ties.ts); absent: nothing. */
  ties?: Readonly<{ variables(definition: Definition): Readonly<Record<string, string>>; output(definition: Definition): Output }> | undefined;
  wall(): number;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  /** Absent: one of its own, which nobody else uses. */
  runs?: Runs;
  /** The container is to end with this code: called again when there is another reason, and also when it is ending already. */
  endContainer?(service: string, code: number, reason: string): void;
  /** What runs already of a service that is new to the supervisor; undefined: nothing is known of it. Absent: of none. */
  find?: ((definition: Definition) => FoundService | undefined) | undefined;
  /** A retired service is forgotten. */
  forgotten(name: string): void;
  /** Gives a service its first wish, now or when what it needs is there. Absent: it is started at once. */
  want?(name: string): void;
  /** Somebody asked n6 to let go of a service, and it has: its directory is as it was. Absent: nobody wants to know. */
  left?(name: string): void;
  /** What the directory of a service says now, asked when use is made of it. Absent or undefined: what is known holds. */
  reread?(definition: Definition): { definition: Definition; problems: readonly Problem[] } | undefined;
}>;

/** With n6's ends of its pipes. */
export type FoundService = Found & Readonly<{ pipes: readonly SavedPipe[]; notices: readonly SavedNotice[] }>;

/** Events are stamped when they enter the queue: the core never asks the time. */
export type Unstamped<E> = E extends { at: number } ? Omit<E, 'at'> : never;
