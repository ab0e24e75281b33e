/** The s6 door: every service has `supervise/` and `event/`, so that s6's own clients reach it (spec/s6-compat 2). */
import type { PublicEvent } from '../control/backend.ts';
import { eventBytes } from '../control/s6/event-bytes.ts';
import { S6_LETTERS, type Wish } from '../control/s6/letters.ts';
import { identityOf, openServiceFiles, type ServiceFiles } from '../control/s6/service-files.ts';
import { encodeStatus, statusRecord } from '../control/s6/status-record.ts';
import type { SavedDoor, SavedDoors, Saving } from '../core/persist/life.ts';
import type { S6Version } from '../core/s6-version.ts';
import type { Service } from '../core/service.ts';
import { openScanDoor, reasonOf, type ScanDoorOptions } from './s6-scan.ts';
import { createStamps, type Stamps } from './stamps.ts';
import type { Supervisor } from './supervisor.ts';

export type S6 = Readonly<{
  /** Begins to hear what has been written to the control FIFOs: apart, because it can wait until the first services run. */
  listen(): void;
  /** The end of the supervisor: subscribers are told. */
  close(): void;
  save(saving: Saving): SavedDoors;
}>;

export type S6Options = ScanDoorOptions & Readonly<{
  supervisor: Supervisor;
  version: S6Version;
  wall(): number;
  shuttingDown(): boolean;
  /** Doors that an earlier life of this process has left open, for the services that the supervisor has taken over. */
  saved?: SavedDoors | undefined;
}>;

type Door = { files: ServiceFiles; identity: string; written: Buffer; stamps: Stamps; hangUp: (() => void) | undefined; letters: string };

/** To be called before the first service is added: its files are there before its `run` is. */
export function openS6(options: S6Options): S6 {
  const { kernel, supervisor, report } = options;
  const doors = new Map<string, Door>();
  /** Which service has the door of a directory, by its identity. */
  const holders = new Map<string, string>();
  /** Services whose trouble has been told. */
  const told = new Set<string>();
  let listening = false;
  const scan = openScanDoor(options, options.saved?.scan);

  const unsubscribe = supervisor.journal.subscribe((event) => {
    const { service: name } = event;
    if (name === undefined) return;
    const service = supervisor.roster.get(name);
    if (service === undefined) {
      told.delete(name);
      return closeDoor(name);
    }
    if (event.event === 'service-added') return openDoor(service);
    if (event.event === 'service-starting') followDirectory(service);
    const bytes = eventBytes(event.event, service, options.version);
    if (bytes !== undefined || event.event === 'service-exited') announce(service, event, bytes);
  });
  supervisor.watch((name, service) => {
    if (service === undefined) return;
    writeStatus(service);
    obeyNext(name);
  });

  const known = new Map(options.saved?.services.map((door) => [door.name, door]));
  for (const service of supervisor.roster.all()) openDoor(service, known.get(service.definition.name));

  function openDoor(service: Service, saved?: SavedDoor): void {
    const { name, directory } = service.definition;
    guarded(name, () => {
      const identity = identityOf(directory);
      const other = holders.get(identity);
      if (other !== undefined) return tellOnce(name, `${directory} is also the directory of ${other}; s6's clients reach that one`);
      // One that was made anew since is another directory.
      const same = saved?.identity === identity ? saved : undefined;
      const stamps = createStamps(() => kernel.now(), options.wall, same?.stamps);
      const written = encodeStatus(statusRecord(service, stamps.of, options.version));
      const files = openServiceFiles(directory, kernel, written, same?.control);
      const door: Door = { files, identity, written, stamps, hangUp: undefined, letters: same?.letters ?? '' };
      doors.set(name, door);
      holders.set(identity, name);
      if (listening) hear(name, door);
    });
  }

  /** The next life begins in the directory that has the name now, which need not be that of the last. */
  function followDirectory(service: Service): void {
    const { name, directory } = service.definition;
    guarded(name, () => {
      if (doors.get(name)?.identity === identityOf(directory)) return;
      closeDoor(name);
      openDoor(service);
    });
  }

  /** The status comes first: clients subscribe, then read it (spec 0.3, 5). */
  function announce(service: Service, { event }: PublicEvent, bytes: string | undefined): void {
    const { name, tallySize } = service.definition;
    writeStatus(service);
    const door = doors.get(name);
    if (door === undefined) return;
    const { lastExit, diedAt } = service;
    if (event === 'service-exited' && lastExit !== undefined) guarded(name, () => door.files.death(door.stamps.of(diedAt), lastExit, tallySize));
    if (bytes !== undefined) guarded(name, () => door.files.tell(bytes));
  }

  function writeStatus(service: Service): void {
    const { name } = service.definition;
    const door = doors.get(name);
    if (door === undefined) return;
    const bytes = encodeStatus(statusRecord(service, door.stamps.of, options.version));
    if (bytes.equals(door.written)) return;
    guarded(name, () => {
      door.files.status(bytes);
      door.written = bytes;
    });
  }

  function hear(name: string, door: Door): void {
    door.hangUp = kernel.read(door.files.control, (chunk) => {
      door.letters += chunk?.toString('latin1') ?? '';
      obeyNext(name);
    });
  }

  /** The next means what the service has become by the last, which the watcher tells. In s6 it finds a process after a start: it waits for one. */
  function obeyNext(name: string): void {
    const door = doors.get(name);
    while (door !== undefined && door.letters !== '' && !isStarting(supervisor.roster.get(name))) {
      const letter = door.letters[0]!;
      door.letters = door.letters.slice(1);
      if (obey(name, letter)) return;
    }
  }

  /** True: the service has been given an event. */
  function obey(name: string, letter: string): boolean {
    // What the stop signal is, is read when it is sent (spec 1.1.20).
    supervisor.reread(name);
    const service = supervisor.roster.get(name);
    if (service === undefined || !Object.hasOwn(S6_LETTERS, letter)) return false;
    let given = false;
    for (const wish of S6_LETTERS[letter]!.wishes(service)) guarded(name, () => (given = grant(service, wish) || given));
    return given;
  }

  function grant({ definition: { name }, state }: Service, wish: Wish): boolean {
    switch (wish.type) {
      case 'event': {
        const starts = wish.event.type === 'upWanted' || wish.event.type === 'onceWanted';
        // During the ordered shutdown nothing is started any more.
        return (!starts || !options.shuttingDown()) && supervisor.give(name, wish.event);
      }
      case 'group':
        if (state.name === 'running' || state.name === 'stopping') kernel.signal(-state.pid, wish.signal);
        return false;
      case 'makeDown':
      case 'removeDown':
        doors.get(name)?.files[wish.type]();
        return false;
    }
  }

  function closeDoor(name: string): void {
    const door = doors.get(name);
    if (door === undefined) return;
    doors.delete(name);
    holders.delete(door.identity);
    if (door.hangUp === undefined) kernel.close(door.files.control);
    else door.hangUp();
    try {
      door.files.close();
    } catch {
      // Its directory has gone, the usual reason for a service to be forgotten.
    }
  }

  function guarded(name: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The directory has gone, which a rescan will see: the next life gets a door where that is.
      if (code === 'ENOENT') closeDoor(name);
      else tellOnce(name, `s6's clients cannot reach it: ${reasonOf(error)}; svc can`);
    }
  }

  function tellOnce(name: string, text: string): void {
    if (told.has(name)) return;
    told.add(name);
    report({ type: 'note', level: 'warn', service: name, text });
  }

  return {
    listen() {
      listening = true;
      for (const [name, door] of doors) {
        hear(name, door);
        if (door.letters !== '') obeyNext(name);
      }
      scan.listen();
    },
    close() {
      unsubscribe();
      for (const name of [...doors.keys()]) closeDoor(name);
    },
    save: ({ keep }) => ({
      services: [...doors].map(([name, { identity, files, letters, stamps }]) => ({
        name, identity, letters, stamps: stamps.save(), control: keep(files.control),
      })),
      scan: scan.control === undefined ? undefined : keep(scan.control),
    }),
  };
}

const isStarting = (service: Service | undefined): boolean => service?.state.name === 'spawning' && service.state.program === 'run';
