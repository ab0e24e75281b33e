/** Paths that images of s6-overlay know by heart (spec/corpus 2.3): most of them lead to something of n6's own. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Programs in /run/s6/basedir/bin: 55 finish scripts of the corpus call halt by this path. */
const ENDERS = ['halt', 'poweroff', 'reboot', 'shutdown'] as const;

/** Below `base`, which is /run; `home` holds command/halt. Throws the errno. */
export function makeEnders(base: string, home: string | undefined): void {
  const bin = path.join(base, 's6/basedir/bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ENDERS) symlinkSync(path.join(home ?? '/usr/lib/n6', 'command', name), path.join(bin, name));
}

/** What v1 and v2 have below /var/run/s6, and where v3 keeps the working directory. Throws the errno. */
export function makeStages(base: string, directories: readonly string[], workingDirectory: string): void {
  const at = (...parts: string[]): string => path.join(base, 's6', ...parts);
  for (const name of ['etc', 'env-stage2', 'env-stage3']) mkdirSync(at(name), { recursive: true });
  for (const directory of directories) symlinkSync(directory, at('etc', path.basename(directory)));
  writeFileSync(at('workdir'), `${workingDirectory}\n`);
}
