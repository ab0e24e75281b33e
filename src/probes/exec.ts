/** A command of the service's own, with its user, directory and environment: exit 0 is success. */
import type { Definition } from '../core/definition.ts';
import type { Exit } from '../core/exit.ts';
import { failureText } from '../core/messages.ts';
import type { Argv } from '../core/policy.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Runs } from '../supervisor/runs.ts';
import type { Try } from './asking.ts';
import { createTail } from './lines.ts';
import { exitSentence, STILL_RUNS } from './sentences.ts';

export type Commands = Readonly<{ kernel: Kernel; launcher: Launcher; runs: Runs }>;

/**
 * One command at a time: one that cannot even be killed is not joined by others. What it writes is read and thrown away but
 * for the last line, which says why.
 */
export function tryCommand({ kernel, launcher, runs }: Commands, definition: Definition, command: Argv): Try {
  let running = false;
  return (answer) => {
    if (running) {
      answer(STILL_RUNS);
      return () => undefined;
    }
    const launched = launcher.prepare(definition, command);
    if ('failure' in launched) {
      answer(failureText(launched.failure));
      return () => undefined;
    }
    const { read, write } = kernel.pipe();
    const tail = createTail();
    let open = true;
    const stop = kernel.read(read, (chunk) => (chunk === undefined ? void (open = false) : tail.push(chunk)));
    running = true;
    const run = runs.start({ ...launched, session: true, stdio: ['null', write, write] }, {
      purpose: { type: 'probe', service: definition.name }, output: () => (open ? read : undefined),
      ended(outcome) {
        running = false;
        kernel.close(write);
        const tell = (): void => {
          stop();
          answer('failure' in outcome ? failureText(outcome.failure) : verdict(outcome.exit, tail.last()));
        };
        // Not until the loop has looked at the pipe once more. Its end may be far, where a child of the command holds it open.
        if ('failure' in outcome) tell();
        else setImmediate(() => setImmediate(tell));
      },
    });
    return () => {
      if (running) run.abort();
    };
  };
}

const verdict = (exit: Exit, line: string): string | undefined => ('code' in exit && exit.code === 0 ? undefined : exitSentence(exit, line));
