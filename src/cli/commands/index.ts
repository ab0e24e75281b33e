/** THE list of subcommands, in the order in which help shows them; each is loaded when it is asked for. */
import { COMMAND_NAMES } from '../../core/commands.ts';
import type { Command } from '../command.ts';

type Load = () => Promise<Command>;

const LOADERS: Readonly<Record<string, Load>> = {
  'status': async () => (await import('./status.ts')).status,
  'top': async () => (await import('./top.ts')).top,
  'why': async () => (await import('./why.ts')).why,
  'tree': async () => (await import('./tree.ts')).tree,
  'graph': async () => (await import('./graph.ts')).graph,
  ...Object.fromEntries(COMMAND_NAMES.map((name): [string, Load] => [name, async () => (await import('./operate.ts')).operations[name]])),
  'wait': async () => (await import('./wait.ts')).wait,
  'logs': async () => (await import('./logs.ts')).logs,
  'health': async () => (await import('./health.ts')).health,
  'events': async () => (await import('./events.ts')).events,
  'env': async () => (await import('./env.ts')).env,
  'exec': async () => (await import('./exec.ts')).exec,
  'members': async () => (await import('./members.ts')).members,
  'render': async () => (await import('./render.ts')).render,
  'rescan': async () => (await import('./rescan.ts')).rescan,
  'event': async () => (await import('./event.ts')).event,
  'reexec': async () => (await import('./reexec.ts')).reexec,
  'shutdown': async () => (await import('./shutdown.ts')).shutdown,
  'check': async () => (await import('./check.ts')).check,
  'import': async () => (await import('./import.ts')).importCommand,
  'link': async () => (await import('./link.ts')).link,
  'completion': async () => (await import('./completion.ts')).completion,
  'supervise': async () => (await import('./supervise.ts')).supervise,
};

export const SUBCOMMANDS: readonly string[] = Object.keys(LOADERS);

export async function findCommand(name: string): Promise<Command | undefined> {
  return Object.hasOwn(LOADERS, name) ? LOADERS[name]!() : undefined;
}

/** All of them, for help and completion. */
export const everyCommand = (): Promise<readonly Command[]> => Promise.all(Object.values(LOADERS).map((load) => load()));
