/**
 * What s6-overlay does around the services (spec 4): the hook, s6-rc's services in the order of their dependencies,
 * fix-attrs.d, cont-init.d, services.d; at the end all of it backwards, with cont-finish.d. Loaded only where an image has
 * any of it.
 */
import type { RescanOutcome } from '../../control/backend.ts';
import { overlayLines, type Line } from '../../core/overlay-messages.ts';
import type { Report } from '../../core/messages.ts';
import type { SavedOverlay } from '../../core/persist/life.ts';
import type { Changes } from '../../supervisor/changes.ts';
import type { Runs } from '../../supervisor/runs.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import type { ContainerCatalogue } from '../catalogues.ts';
import { findCommand } from '../command.ts';
import type { Plan } from '../plan.ts';
import { createLineOutput } from '../line-output.ts';
import { createBuiltIns } from './built-ins.ts';
import { yamlFor } from '../yaml.ts';
import type { Image } from './image.ts';
import { codeOf } from './scripts.ts';
import { openSources, reopenSources } from './sources.ts';

export type Overlay = Readonly<{
  /** In place of `up`: all of it is up since an earlier life of this process. */
  goOn(): Promise<void>;
  save(): SavedOverlay;
  /** Calls back once, when everything has been brought up, or has failed to be: CMD is next. `stop`: the container is to end. */
  up(done: (failure: { stop: boolean } | undefined) => void): void;
  /** Everything down again, in reverse order, with the scripts of the end. Calls back once. */
  takeDown(finished: () => void): void;
  /** No time is left: what runs is asked to end, nothing further is started. */
  abort(): void;
  commandStarted(pid: number): void;
  commandEnded(code: number): void;
  /** What the boot's failure makes the container's exit code; undefined: it did not fail, or was told to be survived. */
  failureCode(): number | undefined;
}>;

export type OverlayOptions = Readonly<{
  plan: Plan;
  image: Image;
  catalogue: ContainerCatalogue;
  supervisor: Supervisor;
  changes: Changes;
  runs: Runs;
  look(): RescanOutcome;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** What a failed boot ends a container with: s6-rc's own codes (spec 5, CLI). */
const FAILED = 1;
const TIMED_OUT = 2;

export function createOverlay(options: OverlayOptions): Overlay {
  const { plan, image, changes, look, failed } = options;
  const { settings } = plan;
  const behaviour = settings.S6_BEHAVIOUR_IF_STAGE2_FAILS;
  const outputs = { stdout: createLineOutput(1), stderr: createLineOutput(2) };
  const say = (lines: readonly Line[]): void => {
    for (const { to, verbosity, text } of lines) if (verbosity <= settings.S6_VERBOSITY) outputs[to](`${text}\n`);
  };
  const builtIns = createBuiltIns({ ...options, say });
  let failureCode = plan.saved?.overlay?.failureCode;
  let ending = false;
  let abortHook = (): void => undefined;

  async function bootUp(): Promise<{ stop: boolean } | undefined> {
    const hookCode = await runHook();
    if (hookCode !== 0 && behaviour >= 2) return stopWith(hookCode);
    if (ending) return undefined;
    say(overlayLines.prepared(image.generation));
    await yamlFor(image.sources, plan.yaml);
    if (ending) return undefined;
    const opened = openSources({ ...options, say, builtIn: builtIns.oneshot });
    // What can run, runs; that the image is broken shows in the end.
    if (opened.broken) failureCode = FAILED;
    if (opened.broken && behaviour >= 2) return stopWith(FAILED);
    const limit = image.generation === 3 ? settings.S6_CMD_WAIT_FOR_SERVICES_MAXTIME : undefined;
    const outcome = await changes.change({ direction: 'up', names: ['top'], ...(limit === undefined || limit === 0 ? {} : { timeout: limit }) });
    if (outcome.ok || ending) return undefined;
    say(overlayLines.bootFailed(behaviour));
    return behaviour >= 2 ? stopWith(outcome.timedOut ? TIMED_OUT : FAILED) : { stop: false };
  }

  function stopWith(code: number): { stop: boolean } {
    failureCode = code;
    return { stop: true };
  }

  /** Split at blanks and given to no shell (spec 4.9). */
  function runHook(): Promise<number> {
    const words = settings.S6_STAGE2_HOOK;
    const [name] = words;
    if (name === undefined) return Promise.resolve(0);
    return new Promise((resolve) => {
      const end = (code: number): void => {
        say(overlayLines.hookEnded(words.join(' '), code, behaviour));
        resolve(code);
      };
      const found = findCommand(name, plan.searchPath, process.cwd());
      if ('exitCode' in found) return end(found.exitCode);
      const run = options.runs.start({
        directory: process.cwd(), program: found.path, arguments: words, environment: plan.environment, session: true, stdio: ['null', 'inherit', 'inherit'],
      }, { ended: (outcome) => end(codeOf(outcome)) });
      abortHook = () => run.abort();
    });
  }

  function sync(done: () => void): void {
    const found = settings.S6_SYNC_DISKS ? findCommand('sync', plan.searchPath, '/') : undefined;
    if (found === undefined || 'exitCode' in found) return done();
    say(overlayLines.syncing(image.generation));
    options.runs.start({
      directory: '/', program: found.path, arguments: ['sync'], environment: plan.environment, session: true, stdio: ['null', 'inherit', 'inherit'],
    }, { ended: () => done() });
  }

  return {
    async goOn() {
      const sources = { ...options, say, builtIn: builtIns.oneshot };
      if (!plan.lost) return reopenSources(sources);
      // The boot had ended, or there would have been no second life: scripts of it are not run again.
      await yamlFor(image.sources, plan.yaml);
      openSources(sources);
      changes.assume(['top']);
      look();
    },
    save: () => ({ failureCode }),
    up(done) {
      bootUp().then(done, (error: unknown) => {
        failed('the boot', error);
        failureCode = FAILED;
        done({ stop: behaviour >= 2 });
      });
    },
    takeDown(finished) {
      ending = true;
      abortHook();
      const end = (): void => {
        say(overlayLines.waitingForServices(image.generation));
        sync(() => {
          say(overlayLines.endingRest(image.generation));
          finished();
        });
      };
      // What is being brought up is broken off by that, too.
      changes.takeDown('sources').then(end, (error: unknown) => {
        failed('taking services down', error);
        end();
      });
    },
    abort() {
      ending = true;
      abortHook();
      changes.abort();
    },
    commandStarted: (pid) => builtIns.noteCommand(pid),
    commandEnded: (code) => say(overlayLines.commandEnded(image.generation, plan.command[0] ?? '', code)),
    failureCode: () => failureCode,
  };
}
