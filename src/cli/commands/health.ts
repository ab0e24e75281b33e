import type { Health, N6 } from '../../client/client.ts';
import { DEFAULT_LEVEL, HEALTH_LEVEL_NAMES, isHealthLevel, type HealthLevel } from '../../control/health.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { JSON_OPTION, textOption, UsageError, type Command, type Invocation } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { isKnownIn, mayBePath, nameOf } from '../names.ts';
import { present, WATCH_OPTION } from '../present.ts';
import { reach } from '../reach.ts';
import { healthy as wellSentence, noAnswer, oneLine } from '../sentences.ts';

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
    level: { value: 'LEVEL', choices: HEALTH_LEVEL_NAMES, sentence: `${HEALTH_LEVEL_NAMES.join(' or ')}; ${DEFAULT_LEVEL} unless given` },
    timeout: { value: 'TIME', sentence: `such as 500ms, 10s or 1m; ${HEALTH_TIMEOUT / 1000}s unless given` },
    ...WATCH_OPTION,
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
    const n6 = await reach(invocation);
    return present(invocation, n6, async () => {
      const { healthy, services, detail } = await ask(n6, invocation.words, level, timeout);
      return {
        document: { level, healthy, detail, services },
        text: () => oneLine(detail),
        code: healthy ? SVC_EXIT.done.code : SVC_EXIT.notFulfilled.code,
      };
    });
  },
};

async function ask(n6: N6, words: readonly string[], level: HealthLevel, timeout: number): Promise<Pick<Health, 'healthy' | 'services' | 'detail'>> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const health = await n6.health({ level, names: await namesOf(n6, words, signal), signal });
    return health.healthy ? { ...health, detail: wellSentence(level, health.services) } : health;
  } catch (error) {
    if (signal.aborted) return { healthy: false, services: [], detail: noAnswer(timeout) };
    throw error;
  }
}

/** Only what may be a path needs to be compared with the names that there are: probes are made often. */
async function namesOf(n6: N6, words: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  if (!words.some(mayBePath)) return words;
  const { services } = await n6.call('services', { signal });
  return words.map((word) => nameOf(word, isKnownIn(services)));
}

function readLevel(invocation: Invocation): HealthLevel {
  const text = textOption(invocation, 'level') ?? DEFAULT_LEVEL;
  if (!isHealthLevel(text)) throw new UsageError(`--level: expected ${HEALTH_LEVEL_NAMES.join(' or ')}, got ${JSON.stringify(text)}`, 'health');
  return text;
}
