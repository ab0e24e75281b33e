/**
 * Carries out reloads that are looked at: check, then signal or command, then verification, each with the plan's time. What is
 * told in the end is what was seen, never what was hoped for.
 */
import type { Definition } from '../core/definition.ts';
import type { ReloadFailure } from '../core/events.ts';
import { errnoText, exitText, failureText, seconds } from '../core/messages.ts';
import type { Argv, ReloadPlan } from '../core/policy.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import { createHaproxyReloads, type ReloadResult } from './haproxy-reloads.ts';
import { createLastLine, type LastLine } from './last-line.ts';
import type { Run, RunOutcome, Runs } from './runs.ts';
import { pidVariables } from './stop-commands.ts';

export type Reloads = Readonly<{
  /** Answered by `reloadEnded`, unless it is forgotten. One at a time for a service. */
  begin(definition: Definition, pid: number): void;
  /** Its service has said RELOADING=1 and then READY=1 (sd_notify(3)). */
  ready(name: string): void;
  /** Its process ends: what is under way is broken off, and never answered. */
  forget(name: string): void;
}>;

export type ReloadsOptions = Readonly<{
  kernel: Kernel;
  runs: Runs;
  launcher: Launcher;
  give(name: string, answer: { type: 'reloadEnded'; pid: number } & ReloadResult): void;
}>;

/** `told`: it has said that it is ready again. `stop`: breaks off what is under way. */
type Reload = { told: boolean; heard: (() => void) | undefined; stop: () => void };
type Done = (failure: string | undefined) => void;

export function createReloads({ kernel, runs, launcher, give }: ReloadsOptions): Reloads {
  const current = new Map<string, Reload>();
  const haproxies = createHaproxyReloads({
    check(definition, argv, pid, told) {
      const reload = current.get(definition.name);
      if (reload === undefined) return told(undefined);
      run(reload, definition, argv, pid, definition.policy.reload!.within, told);
    },
  });

  /** Runs one command; `done` is told why it did not work. */
  function run(reload: Reload, definition: Definition, argv: Argv, pid: number, within: number, done: Done): void {
    const launched = launcher.prepare(definition, argv, pidVariables(pid));
    if ('failure' in launched) return done(failureText(launched.failure));
    let output: LastLine;
    try {
      output = createLastLine(kernel);
    } catch (error) {
      return done(errnoText((error as NodeJS.ErrnoException).code ?? String(error)));
    }
    const began = kernel.now();
    const ended = (outcome: RunOutcome): void => output.end((line) => done(whatFailed(outcome, line, kernel.now() - began >= within ? within : undefined)));
    const started: Run = runs.start({ ...launched, session: true, stdio: ['null', output.descriptor, output.descriptor] }, {
      limit: within, ended, answered: () => output.given(), purpose: { type: 'reload', service: definition.name }, output: () => output.reading(),
    });
    reload.stop = () => started.abort();
  }

  /** A process may say that it is ready before the command that told it to reload has ended. */
  function hear(reload: Reload, within: number, done: Done): void {
    if (reload.told) return done(undefined);
    const timer = setTimeout(() => {
      reload.heard = undefined;
      done(`it has not said READY=1 in ${seconds(within)}`);
    }, within);
    reload.heard = () => {
      clearTimeout(timer);
      done(undefined);
    };
    reload.stop = () => clearTimeout(timer);
  }

  function act(reload: Reload, definition: Definition, plan: ReloadPlan, pid: number, done: Done): void {
    reload.told = false;
    if (plan.command !== undefined) return run(reload, definition, plan.command, pid, plan.within, done);
    done(kernel.signal(pid, plan.signal ?? definition.reloadSignal) ? undefined : 'its process is gone');
  }

  return {
    begin(definition, pid) {
      const { name, policy: { reload: plan } } = definition;
      if (plan === undefined) return give(name, { type: 'reloadEnded', pid, failure: undefined });
      const reload: Reload = { told: false, heard: undefined, stop: () => undefined };
      current.set(name, reload);
      let how: ReloadResult['how'];
      const end = (failure: ReloadFailure | undefined): void => {
        // One that was forgotten is over already, and another may have begun.
        if (current.get(name) !== reload) return;
        current.delete(name);
        give(name, { type: 'reloadEnded', pid, failure, ...(how === undefined || failure !== undefined ? {} : { how }) });
      };
      const then = (step: ReloadFailure['step'], next: () => void): Done => (detail) => {
        if (current.get(name) !== reload) return;
        if (detail === undefined) next();
        else end({ step, detail });
      };
      const verify = (): void => {
        const done = then('verify', () => end(undefined));
        if (plan.verify === undefined) done(undefined);
        else if (plan.verify === 'notify') hear(reload, plan.within, done);
        else run(reload, definition, plan.verify, pid, plan.within, done);
      };
      const change = (): void => {
        if (plan.haproxy === undefined) return act(reload, definition, plan, pid, then('reload', verify));
        reload.stop = haproxies.begin(definition, plan.haproxy, pid, (result) => {
          how = result.how;
          if (result.failure === undefined) verify();
          else end(result.failure);
        });
      };
      if (plan.check === undefined) change();
      else run(reload, definition, plan.check, pid, plan.within, then('check', change));
    },
    ready(name) {
      const reload = current.get(name);
      if (reload === undefined) return;
      reload.told = true;
      const { heard } = reload;
      reload.heard = undefined;
      heard?.();
    },
    forget(name) {
      const reload = current.get(name);
      current.delete(name);
      haproxies.forget(name);
      reload?.stop();
    },
  };
}

/** What it said last tells more than its exit code. `over`: milliseconds, where its time was over. */
function whatFailed(outcome: RunOutcome, line: string, over: number | undefined): string | undefined {
  if ('failure' in outcome) return failureText(outcome.failure);
  if ('code' in outcome.exit && outcome.exit.code === 0) return undefined;
  const killed = over !== undefined && 'signal' in outcome.exit && outcome.exit.signal === 'SIGKILL';
  const how = killed ? `it took longer than ${seconds(over)}` : exitText(outcome.exit);
  return line === '' ? how : `${line} (${how})`;
}
