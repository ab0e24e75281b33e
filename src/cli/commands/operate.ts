/** `svc start`, `stop`, `restart` …: one subcommand for each entry of THE list of commands. */
import { WAIT } from '../../client/waits.ts';
import { isWaitable } from '../../control/protocol.ts';
import { likelySignal } from '../../control/requests.ts';
import { COMMAND_NAMES, COMMANDS, type CommandName } from '../../core/commands.ts';
import { signalName } from '../../core/signals.ts';
import { JSON_OPTION, textOption, UsageError, type Command, type Invocation, type Option } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { findAll } from '../names.ts';
import { reach } from '../reach.ts';
import { resultOf, tellResults, waitForAll } from '../results.ts';
import { fulfilled } from '../sentences.ts';

const WAIT_OPTIONS: Readonly<Record<string, Option>> = {
  'no-wait': { sentence: 'give the command and return' },
  timeout: { value: 'TIME', sentence: `such as 500ms, 10s or 1m; ${WAIT / 1000}s unless given` },
};
const SIGNAL_OPTION: Readonly<Record<string, Option>> = {
  signal: { short: 's', value: 'SIGNAL', sentence: 'a name or number, such as USR1; TERM unless given' },
};

function operation(command: CommandName): Command {
  const { sentence } = COMMANDS[command];
  return {
    name: command,
    operand: { label: 'NAME', least: 1, many: true },
    sentence,
    options: { ...(isWaitable(command) ? WAIT_OPTIONS : {}), ...(command === 'kill' ? SIGNAL_OPTION : {}), ...JSON_OPTION },
    examples: EXAMPLES[command].map(([line, what]) => ({ line, sentence: what })),
    run: (invocation) => operate(command, invocation),
  };
}

const EXAMPLES: Readonly<Record<CommandName, readonly [line: string, sentence: string][]>> = {
  start: [['svc start web', 'and wait until it is up'], ["svc start 'web-*' --no-wait", 'all of them, without waiting']],
  stop: [['svc stop web db', 'and wait until they are down'], ['svc stop web --timeout 2m', 'for one that takes its time']],
  restart: [['svc restart web', 'and wait for its new process'], ['svc restart /run/service/web', 'the path form']],
  reload: [['svc reload ha', 'and wait for what comes of it'], ["svc reload '*'", 'every service']],
  once: [['svc once backup', 'run it one time'], ['svc once backup --no-wait', 'without waiting until it runs']],
  pause: [['svc pause web', 'STOP; see also: svc cont'], ["svc pause 'worker-*'", 'all of them']],
  cont: [['svc cont web', 'CONT; see also: svc pause'], ["svc cont 'worker-*'", 'all of them']],
  kill: [['svc kill web -s USR1', 'any signal'], ['svc kill web', 'TERM; it is then started again']],
};

export const operations = Object.fromEntries(COMMAND_NAMES.map((name) => [name, operation(name)])) as Readonly<Record<CommandName, Command>>;

/** Every service is asked, even when another one fails: the exit code says whether all wishes came true. */
async function operate(command: CommandName, invocation: Invocation): Promise<number> {
  const { words, options } = invocation;
  const { goal } = COMMANDS[command];
  const timeout = readTimeout(invocation);
  const wait = isWaitable(command) && options['no-wait'] !== true;
  const signal = command === 'kill' ? readSignal(invocation) : undefined;
  const n6 = await reach(invocation);
  const services = await findAll(n6, words);
  const results = await waitForAll(invocation, n6, services, ({ name }) =>
    resultOf(name, goal, signal === undefined ? n6.command(name, command, { wait, timeout }) : n6.kill(name, signal)));
  return tellResults(invocation, results, { wish: command, timeout, done: (result) => fulfilled(command, result) });
}

function readTimeout(invocation: Invocation): number {
  const text = textOption(invocation, 'timeout');
  return text === undefined ? WAIT : parseDuration('timeout', text);
}

function readSignal(invocation: Invocation): string {
  const text = textOption(invocation, 'signal');
  const name = text === undefined ? 'SIGTERM' : signalName(text);
  if (name !== undefined) return name;
  const near = likelySignal(text!);
  throw new UsageError(`no signal named ${JSON.stringify(text)}${near === undefined ? '' : `; did you mean ${near}?`}`, 'kill');
}
