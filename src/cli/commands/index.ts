/** THE list of subcommands, in the order in which help shows them. */
import type { Command } from '../command.ts';
import { check } from './check.ts';
import { completion } from './completion.ts';
import { env } from './env.ts';
import { event } from './event.ts';
import { events } from './events.ts';
import { exec } from './exec.ts';
import { graph } from './graph.ts';
import { health } from './health.ts';
import { importCommand } from './import.ts';
import { members } from './members.ts';
import { operations } from './operate.ts';
import { link } from './link.ts';
import { logs } from './logs.ts';
import { reexec } from './reexec.ts';
import { render } from './render.ts';
import { rescan } from './rescan.ts';
import { shutdown } from './shutdown.ts';
import { status } from './status.ts';
import { supervise } from './supervise.ts';
import { top } from './top.ts';
import { tree } from './tree.ts';
import { wait } from './wait.ts';
import { why } from './why.ts';

export const COMMAND_LIST: readonly Command[] = [
  status, top, why, tree, graph, ...operations, wait, logs, health, events, env, exec, members, render, rescan, event, reexec, shutdown, check, importCommand,
  link, completion, supervise,
];

export const findCommand = (name: string): Command | undefined => COMMAND_LIST.find((command) => command.name === name);
