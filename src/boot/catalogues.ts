/** The two ways a directory of services is run: copied and linked (containers), or where it is. */
import { lstatSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { Definition } from '../core/definition.ts';
import type { Problem } from '../core/messages.ts';
import { isLogger, loggedBy, loggerOf } from '../core/scan.ts';
import { copyService, removeService } from '../servicedir/copy.ts';
import { createRereader } from '../servicedir/reread.ts';
import { readServiceDirectory } from '../servicedir/read.ts';
import { scanServices } from '../servicedir/scan.ts';
import type { Catalogue } from '../supervisor/catalogue.ts';

/** `svc supervise DIR`: what the user edits is what runs. */
export const catalogueInPlace = (directory: string): Catalogue => ({
  directory,
  look: () => scanServices(directory),
  install: (definition) => ({ definition, problems: [] }),
  reread: createRereader(true),
  remove: () => undefined,
});

/**
 * Contract section 4: NAME is copied below `copies` and linked into the scan directory. The copy carries the fingerprint
 * of its source, so that a rescan compares what was written with what runs.
 */
export function catalogueOfCopies(directory: string, copies: string, scanDirectory: string | undefined): Catalogue {
  const installed = new Set<string>();
  return {
    directory,
    look() {
      const { definitions, problems, unreadable } = scanServices(directory);
      const copied = new Set(definitions.map(({ name }) => name));
      // Problems of a service are told from its copy, where a script's mode has been mended.
      return { definitions, problems: problems.filter(({ service }) => !copied.has(service)), unreadable };
    },
    install({ name, fingerprint }: Definition) {
      const copy = path.join(copies, name);
      installed.add(name);
      const problems: Problem[] = [];
      try {
        copyService(path.join(directory, name), copy);
        // A logger is reached through the link of its service.
        if (scanDirectory !== undefined && !isLogger(name)) link(copy, path.join(scanDirectory, name));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        problems.push({ service: name, file: copy, value: code, expected: 'a directory that can be written', remedy: 'check its mode and the space left' });
      }
      const read = readServiceDirectory(copy, name);
      return { definition: { ...read.definition, fingerprint }, problems: [...problems, ...read.problems] };
    },
    reread: createRereader(false),
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
