/** `/init`: the life of a container. */
import { logLevelOf, readSettings } from '../core/settings.ts';
import { createEarlyKernel } from './kernel.ts';
import { catalogueOfCopies } from './catalogues.ts';
import { storeEnvironment, withPath } from './environment.ts';
import { toEnvironment, toRecord, withOwn } from './variables.ts';
import { reasonOf, refuse } from './failure.ts';
import { takeHandover } from './handover.ts';
import { AlreadySupervised, containerLayout, linkVarRun, privateDirectory, Unwritable, type Layout } from './layout.ts';
import { live } from './life.ts';
import { createLog } from './log.ts';
import { isatty } from 'node:tty';
import { ALREADY_SUPERVISED, BOOT_FAILED } from '../core/exit-codes.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Report } from '../core/messages.ts';

/** PATH of everything n6 starts begins with it (contract section 2). */
const COMMANDS = '/command';
const RUN = '/run';
const SERVICES = '/etc/services.d';
const HOOKS = '/etc/n6/hooks.d';

export function runContainer(command: readonly string[]): void {
  try {
    boot(command);
  } catch (error) {
    refuse(error instanceof AlreadySupervised ? ALREADY_SUPERVISED : BOOT_FAILED, `cannot start: ${reasonOf(error)}`);
  }
}

function boot(command: readonly string[]): void {
  const handover = takeHandover();
  const { kernel, listen } = createEarlyKernel(handover);
  const text = toRecord(handover.variables);
  const { settings, problems } = readSettings(text);
  const log = createLog({ format: settings.N6_LOG_FORMAT ?? (isatty(2) ? 'pretty' : 'json'), level: logLevelOf(settings) });
  for (const problem of problems) log.report({ type: 'setting', problem, fallback: 'the default' });

  const layout = chooseLayout(kernel, text, (report) => log.report(report));
  const given = withPath(handover.variables, COMMANDS);
  const variables = layout.runtime.startsWith(`${RUN}/`) ? given : withOwn(given, layout);
  const unstorable = storeEnvironment(layout.containerEnvironment, variables);
  if (unstorable.length > 0) {
    log.report({ type: 'note', level: 'warn', text: `with-contenv cannot give these variables, their names are no file names: ${unstorable.join(', ')}` });
  }
  live({
    kernel, listen, log, settings, layout, command,
    catalogue: catalogueOfCopies(SERVICES, layout.copies!, layout.scanDirectory),
    environment: toEnvironment(variables),
    searchPath: toRecord(variables).PATH ?? '',
    hookDirectory: HOOKS,
    watch: settings.N6_WATCH ?? false,
    earlySignals: [...(handover.earlySignal === undefined ? [] : [handover.earlySignal]), ...kernel.earlySignals()],
  });
}

function chooseLayout(kernel: Kernel, environment: Readonly<Record<string, string>>, report: (report: Report) => void): Layout {
  const lock = (file: string): boolean => kernel.lock(file);
  try {
    const layout = containerLayout(RUN, lock);
    linkVarRun(RUN);
    return layout;
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    const elsewhere = privateDirectory(environment);
    const layout = containerLayout(elsewhere, lock);
    report({ type: 'runtimeElsewhere', wanted: RUN, directory: elsewhere, code: error.code });
    return layout;
  }
}
