import type { EventType } from './events.ts';

/**
 * THE list of what an operator can ask of a service. The control API's paths, `svc`'s subcommands, its help, the
 * reference and completion are derived from it. `letter` is the byte that s6-svc(8) writes for the same wish.
 */
export const COMMANDS = {
  start: { event: 'upWanted', letter: 'u', goal: 'up', sentence: 'start and keep running' },
  stop: { event: 'downWanted', letter: 'd', goal: 'down', sentence: 'stop and stay down' },
  restart: { event: 'restartWanted', letter: undefined, goal: 'up', sentence: 'stop, then start with the directory as it is now' },
  reload: { event: 'reloadWanted', letter: 'l', goal: undefined, sentence: 'send reload-signal, HUP unless the directory says otherwise' },
  once: { event: 'onceWanted', letter: 'o', goal: 'up', sentence: 'start, but not again after it ends' },
  pause: { event: 'pauseWanted', letter: 'p', goal: undefined, sentence: 'send STOP' },
  cont: { event: 'continueWanted', letter: 'c', goal: undefined, sentence: 'send CONT' },
  kill: { event: 'signalWanted', letter: undefined, goal: undefined, sentence: 'send a signal, TERM unless -s names another' },
} as const satisfies Record<string, Command>;

type Command = Readonly<{
  event: EventType;
  letter: string | undefined;
  /** What a client that waits is waiting for; `undefined`: the act itself is all there is. */
  goal: Goal | undefined;
  sentence: string;
}>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];
export const isCommandName = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);

/** THE list of what `svc wait --for` can wait for. */
export const GOALS = ['up', 'ready', 'down', 'healthy'] as const;
export type Goal = (typeof GOALS)[number];
export const isGoal = (name: string): name is Goal => (GOALS as readonly string[]).includes(name);
