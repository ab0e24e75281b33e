/** Carries out the stop command of a service. */
import type { Definition } from '../core/definition.ts';
import { exitText, failureText, type Report } from '../core/messages.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Runs } from './runs.ts';

type Answer = { type: 'stopCommandEnded'; pid: number };

export type StopCommands = Readonly<{
  /** `pid`: whom it is to stop. Answered by `stopCommandEnded`, at the latest when its time is over. */
  stop(definition: Definition, pid: number): void;
}>;

export type StopCommandsOptions = Readonly<{
  runs: Runs;
  launcher: Launcher;
  report(report: Report): void;
  give(name: string, answer: Answer): void;
}>;

export function createStopCommands({ runs, launcher, report, give }: StopCommandsOptions): StopCommands {
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
        purpose: { type: 'stop', service: name, pid },
        ended(outcome) {
          if ('failure' in outcome) end(failureText(outcome.failure));
          else end('code' in outcome.exit && outcome.exit.code === 0 ? undefined : exitText(outcome.exit));
        },
      });
    },
  };
}

/** By which a command of a service knows its process; MAINPID is systemd's name for it (systemd.exec(5)). */
export const pidVariables = (pid: number): Readonly<Record<string, string>> => ({ N6_PID: String(pid), MAINPID: String(pid) });
