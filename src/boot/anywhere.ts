/** `svc supervise [DIR]`: a directory of services on any Linux machine. */
import { accessSync, constants, mkdirSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { isatty } from 'node:tty';
import { ALREADY_SUPERVISED, BOOT_FAILED, SVC_EXIT } from '../core/exit-codes.ts';
import { errnoText } from '../core/messages.ts';
import { logLevelOf } from '../core/settings.ts';
import { readSuperviseArguments, SUPERVISE_USAGE, type SuperviseArguments } from './arguments.ts';
import { catalogueInPlace, catalogueOfCopies } from './catalogues.ts';
import { N6_FILE, tellProblems, withConfiguration, type Configuration } from './configuration.ts';
import { storeEnvironment, withPath } from './environment.ts';
import { reasonOf, refuse } from './failure.ts';
import { takeHandover, type Handover } from './handover.ts';
import { createEarlyKernel, fifoMaker, type EarlyKernel } from './kernel.ts';
import { AlreadySupervised, directoryLayout, privateDirectory } from './layout.ts';
import { live } from './life.ts';
import { lazyYaml } from './yaml.ts';
import { createLog } from './log.ts';
import { successorOf } from './successor.ts';
import { takeOver } from './takeover.ts';
import { toEnvironment, toRecord, withOwn } from './variables.ts';

export function runAnywhere(argv: readonly string[]): void {
  // First, because it takes a file away that the launcher made.
  const handover = takeHandover();
  const given = readArguments(argv);
  if (given === undefined) return;
  superviseDirectory(handover, { ...given, program: 'svc supervise', watchUnlessTold: true, rescanPeriod: undefined, listening: undefined });
}

export type DirectoryPlan = SuperviseArguments & Readonly<{
  /** As its user has called it, for messages. */
  program: string;
  watchUnlessTold: boolean;
  /** Milliseconds; undefined: never without being asked. */
  rescanPeriod: number | undefined;
  /** Called when s6-svscanctl can be used, before the first service is started. */
  listening: (() => void) | undefined;
}>;

/** Begins the life of a directory's supervisor, or ends the process with a sentence: 100 another one is there, 111 otherwise. */
export function superviseDirectory(handover: Handover, plan: DirectoryPlan): void {
  const refused = (error: unknown): void =>
    refuse(error instanceof AlreadySupervised ? ALREADY_SUPERVISED : BOOT_FAILED, `cannot supervise ${plan.directory}: ${reasonOf(error)}`);
  try {
    refuseUnreadable(plan);
    const early = createEarlyKernel(handover);
    withConfiguration(path.join(configurationOf(plan), N6_FILE), toRecord(handover.variables), (read) => boot(handover, plan, early, read), refused);
  } catch (error) {
    refused(error);
  }
}

const configurationOf = ({ configDirectory, directory }: DirectoryPlan): string => configDirectory ?? path.dirname(directory);

function readArguments(argv: readonly string[]): SuperviseArguments | undefined {
  try {
    const given = readSuperviseArguments(argv);
    if (given === undefined) writeSync(1, SUPERVISE_USAGE);
    return given;
  } catch (error) {
    return refuse(SVC_EXIT.usage.code, `svc supervise: ${reasonOf(error)}\n\n${SUPERVISE_USAGE}`);
  }
}

function refuseUnreadable({ directory, program }: DirectoryPlan): void {
  const unreadable = whyUnreadable(directory);
  if (unreadable !== undefined) {
    refuse(BOOT_FAILED, `cannot supervise ${directory}: ${errnoText(unreadable)}; name a directory of services: ${program} DIR`);
  }
}

function boot(handover: Handover, plan: DirectoryPlan, { kernel, listen }: EarlyKernel, configuration: Configuration): void {
  const { directory, runtimeDirectory, watch } = plan;
  const { settings, variables: environment } = configuration;
  const log = createLog({ format: settings.N6_LOG_FORMAT ?? (isatty(2) ? 'pretty' : 'json'), level: logLevelOf(settings) });
  tellProblems(configuration, log);

  const taken = handover.stateFile === undefined ? undefined : takeOver(kernel, handover, handover.stateFile, (report) => log.report(report));
  const writable = mayWrite(directory);
  const runtime = runtimeDirectory ?? (writable === undefined ? path.join(directory, '.n6') : elsewhere(environment, directory));
  // An image for a user without rights has made what s6-svscan needs at build time: services run in place (corpus, trap 10).
  const inPlace = writable === undefined || mayWrite(scanFilesOf(directory)) === undefined;
  if (inPlace) lockScanDirectory(directory, (file) => kernel.lock(file));
  const layout = taken?.layout ?? directoryLayout(directory, runtime, !inPlace, (file) => kernel.lock(file));
  if (taken === undefined && !inPlace && writable !== undefined) log.report({ type: 'unwritableScanDirectory', directory, code: writable, instead: runtime });

  const variables = withOwn(withPath(handover.variables, path.join(handover.home ?? runtime, 'command')), layout);
  // Scripts may have changed it since.
  if (taken === undefined) storeEnvironment(layout.containerEnvironment, variables);
  const known = toRecord(variables);
  const yaml = lazyYaml((name) => known[name]);
  live({
    kernel, listen, log, settings, layout, yaml,
    membership: configuration.membership,
    home: handover.home,
    command: [],
    catalogue: layout.copies === undefined ? catalogueInPlace(directory, yaml)
      : catalogueOfCopies(directory, layout.copies, undefined, fifoMaker(kernel), yaml),
    environment: toEnvironment(variables),
    commandEnvironment: toEnvironment(variables),
    grace: settings.N6_GRACE,
    image: undefined,
    searchPath: known.PATH ?? '',
    hookDirectory: path.join(configurationOf(plan), 'hooks.d'),
    templateDirectory: path.join(configurationOf(plan), 'templates.d'),
    watch: watch ?? settings.N6_WATCH ?? plan.watchUnlessTold,
    rescanPeriod: plan.rescanPeriod,
    // Told once, by the first life.
    listening: taken === undefined ? plan.listening : undefined,
    saved: taken?.life,
    lost: taken?.lost ?? false,
    find: taken?.find,
    stateFile: handover.stateFile,
    successor: (stateFile, commandPid) => successorOf(handover, stateFile, commandPid),
    earlySignals: [...(handover.earlySignal === undefined ? [] : [handover.earlySignal]), ...kernel.earlySignals(), ...taken?.signals ?? []],
  });
}

const scanFilesOf = (directory: string): string => path.join(directory, '.s6-svscan');

/**
 * A real s6-svscan there would start every service a second time (spec/s6-compat 3.2.1). Throws AlreadySupervised; what
 * cannot be had is told when s6-svscanctl's files are made.
 */
function lockScanDirectory(directory: string, lock: (file: string) => boolean): void {
  const file = path.join(scanFilesOf(directory), 'lock');
  let free = true;
  try {
    mkdirSync(scanFilesOf(directory), { recursive: true, mode: 0o700 });
    free = lock(file);
  } catch {
    return;
  }
  if (!free) throw new AlreadySupervised(file);
}

/** One supervisor per directory, also where its state cannot live in it. */
function elsewhere(environment: Readonly<Record<string, string>>, directory: string): string {
  return path.join(privateDirectory(environment), directory.replaceAll('-', '--').replaceAll('/', '-').slice(1));
}

function whyUnreadable(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return 'ENOTDIR';
    accessSync(directory, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** undefined when it may be written; else the errno's name. */
function mayWrite(directory: string): string | undefined {
  try {
    accessSync(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
