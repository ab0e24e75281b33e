/** `s6-svscan [DIR]`: a scan directory as s6 has it, supervised in place, as PID 1 of a container or not (spec/s6-compat 3.2). */
import { accessSync, closeSync, constants, mkdirSync, writeSync } from 'node:fs';
import { linkAtBoot } from '../image/links.ts';
import { superviseDirectory } from './anywhere.ts';
import { readScanArguments } from './arguments.ts';
import { takeHandover } from './handover.ts';

/** Where hooks are where n6 is PID 1 of a container (contract section 4); elsewhere they are beside the directory. */
const CONFIG = '/etc/n6';
const RUNTIME = '/run/n6';

/** `argv`: what the launcher has made of the options (companions/s6-svscan), so it is known to be well formed. */
export function runScanDirectory(argv: readonly string[]): void {
  const handover = takeHandover();
  const { directory, period, notify } = readScanArguments(argv);
  // Scripts of the image may call others by absolute paths. Where these cannot be linked now, `svc link` has done it in the build.
  if (process.pid === 1 && handover.home !== undefined) void linkAtBoot(handover.home, () => undefined);
  superviseDirectory(handover, {
    directory,
    runtimeDirectory: process.pid === 1 ? standardRuntime() : undefined,
    configDirectory: process.pid === 1 ? CONFIG : undefined,
    watch: undefined,
    // s6-svscan sees changes when it is told to look, or each `period`.
    watchUnlessTold: false,
    rescanPeriod: period,
    program: 's6-svscan',
    listening: notify === undefined ? undefined : () => tellReady(notify),
  });
}

/** Where `svc` looks in a container (contract section 4); undefined: it is not ours to have, and the scan directory holds everything. */
function standardRuntime(): string | undefined {
  try {
    mkdirSync(RUNTIME, { recursive: true, mode: 0o700 });
    accessSync(RUNTIME, constants.W_OK);
    return RUNTIME;
  } catch {
    return undefined;
  }
}

/** One newline, then the end (spec/s6-compat 3.2.2). Whoever asked for it may have gone meanwhile, which harms nobody. */
function tellReady(descriptor: number): void {
  try {
    writeSync(descriptor, '\n');
  } catch {
    // Nobody reads.
  }
  closeSync(descriptor);
}
