/**
 * The programs of the image that a start goes through, each of which becomes the next one, so that the pid is the service's.
 * All that needs rights comes before the change of user; limits come as late as possible, because they hold for the tools, too.
 */
import type { Definition } from '../core/definition.ts';
import type { Identity } from './accounts.ts';
import { become, type Becoming } from './become.ts';
import { knownToShells, prlimitWords, ulimitCommand } from './limits.ts';
import type { Own } from './own.ts';
import { isSelf } from './rights.ts';
import { quoted } from './sentences.ts';
import { shellWords } from './shell.ts';
import type { Tools } from './tools.ts';

export type ChainOptions = Readonly<{ tools: Tools; own: Own; home: string | undefined }>;

/** By their numbers, which every ionice(1) knows. */
const IO_CLASSES = { 'realtime': '1', 'best-effort': '2', 'idle': '3' } as const;

/** No words: nothing about the process is to be different from n6's own. */
export function chainFor(definition: Definition, identity: Identity | undefined, environment: readonly Buffer[], options: ChainOptions): Becoming {
  const { tools, own, home } = options;
  const { launch } = definition.policy;
  const change = identity === undefined || isSelf(identity, own) ? undefined : become(launch, identity, environment, tools, own, home);
  const commands: string[] = [];
  const words: string[] = [];

  const { umask, oomScoreAdj, ionice, nice, limits } = launch;
  if (umask !== undefined) commands.push(`umask ${umask.toString(8).padStart(4, '0')}`);
  if (oomScoreAdj !== undefined) {
    // choom(1) asks for its own pid, which in a PID namespace is 1, and would change what is 1 out here: n6.
    const choom = definition.pidNamespace ? undefined : tools.find('choom');
    if (choom === undefined) commands.push(`echo ${oomScoreAdj} >/proc/self/oom_score_adj`);
    else words.push(choom, '-n', String(oomScoreAdj), '--');
  }
  if (ionice !== undefined) {
    const level = ionice.level === undefined || ionice.class === 'idle' ? [] : ['-n', String(ionice.level)];
    words.push(tools.need('ionice', quoted('ionice', ionice.class)), '-c', IO_CLASSES[ionice.class], ...level);
  }
  // nice(1) adds to what there is.
  const adjustment = nice === undefined ? 0 : nice - own.nice();
  if (adjustment !== 0) words.push(tools.need('nice', quoted('nice', nice!)), '-n', String(adjustment));
  const names = Object.keys(limits);
  if (names.length > 0) {
    const unknown = names.find((name) => !knownToShells(name));
    const prlimit = unknown === undefined ? tools.find('prlimit') : tools.need('prlimit', `the limit ${unknown}`);
    if (prlimit === undefined) commands.push(...names.map((name) => ulimitCommand(name, limits[name]!)));
    else words.push(prlimit, ...prlimitWords(limits));
  }
  const shell = shellWords(commands, change?.environment ?? environment, () => tools.need('env', 'umask'));
  return { words: [...shell, ...words, ...(change?.words ?? [])], environment: change?.environment ?? environment };
}
