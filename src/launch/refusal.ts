/** Why a start is refused before it is tried: thrown on the way to a request, and turned into a failure in one place. */
import type { SpawnFailure, SpawnStep } from '../core/events.ts';
import { codeOf, isTemporary } from '../kernel/errno.ts';

export function refuse(step: SpawnStep, subject: string, code: string): never {
  throw Object.assign(new Error(`${step}: ${subject}`), { failure: { code, step, subject, hopeless: !isTemporary(code) } satisfies SpawnFailure });
}

/** Of anything that was thrown; `subject` is what it is about where it does not say so itself. */
export function failureOf(error: unknown, subject: string): SpawnFailure {
  if (error instanceof Error && 'failure' in error) return error.failure as SpawnFailure;
  const code = codeOf(error);
  return { code, step: 'process', subject, hopeless: !isTemporary(code) };
}
