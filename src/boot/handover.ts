/**
 * What the launcher (companions/launch) saved before a shell or Node could change it: the environment as bytes, the soft
 * limit of descriptors, signals that came too early. Its own variables are taken out of this process again.
 */
import { readFileSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { parseEnviron, type Variable } from './environment.ts';

export type Handover = Readonly<{
  variables: Variable[];
  softDescriptorLimit: number | undefined;
  earlySignal: string | undefined;
  /** Directory of the n6 installation: `lib/`, `command/`, `bin/`. */
  home: string | undefined;
  /** What was called to start n6: a file in bin of an installation, or a link to one, which may lead to another by now. */
  launcher: string | undefined;
  /** What an earlier life of this process has left (boot/takeover.ts); undefined: this is the first. */
  stateFile: string | undefined;
  /** CMD, as that life knew it: said apart, because it is needed also where the state cannot be read. */
  commandPid: number | undefined;
}>;

/** Without a launcher (`node lib/n6.cjs …`) everything is taken from this process as it is. */
export function takeHandover(): Handover {
  const {
    N6_ENVIRON_FILE: file, N6_SOFT_LIMIT: limit, N6_EARLY_SIGNAL: early, N6_HOME: home, N6_LAUNCHER: launcher, N6_STATE_FILE: state, N6_COMMAND_PID: command,
  } = process.env;
  return {
    variables: parseEnviron(file === undefined ? readFileSync('/proc/self/environ') : readOnce(file)),
    launcher,
    stateFile: state === undefined || !path.isAbsolute(state) ? undefined : state,
    commandPid: command !== undefined && /^\d+$/.test(command) ? Number(command) : undefined,
    softDescriptorLimit: limit !== undefined && /^\d+$/.test(limit) ? Number(limit) : undefined,
    earlySignal: early === undefined || early === '' ? undefined : `SIG${early.replace(/^SIG/, '')}`,
    home,
  };
}

/** Only what a launcher can have made is taken away: the variable may have come from anywhere. */
function readOnce(file: string): Buffer {
  const bytes = readFileSync(file);
  try {
    if (/\/n6-environ\.\d+$/.test(file)) unlinkSync(file);
  } catch {
    // It is 0600 and tiny; that it cannot be removed must not keep a container from starting.
  }
  return bytes;
}
