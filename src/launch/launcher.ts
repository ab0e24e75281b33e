/** Turns what a service is to run into what the kernel starts: user, limits, environment, directory (`launch` of its policy). */
import path from 'node:path';
import { runArgv, type Definition } from '../core/definition.ts';
import type { SpawnFailure } from '../core/events.ts';
import { PLAIN_LAUNCH, type Argv, type Launch } from '../core/policy.ts';
import type { SpawnRequest } from '../kernel/kernel.ts';
import { ACCOUNT_FILES, identityOf, type AccountFiles, type Identity } from './accounts.ts';
import { chainFor } from './chain.ts';
import { readOwn, type Own } from './own.ts';
import { passable, programPath, wordFor } from './program.ts';
import { readSmall } from './reading.ts';
import { failureOf } from './refusal.ts';
import { requireRights } from './rights.ts';
import { createTools } from './tools.ts';
import { additionsFor, entriesOf, merge, valueIn, type Additions } from './variables.ts';

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

export type Surveyor = Readonly<{
  /** What `run` would find were it started now, and how a process becomes so. Nothing is started, and nothing is thrown. */
  surroundings(definition: Definition): Surroundings | Readonly<{ failure: SpawnFailure }>;
}>;

export type Surroundings = Readonly<{
  directory: string;
  /** `NAME=value`, without what belongs to one start alone, such as NOTIFY_SOCKET. */
  environment: readonly Buffer[];
  /** Names, as latin1 text, of variables that were read from files of secrets. */
  secrets: readonly string[];
  identity: Who;
  /** The programs that a start goes through, each of which becomes the next one, and what the first of them gets; none: n6 starts it itself. */
  chain: Readonly<{ words: readonly string[]; environment: readonly Buffer[] }>;
  /** Who n6 is, as whom the chain begins. */
  own: Who;
}>;

export type Who = Readonly<{ user: number; group: number; groups: readonly number[] }>;

export type LauncherOptions = Readonly<{
  /** What services get; asked at every start. */
  environment(): readonly Buffer[];
  /** Where a name is looked for when there is no PATH in the service's environment. */
  searchPath: string;
  /** The n6 installation, with lib/become.cjs and the programs that a hashbang may name; undefined: none. */
  home?: string | undefined;
  /** Directory with the container's variables, for those that `environment` does not have (contract section 4). */
  containerEnvironment?: string | undefined;
  /** A script whose hashbang n6 understands, as what it becomes; `kept` are variables that no with-contenv takes away. */
  through?(request: SpawnRequest, kept: readonly Buffer[]): SpawnRequest;
  /** The kernel's, which gives children another limit of open files than n6 has. */
  withGivenLimit?<T>(act: () => T): T;
  /** For tests: where the tools are, who n6 is, whom it knows. */
  toolPlaces?: readonly string[];
  own?: Own;
  accounts?: AccountFiles;
}>;

export function createLauncher(options: LauncherOptions): Launcher & Surveyor {
  const { home, through = (request) => request, accounts = ACCOUNT_FILES } = options;
  const tools = createTools(options.toolPlaces);
  let known = options.own;
  // Not before a service asks for anything: a boot without service.yaml reads nothing.
  const own = (): Own => (known ??= readOwn(options.withGivenLimit));

  /** Before any program of n6's has been put between. */
  function grounds(definition: Definition, argv: Argv, extra: Readonly<Record<string, string>>): Grounds {
    const { directory: base, policy: { launch } } = definition;
    const directory = launch.cwd ?? base;
    const identity = identityOf(launch, own(), accounts);
    requireRights(launch, identity, own());
    const additions = additionsFor({ launch, account: identity?.account, directory, container, extra });
    const environment = merge(options.environment(), additions);
    const searchPath = valueIn(environment, 'PATH')?.toString() ?? options.searchPath;
    const program = programPath(argv[0] ?? '', base, directory, searchPath);
    const plain: SpawnRequest = { directory, program, arguments: argv, environment, session: true, stdio: ['null', 'null', 'null'] };
    return { plain, identity, additions, kept: entriesOf(additions.variables), isChanged: identity !== undefined || changesProcess(launch) };
  }

  function launched(definition: Definition, argv: Argv, extra: Readonly<Record<string, string>>): Launched {
    const { plain, identity, kept, isChanged } = grounds(definition, argv, extra);
    const { directory } = plain;
    if (!isChanged) return kept.length === 0 ? plain : through(plain, kept);
    const seen = passable(through(plain, kept), home);
    const chain = chainFor(definition, identity, seen.environment, { tools, own: own(), home });
    const [tool, ...words] = chain.words;
    if (tool === undefined) return seen;
    return {
      directory, program: tool, environment: chain.environment,
      arguments: [path.basename(tool), ...words, wordFor(seen), ...seen.arguments.slice(1)],
    };
  }

  function surroundings(definition: Definition): Surroundings {
    const { plain, identity, additions, kept, isChanged } = grounds(definition, runArgv(definition), NONE);
    const { environment } = through(plain, kept);
    const { user, group, groups } = own();
    const who = identity ?? { user, group, groups };
    return {
      directory: plain.directory, environment, secrets: additions.secrets, own: { user, group, groups },
      identity: { user: who.user, group: who.group, groups: who.groups },
      chain: isChanged ? chainFor(definition, identity, environment, { tools, own: own(), home }) : { words: [], environment },
    };
  }

  /** As a script that is run by with-contenv would find it: one that ran before may have written it. */
  function container(name: string): Buffer | undefined {
    const file = options.containerEnvironment === undefined ? undefined : path.join(options.containerEnvironment, name);
    try {
      if (file !== undefined) return withoutNewline(readSmall(file, LARGEST_VARIABLE));
    } catch {
      // Not there, as most.
    }
    return valueIn(options.environment(), name);
  }

  return {
    prepare(definition, argv, variables = NONE) {
      // Nothing is looked at, nothing is made.
      if (definition.policy.launch === PLAIN_LAUNCH && variables === NONE && argv[0]!.includes('/')) {
        return { directory: definition.directory, program: argv[0]!, arguments: argv, environment: options.environment() };
      }
      try {
        const { directory, program, arguments: words, environment } = launched(definition, argv, variables);
        return { directory, program, arguments: words, environment };
      } catch (error) {
        return { failure: failureOf(error, argv[0] ?? definition.name) };
      }
    },
    surroundings(definition) {
      try {
        return surroundings(definition);
      } catch (error) {
        return { failure: failureOf(error, definition.name) };
      }
    },
  };
}

type Grounds = Readonly<{
  plain: SpawnRequest;
  identity: Identity | undefined;
  additions: Additions;
  /** The variables that no with-contenv takes away. */
  kept: readonly Buffer[];
  /** Something about the process itself is to be different from n6's. */
  isChanged: boolean;
}>;

const changesProcess = ({ umask, nice, ionice, oomScoreAdj, limits }: Launch): boolean =>
  umask !== undefined || nice !== undefined || ionice !== undefined || oomScoreAdj !== undefined || Object.keys(limits).length > 0;

const NONE: Readonly<Record<string, string>> = {};
/** What execve(2) takes for one string. */
const LARGEST_VARIABLE = 128 * 1024;
const NEWLINE = 10;
const withoutNewline = (value: Buffer): Buffer => (value.at(-1) === NEWLINE ? value.subarray(0, -1) : value);
