/** The s6 door: every service has `supervise/` and `event/`, so that s6's own clients reach it (spec/s6-compat 2). */
import type { PublicEvent } from '../control/backend.ts';
import { eventBytes } from '../control/s6/event-bytes.ts';
import { S6_LETTERS, SCAN_LETTERS, type Wish } from '../control/s6/letters.ts';
import { openScanFiles } from '../control/s6/scan-files.ts';
import { identityOf, openServiceFiles, Supervised, type ServiceFiles } from '../control/s6/service-files.ts';
import { encodeStatus, statusRecord } from '../control/s6/status-record.ts';
import { tai64n } from '../control/s6/tai64n.ts';
import { errnoText, type Report } from '../core/messages.ts';
import type { S6Version } from '../core/s6-version.ts';
import type { Service } from '../core/service.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { RescanWish } from './scanning.ts';
import type { Supervisor } from './supervisor.ts';

export type S6 = Readonly<{
  /** Begins to hear what has been written to the control FIFOs: apart, because it can wait until the first services run. */
  listen(): void;
  /** The end of the supervisor: subscribers are told. */
  close(): void;
}>;

export type S6Options = Readonly<{
  kernel: LinuxKernel;
  supervisor: Supervisor;
  version: S6Version;
  wall(): number;
  /** Where `.s6-svscan/` belongs; undefined: nowhere. */
  scanDirectory: string | undefined;
  rescan(wish: RescanWish): void;
  /** To end at once, without stopping anything. */
  leave(): void;
  shutdown(reason: string): void;
  shuttingDown(): boolean;
  report(report: Report): void;
}>;

type Door = { files: ServiceFiles; identity: string; written: Buffer; stampOf: (at: number) => Buffer; hangUp: (() => void) | undefined; letters: string };

/** To be called before the first service is added: its files are there before its `run` is. */
export function openS6(options: S6Options): S6 {
  const { kernel, supervisor, report } = options;
  const doors = new Map<string, Door>();
  /** Which service has the door of a directory, by its identity. */
  const holders = new Map<string, string>();
  /** Services whose trouble has been told. */
  const told = new Set<string>();
  let listening = false;
  const scanControl = options.scanDirectory === undefined ? undefined : openScan(options.scanDirectory);

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

  function openDoor(service: Service): void {
    const { name, directory } = service.definition;
    guarded(name, () => {
      const identity = identityOf(directory);
      const other = holders.get(identity);
      if (other !== undefined) return tellOnce(name, `${directory} is also the directory of ${other}; s6's clients reach that one`);
      const stampOf = stamps();
      const written = encodeStatus(statusRecord(service, stampOf, options.version));
      const door: Door = { files: openServiceFiles(directory, kernel, written), identity, written, stampOf, hangUp: undefined, letters: '' };
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
    if (event === 'service-exited' && lastExit !== undefined) guarded(name, () => door.files.death(door.stampOf(diedAt), lastExit, tallySize));
    if (bytes !== undefined) guarded(name, () => door.files.tell(bytes));
  }

  function writeStatus(service: Service): void {
    const { name } = service.definition;
    const door = doors.get(name);
    if (door === undefined) return;
    const bytes = encodeStatus(statusRecord(service, door.stampOf, options.version));
    if (bytes.equals(door.written)) return;
    guarded(name, () => {
      door.files.status(bytes);
      door.written = bytes;
    });
  }

  /** A moment keeps the stamp it was given first, whatever happens to the wall clock afterwards. */
  function stamps(): (at: number) => Buffer {
    const began = kernel.now();
    const known = new Map<number, Buffer>();
    return (at) => {
      let stamp = known.get(at);
      if (stamp === undefined) {
        stamp = tai64n(options.wall() - (kernel.now() - (at === -Infinity ? began : at)));
        known.set(at, stamp);
        // A record holds two, and a third is on its way: the oldest of four is no longer asked for.
        if (known.size > 4) known.delete(known.keys().next().value!);
      }
      return stamp;
    };
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

  function openScan(scanDirectory: string): number | undefined {
    try {
      return openScanFiles(scanDirectory, kernel);
    } catch (error) {
      report({ type: 'note', level: 'warn', text: `s6-svscanctl cannot be used here: ${reasonOf(error)}` });
      return undefined;
    }
  }

  function obeyScan(letter: string): void {
    const wish = Object.hasOwn(SCAN_LETTERS, letter) ? SCAN_LETTERS[letter]!.wish : undefined;
    if (wish === 'add' || wish === 'prune') options.rescan(wish);
    else if (wish === 'rescan') options.rescan('all');
    else if (wish === 'leave') options.leave();
    else if (wish === 'shutdown') options.shutdown(`s6-svscanctl -${letter}`);
    else if (wish === undefined) report({ type: 'note', level: 'warn', text: `s6-svscanctl: ${JSON.stringify(letter)} is not supported; ignored` });
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
      for (const [name, door] of doors) hear(name, door);
      if (scanControl === undefined) return;
      kernel.read(scanControl, (chunk) => {
        for (const letter of chunk?.toString('latin1') ?? '') obeyScan(letter);
      });
    },
    close() {
      unsubscribe();
      for (const name of [...doors.keys()]) closeDoor(name);
    },
  };
}

const isStarting = (service: Service | undefined): boolean => service?.state.name === 'spawning' && service.state.program === 'run';

function reasonOf(error: unknown): string {
  if (error instanceof Supervised) return `another supervisor holds the lock ${error.message}`;
  const { code, path } = error as NodeJS.ErrnoException;
  return code === undefined ? String(error) : `${errnoText(code)}${path === undefined ? '' : `: ${path}`}`;
}
