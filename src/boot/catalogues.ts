/** The ways a directory of services is run: where it is, or copied and linked; and all that a container supervises together. */
import { lstatSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { Definition } from '../core/definition.ts';
import type { Problem } from '../core/messages.ts';
import { isLogger, loggedBy, loggerOf } from '../core/scan.ts';
import { copyService, removeService, type MakeFifo } from '../servicedir/copy.ts';
import { createRereader } from '../servicedir/reread.ts';
import { readServiceDirectory } from '../servicedir/read.ts';
import { NOTHING, scanServices } from '../servicedir/scan.ts';
import type { YamlPort } from '../servicedir/yaml/port.ts';
import type { Catalogue } from '../supervisor/catalogue.ts';

/** `svc supervise DIR`: what the user edits is what runs. */
export const catalogueInPlace = (directory: string, yaml?: YamlPort): Catalogue => ({
  directory,
  look: () => scanServices(directory, { yaml }),
  install: (definition) => ({ definition, problems: [] }),
  reread: createRereader(true, yaml),
  remove: () => undefined,
});

/**
 * Contract section 4: NAME is copied below `copies` and linked into the scan directory. The copy carries the fingerprint
 * of its source, so that a rescan compares what was written with what runs.
 */
export function catalogueOfCopies(directory: string, copies: string, scanDirectory: string | undefined, makeFifo: MakeFifo, yaml?: YamlPort): Catalogue {
  const installed = new Set<string>();
  return {
    directory,
    look() {
      const seen = scanServices(directory, { yaml });
      const copied = new Set(seen.definitions.map(({ name }) => name));
      // Problems of a service are told from its copy, where a script's mode has been mended.
      return { ...seen, problems: seen.problems.filter(({ service }) => !copied.has(service)) };
    },
    install({ name, fingerprint }: Definition) {
      const copy = path.join(copies, name);
      installed.add(name);
      const problems: Problem[] = [];
      try {
        copyService(path.join(directory, name), copy, makeFifo);
        // A logger is reached through the link of its service.
        if (scanDirectory !== undefined && !isLogger(name)) link(copy, path.join(scanDirectory, name));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        problems.push({ service: name, file: copy, value: code, expected: 'a directory that can be written', remedy: 'check its mode and the space left' });
      }
      const read = readServiceDirectory(copy, name, { yaml });
      return { definition: { ...read.definition, fingerprint }, problems: [...problems, ...read.problems] };
    },
    reread: createRereader(false, yaml),
    save: () => ({ installed: [...installed], owners: [], isOpen: true }),
    adopt(saved) {
      for (const name of saved.installed) installed.add(name);
    },
    remove(name) {
      installed.delete(name);
      const service = isLogger(name) ? loggedBy(name) : name;
      // A service and its logger live in one copy: who ends last takes it away.
      if (installed.has(service) || installed.has(loggerOf(service)!)) return;
      if (scanDirectory !== undefined) rmSync(path.join(scanDirectory, service), { force: true });
      removeService(path.join(copies, service));
    },
  };
}

const OWNERS = ['copied', 'known', 'in place'] as const;
type Owner = (typeof OWNERS)[number];
const isOwner = (word: string): word is Owner => (OWNERS as readonly string[]).includes(word);

/** What is in a container's scan directory: each name belongs to the source that had it first. */
export type ContainerCatalogue = Catalogue & Readonly<{
  /** From now on the directory that the user writes is looked at, too. */
  open(): void;
  /** Services that are defined elsewhere and stay as they are, such as those of s6-rc. */
  know(definitions: readonly Definition[]): void;
  /** Names of services that were installed and are none of those of `know`. */
  others(): string[];
}>;

/**
 * Services of the directory that the user writes, those of s6-rc, and what scripts have put into the live scan directory
 * themselves, which is supervised where it is (spec 3.1). `opened`: the first look sees the user's directory already.
 */
export function containerCatalogue(
  directory: string, copies: string, scanDirectory: string, makeFifo: MakeFifo, opened: boolean, yaml?: YamlPort,
): ContainerCatalogue {
  const copied = catalogueOfCopies(directory, copies, scanDirectory, makeFifo, yaml);
  const reread = { known: createRereader(false, yaml), 'in place': createRereader(true, yaml), copied: copied.reread! };
  /** Who installed a name: until it is removed it is this source's. */
  const owners = new Map<string, Owner>();
  let known: readonly Definition[] = [];
  let isOpen = opened;
  return {
    directory,
    open: () => void (isOpen = true),
    know: (definitions) => void (known = definitions),
    others: () => [...owners].filter(([, owner]) => owner !== 'known').map(([name]) => name),
    look() {
      const user = isOpen ? copied.look() : NOTHING;
      const found = user.unreadable === 'ENOENT' ? NOTHING : user;
      if (found.unreadable !== undefined) return found;
      const taken = new Set(known.map(({ name }) => name));
      const twice = found.definitions.filter(({ name }) => taken.has(name));
      const mine = found.definitions.filter(({ name }) => !taken.has(name));
      for (const { name } of mine) taken.add(name);
      const inPlace = scanServices(scanDirectory, { skip: (name) => taken.has(name) || !['in place', undefined].includes(owners.get(name)), yaml });
      return {
        definitions: [...known, ...mine, ...inPlace.definitions],
        problems: [...found.problems, ...inPlace.problems, ...twice.map((definition) => definedTwice(directory, definition))],
        unreadable: undefined,
        deferred: [...found.deferred ?? [], ...inPlace.deferred],
        disabled: [...found.disabled ?? [], ...inPlace.disabled],
      };
    },
    install(definition) {
      const { name } = definition;
      const owner = known.includes(definition) ? 'known' : definition.directory.startsWith(`${scanDirectory}/`) ? 'in place' : 'copied';
      owners.set(name, owner);
      return owner === 'copied' ? copied.install(definition) : { definition, problems: [] };
    },
    reread: (definition) => reread[owners.get(definition.name) ?? 'in place'](definition),
    save: () => ({ installed: copied.save!().installed, owners: [...owners], isOpen }),
    adopt(saved, definitions) {
      copied.adopt!(saved, definitions);
      for (const [name, owner] of saved.owners) if (isOwner(owner)) owners.set(name, owner);
      isOpen = saved.isOpen;
      known = definitions.filter(({ name }) => owners.get(name) === 'known');
    },
    remove(name) {
      if (owners.get(name) === 'copied') copied.remove(name);
      owners.delete(name);
    },
  };
}

const definedTwice = (directory: string, { name }: Definition): Problem => ({
  service: name, file: `${directory}/${name}`, value: name, expected: 'a name that no s6-rc source has', remedy: 'the one of s6-rc runs; rename this one',
});

/** An image or a user may have put something else there: a link is replaced, anything else is left alone. */
function link(target: string, place: string): void {
  try {
    if (lstatSync(place).isSymbolicLink() && readlinkSync(place) === target) return;
    unlinkSync(place);
  } catch {
    // Not there yet, the usual case.
  }
  symlinkSync(target, place);
}
