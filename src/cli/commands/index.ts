/** THE list of subcommands, in the order in which help shows them. */
import type { Command } from '../command.ts';
import { check } from './check.ts';
import { event } from './event.ts';
import { graph } from './graph.ts';
import { health } from './health.ts';
import { importCommand } from './import.ts';
import { operations } from './operate.ts';
import { link } from './link.ts';
import { rescan } from './rescan.ts';
import { shutdown } from './shutdown.ts';
import { status } from './status.ts';
import { supervise } from './supervise.ts';
import { tree } from './tree.ts';
import { wait } from './wait.ts';
import { why } from './why.ts';

export const COMMAND_LIST: readonly Command[] = [
  status, why, tree, graph, ...operations, wait, health, rescan, event, shutdown, check, importCommand, link, supervise,
];

export const findCommand = (name: string): Command | undefined => COMMAND_LIST.find((command) => command.name === name);
