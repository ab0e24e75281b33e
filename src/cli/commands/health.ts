import type { Client } from '../../control/client.ts';
import { Refused } from '../../control/client-errors.ts';
import { DEFAULT_LEVEL, HEALTH_LEVEL_NAMES, isHealthLevel, type HealthLevel, type ServiceHealth } from '../../control/health.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, textOption, UsageError, type Command, type Invocation } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { printJson } from '../json.ts';
import { isKnownIn, mayBePath, nameOf } from '../names.ts';
import { reach } from '../reach.ts';
import { healthy, noAnswer, oneLine } from '../sentences.ts';

/** Milliseconds until no answer is an answer, unless --timeout says otherwise. */
export const HEALTH_TIMEOUT = 5000;

/**
 * `svc health`: for HEALTHCHECK, where 2 is reserved, and for probes. Its exit code is 0 or 1 whatever happens, it says one
 * line, and it does not wait for a supervisor that hangs.
 */
export const health: Command = {
  name: 'health',
  operand: { label: 'NAME', least: 0, many: true },
  sentence: 'whether all is well; exit code 0 or 1, nothing else',
  options: {
    level: { value: 'LEVEL', sentence: `${HEALTH_LEVEL_NAMES.join(' or ')}; ${DEFAULT_LEVEL} unless given` },
    timeout: { value: 'TIME', sentence: `such as 500ms, 10s or 1m; ${HEALTH_TIMEOUT / 1000}s unless given` },
    ...JSON_OPTION,
  },
  examples: [
    { line: 'HEALTHCHECK CMD ["svc", "health"]', sentence: 'in a Dockerfile' },
    { line: 'svc health web --level alive', sentence: 'of one service: has not failed, is not unhealthy' },
  ],
  yesOrNo: true,
  async run(invocation) {
    const level = readLevel(invocation);
    const text = textOption(invocation, 'timeout');
    const timeout = text === undefined ? HEALTH_TIMEOUT : parseDuration('timeout', text);
    const { terminal, options } = invocation;
    const { well, services, detail } = await ask(invocation, level, timeout);
    if (options['json'] === true) printJson(terminal, { level, healthy: well, detail, services });
    else terminal.print(oneLine(detail));
    return well ? SVC_EXIT.done.code : SVC_EXIT.notFulfilled.code;
  },
};

type Answer = Readonly<{ well: boolean; services: readonly ServiceHealth[]; detail: string }>;

async function ask(invocation: Invocation, level: HealthLevel, timeout: number): Promise<Answer> {
  const client = await reach(invocation);
  const signal = AbortSignal.timeout(timeout);
  try {
    const names = await namesOf(client, invocation.words, signal);
    const query: [string, string][] = [['level', level], ...names.map((name): [string, string] => ['name', name])];
    const { services } = await client.call('health', { query, signal });
    return { well: true, services, detail: healthy(level, services) };
  } catch (error) {
    if (signal.aborted) return { well: false, services: [], detail: noAnswer(timeout) };
    if (!(error instanceof Refused) || error.problem.code !== 'not-well') throw error;
    return { well: false, services: error.problem['services'] as ServiceHealth[], detail: error.message };
  }
}

/** Only what may be a path needs to be compared with the names that there are: probes are made often. */
async function namesOf(client: Client, words: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  if (!words.some(mayBePath)) return words;
  const { services } = await client.call('services', { signal });
  return words.map((word) => nameOf(word, isKnownIn(services)));
}

function readLevel(invocation: Invocation): HealthLevel {
  const text = textOption(invocation, 'level') ?? DEFAULT_LEVEL;
  if (!isHealthLevel(text)) throw new UsageError(`--level: expected ${HEALTH_LEVEL_NAMES.join(' or ')}, got ${JSON.stringify(text)}`, 'health');
  return text;
}
