/** Carries out the stop command of a service, and the `down` of a oneshot. */
import type { Definition } from '../core/definition.ts';
import type { SpawnFailure } from '../core/events.ts';
import { exitText, failureText, type Report } from '../core/messages.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Runs } from './runs.ts';

type Answer =
  | { type: 'stopCommandEnded'; pid: number }
  | { type: 'spawned'; pid: number }
  | { type: 'spawnFailed'; failure: SpawnFailure };

export type StopCommands = Readonly<{
  /** `pid`: whom it is to stop. Answered by `stopCommandEnded`, at the latest when its time is over. */
  stop(definition: Definition, pid: number): void;
  /** Answered as the start of a `run`. */
  down(definition: Definition): void;
}>;

export type StopCommandsOptions = Readonly<{
  kernel: Kernel;
  runs: Runs;
  launcher: Launcher;
  report(report: Report): void;
  give(name: string, answer: Answer): void;
}>;

export function createStopCommands({ kernel, runs, launcher, report, give }: StopCommandsOptions): StopCommands {
  return {
    stop(definition, pid) {
      const { name, policy: { stop } } = definition;
      const end = (reason?: string): void => {
        if (reason !== undefined) report({ type: 'helperFailed', service: name, helper: 'stop.command', reason });
        give(name, { type: 'stopCommandEnded', pid });
      };
      const launched = launcher.prepare(definition, stop?.command ?? [], pidVariables(pid));
      if ('failure' in launched) return end(failureText(launched.failure));
      runs.start({ ...launched, session: true, stdio: ['null', 'inherit', 'inherit'] }, {
        limit: stop?.commandWithin,
        ended(outcome) {
          if ('failure' in outcome) end(failureText(outcome.failure));
          else end('code' in outcome.exit && outcome.exit.code === 0 ? undefined : exitText(outcome.exit));
        },
      });
    },
    down(definition) {
      const { name, policy } = definition;
      const launched = launcher.prepare(definition, policy.down ?? []);
      if ('failure' in launched) return give(name, { type: 'spawnFailed', failure: launched.failure });
      kernel.spawn({ ...launched, session: true, stdio: ['null', 'inherit', 'inherit'] }, (result) =>
        give(name, 'failure' in result ? { type: 'spawnFailed', failure: result.failure } : { type: 'spawned', pid: result.pid }));
    },
  };
}

/** By which a command of a service knows its process; MAINPID is systemd's name for it (systemd.exec(5)). */
export const pidVariables = (pid: number): Readonly<Record<string, string>> => ({ N6_PID: String(pid), MAINPID: String(pid) });
