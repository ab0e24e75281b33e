/** How this process becomes n6 once more: the same way to be started, with the installation and the Node that are there now. */
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Successor } from '../kernel/kernel.ts';
import { nameOf } from '../launch/variables.ts';
import type { Handover } from './handover.ts';
import { toEnvironment } from './variables.ts';

/** What the launcher says about one life, and what is said anew about the next. */
const OF_ONE_LIFE: readonly string[] = ['N6_ENVIRON_FILE', 'N6_EARLY_SIGNAL', 'N6_SOFT_LIMIT', 'N6_HOME', 'N6_STATE_FILE', 'N6_COMMAND_PID'];

/**
 * Without a shell in between: it would have children that are not its own, and reap them. What the launcher does for a first life (launch.sh) has
 * been done: Node's own environment is free of the container's. Writes the environment that services get to a file beside the state.
 * `commandPid`: of CMD; undefined: it does not run.
 */
export function successorOf(handover: Handover, stateFile: string, commandPid?: number): Successor {
  const home = currentHome(handover);
  const [, script, ...words] = process.argv;
  const environFile = environFileOf(stateFile);
  writeFileSync(environFile, Buffer.concat(toEnvironment(handover.variables).map((entry) => Buffer.concat([entry, Buffer.of(0)]))), { mode: 0o600 });
  const own: Readonly<Record<string, string | undefined>> = {
    N6_ENVIRON_FILE: environFile,
    N6_STATE_FILE: stateFile,
    N6_COMMAND_PID: commandPid === undefined ? undefined : String(commandPid),
    N6_SOFT_LIMIT: handover.softDescriptorLimit === undefined ? undefined : String(handover.softDescriptorLimit),
    N6_HOME: home,
  };
  const program = home === undefined ? script! : path.join(home, 'lib', path.basename(script!));
  return {
    program: nodeOf(home),
    arguments: [process.argv0, ...process.execArgv, '--', program, ...words],
    environment: [
      ...splitEnvironment(readFileSync('/proc/self/environ')).filter((entry) => !OF_ONE_LIFE.includes(nameOf(entry))),
      ...Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [Buffer.from(`${name}=${value}`)])),
    ],
  };
}

/** Where the environment that services get waits for the next life, which takes the file away. */
export const environFileOf = (stateFile: string): string => path.join(path.dirname(stateFile), `n6-environ.${process.pid}`);

/** Where the launcher leads to now: an upgrade changes that link, or what is behind it. The installation that runs, where it leads to none. */
function currentHome({ home, launcher }: Handover): string | undefined {
  if (launcher === undefined) return home;
  try {
    const found = path.dirname(path.dirname(realpathSync(launcher)));
    return existsSync(path.join(found, 'lib/n6.cjs')) ? found : home;
  } catch {
    return home;
  }
}

/** A Node that has been replaced on disk meanwhile is still what /proc/self/exe means. */
function nodeOf(home: string | undefined): string {
  const own = home === undefined ? undefined : path.join(home, 'runtime/bin/node');
  if (own !== undefined && existsSync(own)) return own;
  return existsSync(process.execPath) ? process.execPath : '/proc/self/exe';
}

function splitEnvironment(bytes: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let from = 0, to = bytes.indexOf(0); to >= 0; from = to + 1, to = bytes.indexOf(0, from)) entries.push(bytes.subarray(from, to));
  return entries;
}
