/** All templates: who they are, whose turn it is, and what of the world concerns whom. */
import type { RenderResult } from '../control/backend.ts';
import type { Announcement } from '../core/announcements.ts';
import { nearest, type Report } from '../core/messages.ts';
import { noSuchTarget } from '../core/template-messages.ts';
import { nextTurns } from '../core/template.ts';
import type { TemplateDefinition } from './definition.ts';
import { createOne, type One } from './one.ts';
import type { Templates } from './port.ts';
import { readTemplates } from './read.ts';
import { rehearse } from './rehearse.ts';
import type { TransactionOptions } from './transaction.ts';

export type TemplatesOptions = TransactionOptions & Readonly<{
  /** templates.d */
  directory: string;
  /** Monotonic milliseconds. */
  now(): number;
  serviceNames(): readonly string[];
  announce(announcement: Announcement): void;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  /** After each transaction, and when a template has gone: who waits for its file need not wait any more, if `isThere`. */
  ended(name: string, isThere: boolean): void;
}>;

export function createTemplates(options: TemplatesOptions): Templates {
  const { report, failed } = options;
  const all = new Map<string, One>();
  /** Names, in the order in which they asked. */
  let waiting: string[] = [];
  const busy = new Map<string, readonly string[]>();
  const working = new Set<Promise<void>>();
  /** `NAME SERVICE` of targets that were missing when they were told. */
  const missing = new Set<string>();
  let frozen = false;
  let stopped = false;

  /** Not in this turn of the loop: what else has begun with the same event is known by then. */
  function giveTurns(): void {
    work(async () => {
      await Promise.resolve();
      if (frozen || stopped) return;
      const turns = nextTurns(waiting, new Set([...busy.values()].flat()), (name) => targetsOf(all.get(name)?.definition()));
      waiting = waiting.filter((name) => !turns.includes(name));
      for (const name of turns) {
        const one = all.get(name);
        if (one === undefined) continue;
        busy.set(name, targetsOf(one.definition()));
        checkTarget(one.definition());
        one.begin();
      }
    });
  }

  function work(act: () => Promise<void>): void {
    const done: Promise<void> = act().catch((error: unknown) => failed('a template', error)).finally(() => working.delete(done));
    working.add(done);
  }

  function add(definition: TemplateDefinition): void {
    const { name } = definition;
    const one = createOne(options, definition, {
      work,
      isFrozen: () => frozen || stopped,
      takeTurn() {
        waiting.push(name);
        giveTurns();
      },
      giveTurn() {
        busy.delete(name);
        giveTurns();
      },
      gone: () => drop(name),
    });
    all.set(name, one);
    one.changed(true);
  }

  function drop(name: string): void {
    all.delete(name);
    busy.delete(name);
    waiting = waiting.filter((other) => other !== name);
    giveTurns();
  }

  function checkTarget({ name, reload }: TemplateDefinition): void {
    const names = options.serviceNames();
    if (reload === undefined || !('service' in reload)) return;
    const key = `${name} ${reload.service}`;
    if (names.includes(reload.service)) return void missing.delete(key);
    if (!missing.has(key)) report({ type: 'note', level: 'warn', text: noSuchTarget(name, reload.service, nearest(reload.service, names)) });
    missing.add(key);
  }

  const sorted = (): One[] => [...all.values()].sort((a, b) => (a.definition().name < b.definition().name ? -1 : 1));
  const readerOf = (one: One): string | undefined => {
    const { reload } = one.definition();
    return reload !== undefined && 'service' in reload ? reload.service : undefined;
  };

  return {
    look() {
      const { templates, problems } = readTemplates(options.directory);
      const seen = new Set(templates.map(({ name }) => name));
      for (const one of [...all.values()]) {
        const { name, file } = one.definition();
        // What is there and cannot be understood goes on as it was.
        if (!seen.has(name) && !problems.some((problem) => isOf(problem.file, file))) one.withdraw();
      }
      for (const definition of templates) {
        const one = all.get(definition.name);
        if (one === undefined) add(definition);
        else one.redefine(definition);
      }
      return problems;
    },
    changed(root) {
      for (const one of all.values()) if (one.uses()?.has(root) ?? true) one.changed(false);
    },
    renderAll() {
      for (const one of all.values()) one.changed(true);
    },
    list: () => sorted().map((one) => one.status()),
    render: (names, dry) => Promise.all(names.flatMap((name): Promise<RenderResult>[] => {
      const one = all.get(name);
      if (one === undefined) return [];
      return [dry ? rehearse(options, one.definition()) : one.render()];
    })),
    wrong: (service) => sorted().filter((one) => readerOf(one) === service).map((one) => one.wrong()).find((wrong) => wrong !== undefined),
    readers: () => sorted().flatMap((one) => {
      const service = readerOf(one);
      return service === undefined ? [] : [{ service, template: one.definition().name }];
    }),
    files: () => ({
      data: [...new Set(sorted().flatMap((one) => [...one.definition().files.values()]))],
      written: [options.directory, ...new Set(sorted().map((one) => one.definition().source))],
    }),
    async freeze() {
      frozen = true;
      const isReloading = sorted().some((one) => one.isReloading());
      for (const one of all.values()) if (!one.isReloading()) one.abort();
      // Who waits for a reload has nothing of the disk in hand, and the reload may take its time.
      if (!isReloading) await Promise.all(working);
    },
    thaw() {
      frozen = false;
      for (const one of [...all.values()]) {
        one.end();
        drop(one.definition().name);
        add(one.definition());
      }
    },
    stop() {
      stopped = true;
      for (const one of all.values()) {
        one.end();
        one.abort();
      }
    },
  };
}

const isOf = (place: string, file: string): boolean => place === file || place.startsWith(`${file}:`);

/** One at a time for a service, and for a file. */
const targetsOf = (definition: TemplateDefinition | undefined): readonly string[] => (definition === undefined ? [] : [
  `file ${definition.destination}`, ...(definition.reload !== undefined && 'service' in definition.reload ? [`service ${definition.reload.service}`] : []),
]);
