/** How a request to the control API fails, for the client and for those who tell people. */
import type { ProblemDocument } from './problem.ts';

/** `absent`: no socket file. `dead`: one that nobody listens on. `forbidden`: not for this user. `lost`: the answer did not come to its end. */
export type UnreachableReason = 'absent' | 'dead' | 'forbidden' | 'lost';

export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly path: string;
  readonly reason: UnreachableReason;
  readonly code: string;
  constructor(path: string, code: string, cause?: unknown) {
    super(`cannot reach the supervisor on ${path}: ${code}`, { cause });
    this.path = path;
    this.reason = REASONS[code] ?? 'lost';
    this.code = code;
  }
}

const REASONS: Readonly<Record<string, UnreachableReason>> = {
  ENOENT: 'absent', ENOTDIR: 'absent', ECONNREFUSED: 'dead', EACCES: 'forbidden', EPERM: 'forbidden',
};

/** The supervisor answered no. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: ProblemDocument;
  constructor(problem: ProblemDocument) {
    super(problem.detail);
    this.problem = problem;
  }
}
