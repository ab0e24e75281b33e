/**
 * All that one life of the supervisor leaves to the next, when it replaces itself: plain data, versioned, each section by itself, so that one
 * that cannot be read takes no other with it. What the next life can read from disk again is not here.
 */
import type { Node } from '../graph.ts';
import type { Direction, Standing } from '../order-events.ts';
import type { Service } from '../state.ts';

/** Raised when a field changes its meaning. A field that is new has a default instead, so that builds before and after can take over from each other. */
export const STATE_VERSION = 1;

/** A process and the moment it was started, as /proc/PID/stat counts it (proc(5), field 22): the number alone may be another's by now. */
export type SavedProcess = Readonly<{ pid: number; startTime: string }>;

export type SavedService = Readonly<{
  service: Service;
  /** Of its process; undefined: it has none, or it could not be looked at. */
  startTime: string | undefined;
  deadline: number | undefined;
  /** Its directory has gone: it is forgotten when it is at rest. */
  retired: boolean;
}>;

/** What a program that is no service was started for. */
export type Purpose =
  /** `stop.command` of a service, for this process of it. */
  | Readonly<{ type: 'stop'; service: string; pid: number }>
  | Readonly<{ type: 'reload'; service: string }>
  | Readonly<{ type: 'probe'; service: string }>
  /** Of an event: hooks/run.ts knows which. */
  | Readonly<{ type: 'hook' }>
  | Readonly<{ type: 'script' }>;

export type SavedRun = SavedProcess & Readonly<{
  purpose: Purpose;
  /** When it gets SIGKILL; undefined: it has no limit. */
  killAt: number | undefined;
  /** The end of a pipe into which it writes. */
  output: number | undefined;
}>;

export type SavedPipe = Readonly<{ key: string; read: number; write: number | undefined }>;
export type SavedDrain = Readonly<{ name: string; key: string; producers: readonly string[]; ended: boolean }>;
/** The pipe by which a service will say that it is ready. */
export type SavedNotice = Readonly<{ name: string; pid: number; descriptor: number }>;
export type SavedMove = Readonly<{ name: string; direction: Direction; begun: boolean; limitAt: number | undefined }>;
export type SavedOrder = Readonly<{
  standings: readonly (readonly [string, Standing])[];
  moves: readonly SavedMove[];
  /** Longruns of sources that a change has brought up. */
  selected: readonly string[];
  /** How the next move of a name is to be made. */
  manners: readonly (readonly [string, Manner])[];
  nodes: readonly Node[];
}>;
export type Manner = 'ordered' | 'asked for itself' | 'once';
/** What makes plain data of the world: the moment at which a process began, and a number by which a descriptor goes on in the next life. */
export type Saving = Readonly<{ startTime(pid: number): string | undefined; keep(descriptor: number): number }>;
export type SavedSchedule = Readonly<{
  name: string;
  /** The schedule it belongs to, as JSON. */
  schedule: string;
  due: number | undefined;
  had: number;
  skipped: number;
}>;
/** `identity`: of its directory. `letters`: what has been read and waits. `stamps`: monotonic moment, TAI64N as hexadecimal digits. */
export type SavedDoor = Readonly<{
  name: string; identity: string; control: number; letters: string; stamps: readonly (readonly [number, string])[];
}>;
export type SavedDoors = Readonly<{ services: readonly SavedDoor[]; scan: number | undefined }>;
export type SavedLock = Readonly<{ path: string; descriptor: number }>;
/** As everybody sees it. */
export type SavedEvent = Readonly<{ seq: number; at: string; event: string }> & Readonly<Record<string, unknown>>;
export type SavedJournal = Readonly<{ seq: number; events: readonly SavedEvent[] }>;
export type SavedCommand = Readonly<{ process: SavedProcess | undefined; exitCode: number | undefined }>;
export type SavedCatalogue = Readonly<{ installed: readonly string[]; owners: readonly (readonly [string, string])[]; isOpen: boolean }>;
export type SavedOverlay = Readonly<{ failureCode: number | undefined }>;
/** A hook that was running; `endBy`: when its time is over; `failed`: that has been told already. */
export type SavedHook = SavedProcess & Readonly<{ hook: string; endBy: number | undefined; failed: boolean }>;
/** `service` empty: events about none. `left`: hooks of `current` that have not been run. */
export type SavedQueue = Readonly<{
  service: string; waiting: readonly SavedEvent[]; lost: number; current: SavedEvent | undefined; running: SavedHook | undefined; left: readonly string[];
}>;
/** A socket of sd_notify(3). */
export type SavedSocket = Readonly<{ name: string; address: string; descriptor: number }>;

export type SavedHistogram = Readonly<{ count: number; sum: number; buckets: readonly number[] }>;
/** What metrics count; `begun`: service, and the monotonic moment of a start that is not over. */
export type SavedTally = Readonly<{
  services: readonly Readonly<{ name: string; exits: readonly (readonly [string, number])[]; reloads: Readonly<{ ok: number; failed: number }> }>[];
  begun: readonly (readonly [string, number])[];
  up: SavedHistogram;
  ready: SavedHistogram;
  hookFailures: readonly (readonly [string, number])[];
  orphans: number;
}>;

/** Changes of files that nobody has acted on: of `others` more than this one. `at`: milliseconds since 1970 until which changes have been seen. */
export type SavedWatches = Readonly<{ at: number; pending: readonly Readonly<{ name: string; file: string; others: number }>[] }>;

/** Without `stdout` where that goes into a pipe of services. */
export type SavedOutput = Readonly<{ stdout: PipeEnds | undefined; stderr: PipeEnds }>;
export type PipeEnds = Readonly<{ read: number; write: number }>;

export type SavedLife = Readonly<{
  /** Of n6 itself: it is the same process only if both are. */
  process: SavedProcess;
  build: string;
  /** ISO 8601: when supervision began, and the monotonic moment from which on nothing was started any more. */
  startedAt: string;
  frozenAt: number;
  /** How many lives there were before. */
  lives: number;
  layout: Readonly<Record<string, string>>;
  services: readonly SavedService[];
  journal: SavedJournal;
  runs: readonly SavedRun[];
  pipes: readonly SavedPipe[];
  drains: readonly SavedDrain[];
  notices: readonly SavedNotice[];
  /** Services whose lock another process had at the last try. */
  locked: readonly string[];
  /** Main processes of services that have named another one: pid, name. */
  formerPids: readonly (readonly [number, string])[];
  order: SavedOrder;
  schedules: readonly SavedSchedule[];
  doors: SavedDoors;
  locks: readonly SavedLock[];
  command: SavedCommand;
  overlay: SavedOverlay | undefined;
  catalogue: SavedCatalogue;
  hooks: readonly SavedQueue[];
  sockets: readonly SavedSocket[];
  /** Listening sockets of the control API, by where they listen. */
  listeners: readonly SavedLock[];
  /** By service: the pipes through which n6 reads what it writes. */
  outputs: Readonly<Record<string, SavedOutput>>;
  /** Of what reads them, as it has written it. */
  logs: unknown;
  tally: SavedTally;
  /** What sources of membership have told, as it has been written by who keeps it. */
  members: unknown;
  watches: SavedWatches;
  /** n6's end of the pipe to who looks on from outside (boot/guard.ts). */
  guard: number | undefined;
  /** Somebody has let go of a service whose directory is still there: when it is looked for again. */
  lookAt: number | undefined;
}>;

/** What stands in the state file. */
export type StateFile = Readonly<{ version: typeof STATE_VERSION; life: SavedLife }>;
