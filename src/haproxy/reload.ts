/**
 * A reload of HAProxy that is looked at: by the runtime API where only servers have changed and that is wanted, else through the
 * master's socket. What is told is what was seen afterwards, in the master's list of processes and in `show stat`.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { changeOf, commandsOf, readConfiguration, type ServerChange } from '../core/haproxy/configuration.ts';
import { alertsOf, verdictOf, type Processes } from '../core/haproxy/show.ts';
import { whatIsMissing } from '../core/haproxy/verify.ts';
import { errnoText } from '../core/messages.ts';
import type { HaproxyReload } from '../core/policy.ts';
import { HaproxyError } from './ask.ts';
import { createMaster, type Master } from './master.ts';

export type HaproxyOutcome = Readonly<{
  /** undefined: it worked. */
  failure: Readonly<{ step: 'reload' | 'verify'; detail: string; explained: boolean }> | undefined;
  /** `nothing`: the file is as HAProxy has it; `runtime`: its servers were changed in place. */
  how: 'nothing' | 'runtime' | 'reload';
  /** What HAProxy has now of its configuration, as far as that is known: `applied` of the next time. */
  applied: string | undefined;
}>;

export type HaproxyWish = Readonly<{
  plan: HaproxyReload;
  /** Milliseconds for each of reload and verification. */
  within: number;
  /** What this process is known to have read, or to have been told since; undefined: nobody knows. */
  applied: string | undefined;
  abort: AbortSignal;
}>;

/** Milliseconds until the master is asked again whether it is done: 2.6 says nothing by itself, and begins anew within some 50 ms. */
const FIRST_LOOK = 5;
const LONGEST_WAIT = 200;

/** Never rejects; resolves at the latest when its time, or `abort`, is over. */
export async function reloadHaproxy({ plan, within, applied, abort }: HaproxyWish): Promise<HaproxyOutcome> {
  const master = createMaster(plan.master, { within, abort });
  let text: string | undefined;
  let how: HaproxyOutcome['how'] = 'reload';
  try {
    text = await read(plan.config);
    how = plan.servers === 'runtime' ? await changeServers(master, applied, text) : 'reload';
    if (how === 'reload') await reload(master, within, abort);
  } catch (error) {
    return { failure: { step: 'reload', detail: sentence(error), explained: !(error instanceof SilentFailure) }, how, applied };
  }
  try {
    let missing = text === undefined ? undefined : await lookAtServers(master, text, within, abort);
    if (missing !== undefined && how !== 'reload') {
      // Whatever became of what it was told: a reload makes it right.
      how = 'reload';
      await reload(master, within, abort);
      missing = await lookAtServers(master, text!, within, abort);
    }
    // It may have read another one: what was written meanwhile asks for a reload of its own.
    const known = text !== undefined && (await read(plan.config)) === text ? text : undefined;
    return { failure: missing === undefined ? undefined : { step: 'verify', detail: missing, explained: true }, how, applied: known };
  } catch (error) {
    return { failure: { step: 'verify', detail: sentence(error), explained: true }, how, applied: undefined };
  }
}

/** The old worker goes on, and HAProxy has not told here why. */
class SilentFailure extends HaproxyError {}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function read(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new HaproxyError(`cannot read ${file}: ${errnoText((error as NodeJS.ErrnoException).code ?? String(error))}`);
  }
}

/** `reload`: that is what has to be done. */
async function changeServers(master: Master, applied: string | undefined, text: string | undefined): Promise<HaproxyOutcome['how']> {
  if (applied === undefined || text === undefined) return 'reload';
  const change = changeOf(applied, text);
  if (change.type !== 'servers') return change.type;
  for (const one of change.changes) if (!(await carryOut(master, one))) return 'reload';
  return 'runtime';
}

/** False: HAProxy refuses it, as it does for what only a configuration can say of a server. */
async function carryOut(master: Master, change: ServerChange): Promise<boolean> {
  // One of that name that was removed while it was busy is still there, in maintenance.
  if (change.type === 'add') await master.command('current', `del server ${change.server.backend}/${change.server.name}`);
  for (const { text, accepts, mayFail } of commandsOf(change)) {
    if (!accepts.test(await master.command('current', text)) && mayFail !== true) return false;
  }
  return true;
}

async function reload(master: Master, within: number, abort: AbortSignal): Promise<void> {
  const end = performance.now() + within;
  const before = await master.processes();
  const answer = await master.reload();
  if (/^Success=0/m.test(answer)) {
    const words = alertsOf(answer);
    if (words === undefined) throw new SilentFailure(KEPT);
    throw new HaproxyError(words);
  }
  for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 2, LONGEST_WAIT)) {
    const now: Processes | undefined = await master.processes().catch((error: unknown) => {
      if (performance.now() >= end) throw error;
      return undefined;
    });
    const verdict = now === undefined ? 'undecided' : verdictOf(before, now);
    if (verdict === 'reloaded') return;
    if (verdict === 'failed') throw new SilentFailure(now?.master === before.master ? KEPT : `HAProxy is another process now, ${now?.master}`);
    if (performance.now() >= end) throw new SilentFailure(`no new worker in ${within} ms`);
    await wait(pause, undefined, { signal: abort });
  }
}

const KEPT = 'HAProxy has not taken the new configuration, its old worker goes on';

/** A worker that has just begun answers as soon as it runs. */
async function lookAtServers(master: Master, text: string, within: number, abort: AbortSignal): Promise<string | undefined> {
  const wanted = readConfiguration(text);
  const end = performance.now() + within;
  for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 2, LONGEST_WAIT)) {
    try {
      return whatIsMissing(wanted, await master.stats('current'));
    } catch (error) {
      if (performance.now() >= end) throw error;
      await wait(pause, undefined, { signal: abort });
    }
  }
}
