/**
 * THE list of ways in which the control API says no. Each answer is a problem document (RFC 9457): `type` is
 * about:blank, and `code` is the word that programs should look at.
 */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'Bad Request', sentence: 'the request cannot be understood; `detail` says what was expected' },
  unauthorized: { status: 401, title: 'Unauthorized', sentence: 'on TCP: there is no token, or a wrong one' },
  forbidden: { status: 403, title: 'Forbidden', sentence: 'whoever asks may not do that' },
  'no-such-service': { status: 404, title: 'Not Found', sentence: 'there is no service of that name' },
  'no-such-command': { status: 404, title: 'Not Found', sentence: 'there is no command of that name' },
  'no-such-resource': { status: 404, title: 'Not Found', sentence: 'there is nothing at that path' },
  'no-such-template': { status: 404, title: 'Not Found', sentence: 'there is no template of that name' },
  'no-graph': { status: 404, title: 'Not Found', sentence: 'nothing has dependencies here: no s6-rc sources were read' },
  'no-usage': { status: 404, title: 'Not Found', sentence: 'what services use cannot be known: /proc is missing, or that of another PID namespace' },
  'not-startable': { status: 409, title: 'Conflict', sentence: 'the service could not be started as it is now; `detail` says why' },
  'changing': { status: 409, title: 'Conflict', sentence: 'another change is being carried out; `block` waits for it' },
  'method-not-allowed': { status: 405, title: 'Method Not Allowed', sentence: 'the path exists, but not for this method; `Allow` says for which' },
  'request-timeout': { status: 408, title: 'Request Timeout', sentence: 'the rest of the request did not come' },
  'shutting-down': { status: 409, title: 'Conflict', sentence: 'nothing is started during the ordered shutdown' },
  'not-reexecuted': { status: 409, title: 'Conflict', sentence: 'the supervisor cannot replace itself now; `detail` says why' },
  'body-too-large': { status: 413, title: 'Content Too Large', sentence: 'the body is longer than 1 MiB' },
  misdirected: { status: 421, title: 'Misdirected Request', sentence: 'on TCP: the Host header has a name that is not of this server' },
  'headers-too-large': { status: 431, title: 'Request Header Fields Too Large', sentence: 'path and headers are longer than 16 KiB' },
  internal: { status: 500, title: 'Internal Server Error', sentence: 'a bug; the supervisor has logged it and goes on' },
  'too-busy': { status: 503, title: 'Service Unavailable', sentence: 'too many requests are open at once' },
  'not-well': { status: 503, title: 'Service Unavailable', sentence: 'not at the level of health that was asked about; `services` are those that are not' },
  reexecuting: {
    status: 503, title: 'Service Unavailable',
    sentence: 'the supervisor replaces itself, and answers again in a moment: go on waiting there. `given` is there where a command has been given: '
      + '`seq` of the last event before it, `pid` of the service then. Do not give it again',
  },
  closing: { status: 503, title: 'Service Unavailable', sentence: 'the supervisor is ending, and with it the control API' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export type ProblemDocument = Readonly<{
  schema: number;
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  /** A sentence for people, with what to do about it. */
  detail: string;
} & Record<string, unknown>>;

/** Thrown by whatever finds that a request cannot be fulfilled; the server makes the answer of it. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  /** What the problem document says beside the rest (RFC 9457, "Extension Members"). */
  readonly members: Readonly<Record<string, unknown>>;
  override readonly name = 'Refusal';
  constructor(code: ProblemCode, detail: string, members: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.code = code;
    this.members = members;
  }
}

export function problemDocument(code: ProblemCode, detail: string, members: Readonly<Record<string, unknown>> = {}): ProblemDocument {
  const { status, title } = PROBLEMS[code];
  return { schema: 1, type: 'about:blank', title, status, code, detail, ...members };
}
