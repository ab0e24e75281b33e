import type { N6 } from '../../client/client.ts';
import type { HookTrial, ShownHook } from '../../control/backend.ts';
import { ANNOUNCEMENT_NAMES, isAnnouncementName } from '../../core/announcements.ts';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import type { HookRun } from '../../core/hooks.ts';
import { nearest } from '../../core/messages.ts';
import { JSON_OPTION, UsageError, type Command, type Invocation } from '../command.ts';
import { printJson } from '../json.ts';
import { findAll } from '../names.ts';
import { present, WATCH_OPTION, type View } from '../present.ts';
import { createProgress } from '../progress.ts';
import { reach } from '../reach.ts';
import { noHooks, printable } from '../sentences.ts';
import { table, type Cell } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** `svc hooks`: what is run at which event, and how it went; `svc hooks run EVENT` runs it without the event. */
export const hooks: Command = {
  name: 'hooks',
  operand: { label: 'run EVENT NAME', least: 0, many: false, choices: ['run'] },
  sentence: 'list hooks and how they last went; with run: run those of an event',
  options: { 'dry-run': { sentence: 'with run: print what would be run, and what it would be given' }, ...WATCH_OPTION, ...JSON_OPTION },
  examples: [
    { line: 'svc hooks', sentence: 'what would be run, what is not and why, what has failed' },
    { line: 'svc hooks run service-failed web --dry-run', sentence: 'what would be run if web failed' },
  ],
  async run(invocation) {
    const { words: [verb, event, name], options } = invocation;
    if (verb !== undefined && verb !== 'run') throw new UsageError(`hooks: expected run, got ${JSON.stringify(verb)}`, 'hooks');
    if (verb === undefined && options['dry-run'] === true) throw new UsageError('hooks takes --dry-run with run only', 'hooks');
    if (verb === 'run' && options['watch'] === true) throw new UsageError('hooks run takes no --watch', 'hooks');
    if (verb === 'run' && (event === undefined || !isAnnouncementName(event))) throw unknownEvent(event);
    const n6 = await reach(invocation);
    if (verb === undefined) return present(invocation, n6, () => look(n6));
    const [service] = name === undefined ? [] : await findAll(n6, [name]);
    const about = [event as Parameters<N6['runHooks']>[0], service?.name] as const;
    return options['dry-run'] === true ? tellTrial(invocation, await n6.tryHooks(...about)) : runThem(invocation, n6, about);
  },
};

function unknownEvent(event: string | undefined): UsageError {
  if (event === undefined) return new UsageError('hooks run needs an event: svc hooks run EVENT [NAME]', 'hooks');
  const near = nearest(event, ANNOUNCEMENT_NAMES);
  return new UsageError(`no event named ${JSON.stringify(event)}${near === undefined ? '' : `; did you mean ${near}?`}`, 'hooks');
}

async function look(n6: N6): Promise<View<'hooks'>> {
  const list = await n6.hooks();
  return {
    document: list,
    text: (terminal) => (list.hooks.length === 0 ? noHooks(list.directories) : shown(list.hooks, terminal)),
    code: SVC_EXIT.done.code,
  };
}

function shown(list: readonly ShownHook[], terminal: Terminal): string {
  const rows = list.map((hook): Cell[] => [
    { text: printable(hook.event) },
    { text: hook.service ?? '-' },
    { text: printable(hook.hook) },
    { text: printable(lastText(hook)), paint: (text) => (hook.ignored !== null || hook.last?.ok === false ? terminal.paint('red', text) : text) },
  ]);
  return table(['EVENT', 'SERVICE', 'HOOK', 'LAST'], rows, terminal.columns).join('\n');
}

function lastText({ ignored, running, last }: ShownHook): string {
  if (ignored !== null) return `not run: ${ignored}`;
  if (running) return 'running';
  if (last === null) return 'not yet';
  return `${last.ok ? 'ok' : `failed: ${last.reason}`}${last.service === null ? '' : ` for ${last.service}`}, ${last.at}`;
}

async function runThem(invocation: Invocation, n6: N6, about: readonly [Parameters<N6['runHooks']>[0], string | undefined]): Promise<number> {
  const { terminal, options } = invocation;
  const progress = createProgress(invocation, n6, new Map([[`the hooks of ${about[0]}`, '']]));
  const runs = await n6.runHooks(...about).finally(() => progress.end());
  if (options['json'] === true) printJson<'hooks'>(terminal, { runs });
  else terminal.print(runs.length === 0 ? `no hook is run on ${about[0]}; see: svc hooks` : runs.map(runLine).join('\n'));
  return runs.every(({ ok }) => ok) ? SVC_EXIT.done.code : SVC_EXIT.notFulfilled.code;
}

const runLine = ({ hook, ok, reason, seconds }: HookRun): string =>
  `${printable(hook)}: ${ok ? `ok after ${seconds} s` : `failed after ${seconds} s: ${printable(reason)}`}`;

function tellTrial({ terminal, options }: Invocation, trial: HookTrial): number {
  if (options['json'] === true) {
    printJson<'hooks'>(terminal, { trial });
    return SVC_EXIT.done.code;
  }
  const { given, environment, hooks: would } = trial;
  terminal.print([
    ...(would.length === 0 ? [`no hook is run on ${given.event}`] : would.map((hook) => `would run ${printable(hook)}`)),
    `standard input: ${JSON.stringify(given)}`,
    ...Object.entries(environment).map(([name, value]) => printable(`${name}=${value}`)),
  ].join('\n'));
  return SVC_EXIT.done.code;
}
