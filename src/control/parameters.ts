/** THE list of what requests can say: in the query, in the body, in the path. The reference and the OpenAPI description are made of it. Pure. */
import { COMMAND_NAMES } from '../core/commands.ts';
import { HEALTH_LEVEL_NAMES } from './health.ts';
import { isWaitable, LOG_LINES, WAIT_GOALS, type ENDPOINTS, type EndpointName } from './protocol.ts';

export type Parameter = Readonly<{
  /** JSON Schema, draft 2020-12. */
  schema: object;
  /** In the query it may stand more than once. */
  repeatable?: true;
  meaning: string;
}>;

type Said<K extends 'query' | 'body'> = (typeof ENDPOINTS)[EndpointName][K][number];
type Name = Said<'query'> | Said<'body'>;

const FLAG = { type: 'boolean', default: false };
const TEXT = { type: 'string' };
const COUNT = { type: 'integer', minimum: 0 };
const MILLISECONDS = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 };

export const PARAMETERS: Readonly<Record<Name, Parameter>> = {
  name: { schema: TEXT, repeatable: true, meaning: 'a name or glob, as for svc' },
  level: {
    schema: { type: 'string', enum: HEALTH_LEVEL_NAMES, default: 'ready' },
    meaning: 'alive or ready, as for [svc health](svc.md#svc-health); ready unless given',
  },
  for: {
    schema: { type: 'string', enum: WAIT_GOALS, default: 'ready' },
    meaning: `${WAIT_GOALS.slice(0, -1).join(', ')} or ${WAIT_GOALS.at(-1)}; ready unless given`,
  },
  timeout: { schema: MILLISECONDS, meaning: 'milliseconds; no limit unless given' },
  wait: { schema: FLAG, meaning: `true waits until the command has come true; only for ${COMMAND_NAMES.filter(isWaitable).join(', ')}` },
  signal: { schema: { ...TEXT, default: 'TERM' }, meaning: 'for kill: a name such as USR1, or a number; TERM unless given' },
  reason: { schema: TEXT, meaning: 'a line for the log' },
  environment: { schema: { type: 'object', additionalProperties: TEXT }, meaning: 'object of strings: the variables of the handler' },
  input: { schema: TEXT, meaning: 'string: the standard input of the handler' },
  direction: { schema: { type: 'string', enum: ['up', 'down'] }, meaning: 'up or down' },
  names: { schema: { type: 'array', items: TEXT }, meaning: 'services or bundles of the graph; for templates, their names: all unless given' },
  force: { schema: FLAG, meaning: 'true takes essential services down, too' },
  prune: { schema: FLAG, meaning: 'true moves everything else the other way' },
  dry: { schema: FLAG, meaning: 'true changes nothing: `moved`, or `content`, is what would be' },
  block: { schema: FLAG, meaning: 'true waits for a change that is being carried out; otherwise that is refused' },
  snapshot: { schema: { type: 'integer', enum: [0, 1], default: 0 }, meaning: '1: the first frame is every service as it is now' },
  since: {
    schema: COUNT,
    meaning: 'of events: seq of the last event you have; the header Last-Event-ID does the same. Of logs: only lines of the last so many milliseconds',
  },
  lines: {
    schema: { ...COUNT, maximum: LOG_LINES.most },
    meaning: `at most so many lines, the newest ones: ${LOG_LINES.usual} unless given, 10,000 at most and after a line that you have`,
  },
  after: { schema: COUNT, meaning: 'seq of the last line you have; where lines are followed the header Last-Event-ID does the same' },
  follow: { schema: { type: 'integer', enum: [0, 1], default: 0 }, meaning: '1 goes on with each new line, as server-sent events' },
};

/** What stands in the path in braces. */
export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  name: { schema: TEXT, meaning: 'name of the service' },
  command: { schema: { type: 'string', enum: COMMAND_NAMES }, meaning: 'what it is told to do' },
  source: { schema: TEXT, meaning: 'the agent whose handler was called, such as serf' },
  file: { schema: TEXT, meaning: 'name of the file' },
};

/** Keys that a body must have. */
export const REQUIRED: Readonly<Partial<Record<EndpointName, readonly Said<'body'>[]>>> = { change: ['direction', 'names'] };
