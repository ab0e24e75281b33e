/**
 * All that one life of the supervisor leaves to the next, when it replaces itself: plain data, versioned, each section by itself, so that one
 * that cannot be read takes no other with it. What the next life can read from disk again is not here.
 */
import type { Node } from '../graph.ts';
import type { Direction, Standing } from '../order-events.ts';
import type { Service } from '../state.ts';
import {
  anything, attempt, flag, list, moment, natural, number, object, oneOf, optional, pair, pid, record, tagged, text, type Codec, type Fields,
} from './codec.ts';
import { membersCodec, NOBODY, type SavedMembers } from './members.ts';
import { directionCodec, nodeCodec, serviceCodec, standingCodec } from './service.ts';

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
/** Without `stdout` where that goes into a pipe of services. */
export type SavedOutput = Readonly<{ stdout: PipeEnds | undefined; stderr: PipeEnds }>;
type PipeEnds = Readonly<{ read: number; write: number }>;
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
  members: SavedMembers;
  runs: readonly SavedRun[];
  pipes: readonly SavedPipe[];
  drains: readonly SavedDrain[];
  notices: readonly SavedNotice[];
  /** Whose lock another process had at the last try. */
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
  /** n6's end of the pipe to who looks on from outside (boot/guard.ts). */
  guard: number | undefined;
  /** Somebody has let go of a service whose directory is still there: when it is looked for again. */
  lookAt: number | undefined;
}>;

const instance = { pid: natural, startTime: text };
const event: Codec<SavedEvent> = (value, at) =>
  ({ ...record(anything)(value, at), ...object<{ seq: number; at: string; event: string }>({ seq: natural, at: text, event: text })(value, at) });
const purpose: Codec<Purpose> = tagged<'type', Purpose>('type', {
  stop: object({ service: text, pid }), reload: object({ service: text }), probe: object({ service: text }), hook: object({}), script: object({}),
});
const hook: Codec<SavedHook> = object<SavedHook>({ ...instance, hook: text, endBy: optional(number), failed: flag });
const order: Codec<SavedOrder> = object<SavedOrder>({
  standings: list(pair(text, standingCodec)),
  moves: list(object({ name: text, direction: directionCodec, begun: flag, limitAt: optional(number) })),
  selected: list(text),
  manners: list(pair(text, oneOf('ordered', 'asked for itself', 'once'))),
  nodes: list(nodeCodec),
});
const lock = object<SavedLock>({ path: text, descriptor: natural });
const ends = object<PipeEnds>({ read: natural, write: natural });

const FIELDS: Fields<SavedLife> = {
  process: object<SavedProcess>(instance),
  build: text,
  startedAt: text,
  frozenAt: number,
  lives: natural,
  layout: record(text),
  services: list(object<SavedService>({ service: serviceCodec, startTime: optional(text), deadline: optional(number), retired: flag })),
  journal: object({ seq: natural, events: list(event) }),
  members: membersCodec,
  runs: list(object<SavedRun>({ ...instance, purpose, killAt: optional(number), output: optional(natural) })),
  pipes: list(object({ key: text, read: natural, write: optional(natural) })),
  drains: list(object({ name: text, key: text, producers: list(text), ended: flag })),
  notices: list(object({ name: text, pid, descriptor: natural })),
  locked: list(text),
  formerPids: list(pair(natural, text)),
  order,
  schedules: list(object<SavedSchedule>({ name: text, schedule: text, due: optional(number), had: moment, skipped: natural })),
  doors: object({
    services: list(object<SavedDoor>({ name: text, identity: text, control: natural, letters: text, stamps: list(pair(moment, text)) })),
    scan: optional(natural),
  }),
  locks: list(lock),
  command: object<SavedCommand>({ process: optional(object<SavedProcess>(instance)), exitCode: optional(natural) }),
  overlay: optional(object<SavedOverlay>({ failureCode: optional(natural) })),
  catalogue: object({ installed: list(text), owners: list(pair(text, text)), isOpen: flag }),
  hooks: list(object<SavedQueue>({
    service: text, waiting: list(event), lost: natural, current: optional(event), running: optional(hook), left: list(text),
  })),
  sockets: list(object<SavedSocket>({ name: text, address: text, descriptor: natural })),
  listeners: list(lock),
  outputs: record(object<SavedOutput>({ stdout: optional(ends), stderr: ends })),
  logs: anything,
  guard: optional(natural),
  lookAt: optional(number),
};

/** What stands in place of a section that cannot be read. Sections that are not here are needed: without them nothing is known. */
const INSTEAD: Partial<SavedLife> = {
  build: 'unknown', startedAt: '', lives: 0, journal: { seq: 0, events: [] }, members: NOBODY, runs: [], pipes: [], drains: [], notices: [], locked: [],
  formerPids: [], order: { standings: [], moves: [], selected: [], manners: [], nodes: [] }, schedules: [], doors: { services: [], scan: undefined },
  locks: [], command: { process: undefined, exitCode: undefined }, overlay: undefined, catalogue: { installed: [], owners: [], isOpen: true }, hooks: [],
  sockets: [], listeners: [], outputs: {}, logs: undefined, guard: undefined, lookAt: undefined,
};

/** `faults`: one sentence for each section, and each service, that could not be read and is left out. */
export type LifeRead = Readonly<{ life: SavedLife; faults: readonly string[] }> | Readonly<{ life: undefined; faults: readonly string[] }>;

/** `text`: what `writePlain` has made of {@link StateFile}. Never throws. */
export function readLife(written: string): LifeRead {
  let file: unknown;
  try {
    file = JSON.parse(written);
  } catch (error) {
    return { life: undefined, faults: [`it is no JSON: ${String(error)}`] };
  }
  const whole = object<{ version: number; life: Readonly<Record<string, unknown>> }>({ version: oneOf(STATE_VERSION), life: record(anything) });
  const head = attempt(whole, file, 'state');
  if ('fault' in head) return { life: undefined, faults: [head.fault] };
  const { life: sections } = head.value;
  const faults: string[] = [];
  const life: Record<string, unknown> = {};
  for (const [name, codec] of Object.entries(FIELDS) as [keyof SavedLife, Codec<unknown>][]) {
    const read = name === 'services' ? readServices(sections[name], faults) : attempt(codec, sections[name], name);
    if ('value' in read) {
      life[name] = read.value;
      continue;
    }
    faults.push(read.fault);
    if (!Object.hasOwn(INSTEAD, name)) return { life: undefined, faults };
    life[name] = INSTEAD[name];
  }
  return { life: life as SavedLife, faults };
}

/** Each by itself: one that cannot be read is no reason to lose the others. */
function readServices(value: unknown, faults: string[]): { value: readonly SavedService[] } | { fault: string } {
  const all = attempt(list(anything), value, 'services');
  if ('fault' in all) return all;
  const one = FIELDS.services;
  return {
    value: all.value.flatMap((each, index) => {
      const read = attempt(one, [each], 'services');
      if ('value' in read) return read.value;
      faults.push(`${nameIn(each) ?? `service ${index}`}: ${read.fault}`);
      return [];
    }),
  };
}

function nameIn(value: unknown): string | undefined {
  const read = attempt(object<{ service: { definition: { name: string } } }>({ service: object({ definition: object({ name: text }) }) }), value, '');
  return 'value' in read ? read.value.service.definition.name : undefined;
}

/** What stands in the state file. */
export type StateFile = Readonly<{ version: typeof STATE_VERSION; life: SavedLife }>;
