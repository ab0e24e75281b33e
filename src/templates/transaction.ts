/** The steps of one template's transaction, as they touch the world. What comes after which is decided by core/template.ts. */
import { cannotWrite, checkersWords, commandFailed } from '../core/template-messages.ts';
import type { LastGood, TemplateFailure, TemplateStep } from '../core/template.ts';
import { DataError, gather, type Gathered, type Sources } from './data.ts';
import { checkArgv, type TemplateDefinition } from './definition.ts';
import type { Access } from './disk.ts';
import type { Compiled } from './handlebars.ts';
import type { Applied, Installer, Prepared, Wanted } from './install.ts';
import { loadSource } from './read.ts';
import { TemplateError } from './strict.ts';

/** How a command ended. `how`: its exit, or why it could not be started; undefined: with 0. `output`: the end of what it wrote. */
export type CommandEnd = Readonly<{ how: string | undefined; output: string }>;
/** `service`: runs as that does, in its directory; undefined: as n6, in `directory`. Never rejects. */
export type RunCommand = (
  argv: readonly string[], options: Readonly<{ service: string | undefined; directory: string; within: number }>,
) => Readonly<{ ended: Promise<CommandEnd>; abort(): void }>;

/** `step` and `detail` where it did not work. */
export type ReloadEnd = Readonly<{ ok: boolean; step?: string; detail?: string }>;

export type TransactionOptions = Readonly<{
  installer: Installer;
  sources: Sources;
  run: RunCommand;
  /** A service that is not running has nothing to reload, and that is no failure. Never rejects. */
  reload(service: string): Promise<ReloadEnd>;
  /** Numbers of accounts; a sentence where there is none of that name. */
  accounts(owner: TemplateDefinition['owner']): Partial<Access> | string;
  wall(): number;
}>;

/** What was rendered, and where that leaves the file. */
export type Rendered = Readonly<{ outcome: 'same' | 'new' | 'kept' | 'to restore'; gathered: Gathered; content: string }>;

/** A step has failed. */
export class StepFailed extends Error {
  readonly failure: TemplateFailure;
  readonly lastGood: LastGood;
  constructor(failure: TemplateFailure, lastGood: LastGood) {
    super(failure.reason);
    this.failure = failure;
    this.lastGood = lastGood;
  }
}

export type Transaction = Readonly<{
  /** Each rejects with StepFailed. */
  render(definition: TemplateDefinition): Promise<Rendered>;
  check(definition: TemplateDefinition, purpose?: 'n6' | 'n6-dry'): Promise<void>;
  install(definition: TemplateDefinition): Promise<void>;
  restore(definition: TemplateDefinition): Promise<void>;
  reload(definition: TemplateDefinition): Promise<void>;
  /** What was installed is the last good file. Rejects with the errno of the system. */
  remember(definition: TemplateDefinition): Promise<void>;
  applied(definition: TemplateDefinition): Promise<Applied | undefined>;
  /** What the template looked at when it was compiled last; undefined: it has not been. */
  uses(): Compiled['uses'] | undefined;
  /** A command that runs is ended. */
  abort(): void;
}>;

export function createTransaction(options: TransactionOptions): Transaction {
  const { installer, sources } = options;
  /** undefined: the disk has not been asked. */
  let known: { applied: Applied | undefined } | undefined;
  let source: { text: Compiled; file: string } | undefined;
  let candidate: Readonly<{ content: string; members: number }> = { content: '', members: 0 };
  let prepared: Prepared | undefined;
  let stop = (): void => undefined;

  const step = (name: TemplateStep, reason: string, lastGood: LastGood, output = ''): never => {
    throw new StepFailed({ step: name, reason: reason.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]+/g, ' '), output }, lastGood);
  };

  async function applied({ name, destination }: TemplateDefinition): Promise<Applied | undefined> {
    known ??= { applied: await installer.applied(name) };
    return known.applied?.destination === destination ? known.applied : undefined;
  }

  /** By content alone. */
  async function lastGood(definition: TemplateDefinition): Promise<LastGood> {
    const good = await applied(definition);
    if (good === undefined) return 'none';
    try {
      const target = await installer.target(definition.destination);
      return await installer.isAs(target, { destination: definition.destination, content: good.content }) ? 'in place' : 'elsewhere';
    } catch {
      return 'elsewhere';
    }
  }

  const wantedOf = (definition: TemplateDefinition, content: string): Wanted => {
    const accounts = options.accounts(definition.owner);
    if (typeof accounts === 'string') throw new TypeError(accounts);
    return { destination: definition.destination, content, ...accounts, ...(definition.mode === undefined ? {} : { mode: definition.mode }) };
  };

  async function writing<T>(name: TemplateStep, definition: TemplateDefinition, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return step(name, error instanceof TypeError && code === undefined ? error.message : cannotWrite(definition.destination, code ?? String(error)),
        await lastGood(definition));
    }
  }

  async function run(argv: readonly string[], definition: TemplateDefinition): Promise<CommandEnd> {
    const { reload, timeout: within, file } = definition;
    const service = reload !== undefined && 'service' in reload ? reload.service : undefined;
    const running = options.run(argv, { service, directory: file.slice(0, file.lastIndexOf('/')), within });
    stop = running.abort;
    const end = await running.ended;
    stop = () => undefined;
    return end;
  }

  async function put(name: TemplateStep, definition: TemplateDefinition, content: string): Promise<void> {
    await writing(name, definition, async () => {
      const ready = prepared ?? await installer.prepare(definition.name, wantedOf(definition, content), 'n6');
      prepared = undefined;
      try {
        await installer.install(ready);
      } catch (error) {
        await installer.discard(ready).catch(() => undefined);
        throw error;
      }
    });
  }

  return {
    applied,
    uses: () => source?.text.uses,
    async render(definition) {
      prepared = undefined;
      let content = '';
      let gathered: Gathered;
      try {
        // Read anew: it costs little, and nobody has to tell of its changes.
        const text = loadSource(definition.source, undefined, source?.file === definition.source ? source.text : undefined);
        source = { text, file: definition.source };
        gathered = await gather(definition, sources, text.uses);
        content = text.render(gathered.data);
      } catch (error) {
        if (error instanceof TemplateError) {
          return step('render', `${definition.source}${error.line === 0 ? '' : `:${error.line}`}: ${error.message}`, await lastGood(definition));
        }
        if (error instanceof DataError) return step('render', error.message, await lastGood(definition));
        throw error;
      }
      const good = await applied(definition);
      const where = await lastGood(definition);
      const tooFew = source.text.uses.has('members') && gathered.members < definition.minimumMembers;
      if (tooFew && good !== undefined && good.members >= definition.minimumMembers) {
        candidate = good;
        return { outcome: where === 'in place' ? 'kept' : 'to restore', gathered, content };
      }
      candidate = { content, members: gathered.members };
      if (good?.content !== content || where !== 'in place') return { outcome: 'new', gathered, content };
      const isSame = await writing('install', definition, async () =>
        installer.isAs(await installer.target(definition.destination), wantedOf(definition, content)));
      return { outcome: isSame ? 'same' : 'new', gathered, content };
    },
    async check(definition, purpose = 'n6') {
      const { content } = candidate;
      prepared = await writing('install', definition, () => installer.prepare(definition.name, wantedOf(definition, content), purpose));
      const { file } = prepared;
      const end = definition.check === undefined ? { how: undefined, output: '' } : await run(checkArgv(definition.check, file), definition);
      if (end.how === undefined && purpose === 'n6') return;
      await installer.discard(prepared).catch(() => undefined);
      prepared = undefined;
      if (end.how === undefined) return;
      if (purpose === 'n6') await installer.keepRejected(definition.name, content).catch(() => undefined);
      const { line, output } = checkersWords(end.output, file, definition.destination);
      step('check', commandFailed(line, end.how), await lastGood(definition), output);
    },
    install: (definition) => put('install', definition, candidate.content),
    async restore(definition) {
      const good = await applied(definition);
      if (good === undefined) return step('restore', 'no file is known to be good', 'none');
      prepared = undefined;
      await put('restore', definition, good.content);
    },
    async reload(definition) {
      const { reload } = definition;
      if (reload === undefined) return;
      if ('service' in reload) {
        const end = await options.reload(reload.service);
        if (!end.ok) {
          const detail = [end.step, end.detail].filter((part) => part !== undefined && part !== '').join(': ');
          step('reload', detail === '' ? `${reload.service} was not reloaded` : detail, await lastGood(definition));
        }
        return;
      }
      const end = await run(reload.command, definition);
      if (end.how === undefined) return;
      const { line, output } = checkersWords(end.output, definition.destination, definition.destination);
      step('reload', commandFailed(line, end.how), await lastGood(definition), output);
    },
    async remember(definition) {
      const { name, destination } = definition;
      const next: Applied = { destination, ...candidate, at: new Date(options.wall()).toISOString() };
      known = { applied: next };
      await installer.remember(name, next);
      await installer.forgetRejected(name);
    },
    abort: () => stop(),
  };
}
