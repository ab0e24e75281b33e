import { isWaitGoal, WAIT_GOALS, type WaitGoal } from '../../control/protocol.ts';
import { JSON_OPTION, textOption, UsageError, type Command, type Invocation } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { findAll } from '../names.ts';
import { reach } from '../reach.ts';
import { resultOf, tellResults, waitForAll } from '../results.ts';

/** `svc wait NAME… [--for up|ready|down|healthy] [--timeout TIME]`: without a limit it waits as long as it takes, like s6-svwait(1). */
export const wait: Command = {
  name: 'wait',
  operand: { label: 'NAME', least: 1, many: true },
  sentence: 'wait until all of them are as wished; prints nothing',
  options: {
    for: { value: 'STATE', choices: WAIT_GOALS, sentence: `${WAIT_GOALS.join(', ')}; ready unless given` },
    timeout: { value: 'TIME', sentence: 'such as 500ms, 10s or 1m; no limit unless given' },
    ...JSON_OPTION,
  },
  examples: [
    { line: 'svc wait db --for ready --timeout 10s', sentence: 'exit code 1 if it is not ready by then' },
    { line: "svc wait 'web-*' --for down", sentence: 'until the last of them has stopped' },
  ],
  async run(invocation) {
    const goal = readGoal(invocation);
    const text = textOption(invocation, 'timeout');
    const timeout = text === undefined ? undefined : parseDuration('timeout', text);
    const n6 = await reach(invocation);
    const services = await findAll(n6, invocation.words);
    const results = await waitForAll(invocation, n6, services, ({ name }) => resultOf(name, goal, n6.waitFor(name, goal, { timeout })));
    return tellResults(invocation, results, { wish: 'wait for', timeout, done: () => undefined });
  },
};

function readGoal(invocation: Invocation): WaitGoal {
  const text = textOption(invocation, 'for') ?? 'ready';
  if (!isWaitGoal(text)) throw new UsageError(`--for: expected ${WAIT_GOALS.join(', ')}, got ${JSON.stringify(text)}`, 'wait');
  return text;
}
