/** A life back from what `writePlain` has made of it, section by section. */
import {
  anything, attempt, flag, list, moment, natural, number, object, oneOf, optional, pair, pid, record, tagged, text, type Codec, type Fields,
} from './codec.ts';
import {
  STATE_VERSION, type PipeEnds, type Purpose, type SavedCommand, type SavedDoor, type SavedEvent, type SavedHook, type SavedLife, type SavedLock,
  type SavedOrder, type SavedOutput, type SavedOverlay, type SavedProcess, type SavedQueue, type SavedRun, type SavedHistogram, type SavedSchedule,
  type SavedService, type SavedSocket, type SavedTally, type SavedWatches,
} from './life.ts';
import { directionCodec, nodeCodec, serviceCodec, standingCodec } from './service.ts';

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

const histogram = object<SavedHistogram>({ count: natural, sum: number, buckets: list(natural) });
const counts = list(pair(text, natural));
const tally = object<SavedTally>({
  services: list(object({ name: text, exits: counts, reloads: object({ ok: natural, failed: natural }) })),
  begun: list(pair(text, moment)), up: histogram, ready: histogram, hookFailures: counts, orphans: natural,
});
const NOTHING_COUNTED: SavedTally = {
  services: [], begun: [], up: { count: 0, sum: 0, buckets: [] }, ready: { count: 0, sum: 0, buckets: [] }, hookFailures: [], orphans: 0,
};

const watches = object<SavedWatches>({ at: number, pending: list(object({ name: text, file: text, others: natural })) });
const UNWATCHED: SavedWatches = { at: Infinity, pending: [] };

const FIELDS: Fields<SavedLife> = {
  process: object<SavedProcess>(instance),
  build: text,
  startedAt: text,
  frozenAt: number,
  lives: natural,
  layout: record(text),
  services: list(object<SavedService>({ service: serviceCodec, startTime: optional(text), deadline: optional(number), retired: flag })),
  journal: object({ seq: natural, events: list(event) }),
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
  // An older build does not write it.
  tally: (value, at) => (value === undefined ? NOTHING_COUNTED : tally(value, at)),
  members: anything,
  watches: (value, at) => (value === undefined ? UNWATCHED : watches(value, at)),
  guard: optional(natural),
  lookAt: optional(number),
};

/** What stands in place of a section that cannot be read. Sections that are not here are needed: without them nothing is known. */
const INSTEAD: Partial<SavedLife> = {
  build: 'unknown', startedAt: '', lives: 0, journal: { seq: 0, events: [] }, runs: [], pipes: [], drains: [], notices: [], locked: [], formerPids: [],
  order: { standings: [], moves: [], selected: [], manners: [], nodes: [] }, schedules: [], doors: { services: [], scan: undefined }, locks: [],
  command: { process: undefined, exitCode: undefined }, overlay: undefined, catalogue: { installed: [], owners: [], isOpen: true }, hooks: [], sockets: [],
  listeners: [], outputs: {}, logs: undefined, tally: NOTHING_COUNTED, watches: UNWATCHED, members: undefined, guard: undefined, lookAt: undefined,
};

/** Of a life that has left nothing which could be read. */
export const lostLife = (known: Pick<SavedLife, 'process' | 'startedAt' | 'frozenAt'> & Partial<SavedLife>): SavedLife =>
  ({ layout: {}, services: [], ...INSTEAD, lives: 1, ...known } as SavedLife);

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
