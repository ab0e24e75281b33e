/** Turns what a service is to run into what the kernel starts: user, limits, environment, directory (`launch` of its policy). */
import type { Definition } from '../core/definition.ts';
import type { SpawnFailure } from '../core/events.ts';
import type { Argv } from '../core/policy.ts';

/** What differs from one start to another in a request to the kernel. */
export type Launched = Readonly<{ directory: string; program: string; arguments: readonly string[]; environment: readonly Buffer[] }>;

export type Launcher = Readonly<{
  /**
   * `argv`: what is to run with the service's user, limits, environment and directory; its first word is a path, absolute or
   * relative to the service directory, or a name to look for in PATH. `variables` are added to the environment. Never throws:
   * what is missing is a failure, as that of a start that the kernel refused.
   */
  prepare(definition: Definition, argv: Argv, variables?: Readonly<Record<string, string>>): Launched | Readonly<{ failure: SpawnFailure }>;
}>;
