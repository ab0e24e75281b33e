/** `/init`: the life of a container. */
import path from 'node:path';
import { adviseSettings } from '../core/setting-advice.ts';
import { logLevelOf, type Settings } from '../core/settings.ts';
import { LEAVE_BEHIND_AFTER } from '../core/shutdown.ts';
import { tellProblems, withConfiguration, type Configuration } from './configuration.ts';
import { createEarlyKernel, fifoMaker, type EarlyKernel } from './kernel.ts';
import { containerCatalogue } from './catalogues.ts';
import { storeEnvironment, withPath } from './environment.ts';
import { toEnvironment, toRecord, withOwn } from './variables.ts';
import { reasonOf, refuse } from './failure.ts';
import { takeHandover, type Handover } from './handover.ts';
import { AlreadySupervised, containerLayout, linkVarRun, longrunsOf, privateDirectory, Unwritable, type Layout } from './layout.ts';
import { live } from './life.ts';
import { lazyYaml } from './yaml.ts';
import { catalogueFound } from './rescue.ts';
import { createLog } from './log.ts';
import { successorOf } from './successor.ts';
import { takeOver } from './takeover.ts';
import { findImage, type Image } from './overlay/image.ts';
import { linkPackage, makeEnders, makeStages } from './overlay/places.ts';
import { isatty } from 'node:tty';
import { ALREADY_SUPERVISED, BOOT_FAILED } from '../core/exit-codes.ts';
import { linkAtBoot } from '../image/links.ts';
import { stagesOf } from '../image/stages.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { errnoText, type Report } from '../core/messages.ts';

/** PATH of everything n6 starts begins with it (contract section 2). */
const COMMANDS = '/command';
const RUN = '/run';
const HOOKS = '/etc/n6/hooks.d';
const CONFIGURATION = '/etc/n6/n6.yaml';
const TEMPLATES = '/etc/n6/templates.d';
const PACKAGES = '/package/admin';
/** Besides PATH, what with-contenv and svc need where /run is not writable. */
const BARE: readonly string[] = ['PATH', 'N6_CONTAINER_ENVIRONMENT', 'N6_DIR'];

export function runContainer(command: readonly string[]): void {
  const refused = (error: unknown): void =>
    refuse(error instanceof AlreadySupervised ? ALREADY_SUPERVISED : BOOT_FAILED, `cannot start: ${reasonOf(error)}`);
  try {
    const handover = takeHandover();
    const early = createEarlyKernel(handover);
    withConfiguration(CONFIGURATION, toRecord(handover.variables), (configuration) => boot(command, handover, early, configuration), refused);
  } catch (error) {
    refused(error);
  }
}

function boot(command: readonly string[], handover: Handover, { kernel, listen }: EarlyKernel, configuration: Configuration): void {
  const { settings, variables: text } = configuration;
  const log = createLog({ format: settings.N6_LOG_FORMAT ?? (isatty(2) ? 'pretty' : 'json'), level: logLevelOf(settings) });
  tellProblems(configuration, log);
  for (const note of adviseSettings(text)) log.report(note);

  const taken = handover.stateFile === undefined ? undefined : takeOver(kernel, handover, handover.stateFile, (report) => log.report(report));
  const layout = taken?.layout ?? chooseLayout(kernel, text, taken !== undefined, (report) => log.report(report));
  if (taken === undefined) linkPackage(PACKAGES, (report) => log.report(report));
  const image = findImage(text, settings);
  if (taken === undefined) prepare(layout, image, handover.home, (report) => log.report(report));
  if (handover.home !== undefined) {
    void linkAtBoot(handover.home, ({ place, code }) => {
      const text = `cannot link ${place}: ${errnoText(code)}; where scripts call it by that path: RUN svc link in the build`;
      log.report({ type: 'note', level: 'debug', text });
    });
  }
  const given = withPath(handover.variables, COMMANDS);
  const variables = layout.runtime.startsWith(`${RUN}/`) ? given : withOwn(given, layout);
  // Scripts may have changed it since.
  const unstorable = taken === undefined ? storeEnvironment(layout.containerEnvironment, variables) : [];
  if (unstorable.length > 0) {
    log.report({ type: 'note', level: 'warn', text: `with-contenv cannot give these variables, their names are no file names: ${unstorable.join(', ')}` });
  }
  // Services of s6-overlay expect PATH alone, and get the rest through with-contenv (spec 4.7.7).
  const bare = !settings.S6_KEEP_ENV && !(settings.N6_KEEP_ENV ?? image === undefined);
  const own = bare ? variables.filter(({ name }) => BARE.includes(name.toString('latin1'))) : variables;
  const known = toRecord(variables);
  const yaml = lazyYaml((name) => known[name]);
  const catalogue = containerCatalogue(stagesOf(settings).services, layout.copies!, layout.scanDirectory, fifoMaker(kernel), image === undefined, yaml);
  live({
    kernel, listen, log, settings, layout, catalogue, yaml,
    membership: configuration.membership,
    home: handover.home,
    command: command.length === 0 ? [] : [...settings.S6_CMD_ARG0, ...command],
    image: image === undefined ? undefined : { image, catalogue },
    environment: toEnvironment(own),
    commandEnvironment: toEnvironment(variables),
    grace: graceOf(text, settings, image),
    searchPath: known.PATH ?? '',
    hookDirectory: HOOKS,
    templateDirectory: TEMPLATES,
    watch: settings.N6_WATCH ?? false,
    saved: taken?.lost === true ? { ...taken.life, catalogue: catalogueFound(layout.scanDirectory, longrunsOf(layout)) } : taken?.life,
    lost: taken?.lost ?? false,
    find: taken?.find,
    stateFile: handover.stateFile,
    successor: (stateFile, commandPid) => successorOf(handover, stateFile, commandPid),
    earlySignals: [...(handover.earlySignal === undefined ? [] : [handover.earlySignal]), ...kernel.earlySignals(), ...taken?.signals ?? []],
  });
}

/** Where an image has asked for more than docker's 10 s leave, it has told whoever stops it, too. */
function graceOf(environment: Readonly<Record<string, string>>, settings: Settings, image: Image | undefined): number {
  const { N6_GRACE, S6_SERVICES_GRACETIME, S6_KILL_GRACETIME } = settings;
  if (environment.N6_GRACE !== undefined || image === undefined) return N6_GRACE;
  return Math.max(N6_GRACE, (S6_SERVICES_GRACETIME ?? 0) + (S6_KILL_GRACETIME ?? 0) + LEAVE_BEHIND_AFTER);
}

/** Best effort: where a path cannot be had, what calls it says so. */
function prepare(layout: Layout, image: Image | undefined, home: string | undefined, report: (report: Report) => void): void {
  const base = path.dirname(layout.runtime);
  try {
    makeEnders(base, home);
    if (image !== undefined) makeStages(base, [image.attributes, image.initScripts, image.finishScripts, image.services], process.cwd());
  } catch (error) {
    report({ type: 'note', level: 'warn', text: `cannot make the paths that images of s6-overlay know below ${base}/s6: ${reasonOf(error)}` });
  }
}

function chooseLayout(kernel: Kernel, environment: Readonly<Record<string, string>>, goesOn: boolean, report: (report: Report) => void): Layout {
  const lock = (file: string): boolean => kernel.lock(file);
  try {
    const layout = containerLayout(RUN, lock, goesOn);
    linkVarRun(RUN);
    return layout;
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    const elsewhere = privateDirectory(environment);
    const layout = containerLayout(elsewhere, lock, goesOn);
    report({ type: 'runtimeElsewhere', wanted: RUN, directory: elsewhere, code: error.code });
    return layout;
  }
}
