/**
 * Templates of one life: loaded when there is one, before the services that read their files are started. Those that no
 * template speaks of are started at once, and load nothing.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Problem, Report } from '../core/messages.ts';
import { bootTimeText } from '../core/template-messages.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import type { Launcher } from '../launch/launcher.ts';
import { readSmallText } from '../servicedir/yaml/file.ts';
import type { Runs } from '../supervisor/runs.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Templates } from '../templates/port.ts';
import type { Plan } from './plan.ts';

/** Milliseconds that a service is held for a file that cannot be made; then it is started without. */
export const BOOT_PATIENCE = 10_000;

export type TemplateDoor = Readonly<{
  /** The template without whose file a service is not to be started yet; undefined: none. */
  heldBy(service: string): string | undefined;
  /** The boot has come so far: templates that nobody waits for are made, too. Nothing happens where there are none. */
  begin(): void;
  /** The directory is looked at again. Gives what is wrong in it, as far as it is known at once. */
  look(): readonly Problem[];
  /** undefined: there are none, or they are not loaded yet. */
  loaded(): Templates | undefined;
}>;

export type TemplateDoorOptions = Readonly<{
  plan: Plan;
  kernel: LinuxKernel;
  launcher: Launcher;
  runs: Runs;
  supervisor: Supervisor;
  /** Services that were held may be started. */
  release(services: readonly string[]): void;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

export function createTemplateDoor(options: TemplateDoorOptions): TemplateDoor {
  const { plan, report, failed } = options;
  const directory = plan.templateDirectory;
  /** Until they are understood: what stands in the files. Whoever is named there may be meant. */
  let texts = plan.saved === undefined ? textsIn(directory) : [];
  let templates: Templates | undefined;
  let loading = false;
  let hasBegun = false;
  let over = false;
  /** Templates whose readers wait, each with the end of the patience. */
  const pending = new Map<string, NodeJS.Timeout>();
  const settled = new Set<string>();
  let watch: ((files: ReturnType<Templates['files']>) => void) | undefined;

  function begin(): void {
    if (loading || over || (texts.length === 0 && textsIn(directory).length === 0)) return;
    loading = true;
    load().catch((error: unknown) => {
      failed('loading templates', error);
      texts = [];
      options.release(options.supervisor.roster.names());
    });
  }

  async function load(): Promise<void> {
    const [{ openTemplates }, { membersOf }] = await Promise.all([import('./open-templates.ts'), import('./template-members.ts')]);
    if (over) return;
    const opened = openTemplates({ ...options, ...membersOf(options.supervisor), ended, look });
    templates = opened.templates;
    ({ watch } = opened);
    options.supervisor.journal.subscribe(({ event }) => {
      if (event === 'shutdown-started') stop();
    });
    for (const problem of look()) report({ type: 'problem', problem });
    texts = [];
    // Who was named without being meant.
    options.release(options.supervisor.roster.names());
  }

  function stop(): void {
    over = true;
    for (const timer of pending.values()) clearTimeout(timer);
    templates?.stop();
  }

  function look(): readonly Problem[] {
    if (templates === undefined) {
      if (!loading) texts = textsIn(directory);
      if (hasBegun) begin();
      return [];
    }
    // Before the services are looked at: one that came with a template waits for it.
    const problems = templates.look();
    if (plan.saved === undefined) for (const { template } of templates.readers()) hold(template);
    watch?.(templates.files());
    return problems;
  }

  function hold(template: string): void {
    if (settled.has(template) || pending.has(template)) return;
    pending.set(template, setTimeout(() => {
      const text = bootTimeText(template, BOOT_PATIENCE);
      for (const service of readersOf(template)) if (heldBy(service) !== undefined) report({ type: 'note', level: 'warn', service, text });
      settle(template);
    }, BOOT_PATIENCE));
  }

  const readersOf = (template: string): string[] => (templates?.readers() ?? []).filter((one) => one.template === template).map(({ service }) => service);

  function settle(template: string): void {
    settled.add(template);
    const readers = readersOf(template);
    clearTimeout(pending.get(template));
    if (pending.delete(template)) options.release(readers);
  }

  function ended(template: string, isThere: boolean): void {
    if (isThere) settle(template);
  }

  function heldBy(service: string): string | undefined {
    if (templates !== undefined) {
      return templates.readers().find((reader) => reader.service === service && pending.has(reader.template))?.template;
    }
    const named = texts.find(({ text }) => speaksOf(text, service))?.name;
    if (named !== undefined) begin();
    return named;
  }

  return {
    heldBy, look,
    begin() {
      hasBegun = true;
      begin();
    },
    loaded: () => templates,
  };
}

type Text = Readonly<{ name: string; text: string }>;

function textsIn(directory: string): Text[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names.filter((name) => /\.ya?ml$/i.test(name) && !name.startsWith('.')).sort().map((name) => {
    const content = readSmallText(path.join(directory, name), name);
    return { name: name.replace(/\.ya?ml$/i, ''), text: 'text' in content ? content.text : '' };
  });
}

/** As a word of its own. */
function speaksOf(text: string, service: string): boolean {
  const isPart = (sign: string | undefined): boolean => sign !== undefined && /[\w@-]/.test(sign);
  for (let at = text.indexOf(service); at >= 0; at = text.indexOf(service, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + service.length])) return true;
  }
  return false;
}
