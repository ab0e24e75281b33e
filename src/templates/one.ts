/** One template: it lives by core/template.ts, and what that orders is carried out here. Nothing is awaited by who calls. */
import type { RenderResult, TemplateStatus } from '../control/backend.ts';
import { keptText, rejectedText, renderedText, strangeText, unrememberedText } from '../core/template-messages.ts';
import { isWorking, newTemplate, templateStep, type TemplateEffect, type TemplateEvent, type TemplateFailure } from '../core/template.ts';
import type { TemplateDefinition } from './definition.ts';
import type { Templates } from './port.ts';
import type { TemplatesOptions } from './templates.ts';
import { createTransaction, StepFailed, type Transaction } from './transaction.ts';

export type One = Readonly<{
  definition(): TemplateDefinition;
  changed(urgent: boolean): void;
  /** Its turn has come. */
  begin(): void;
  /** From the end of the transaction that runs on, or at once. */
  redefine(definition: TemplateDefinition): void;
  withdraw(): void;
  /** Resolves when a transaction that begins from now on has ended. */
  render(): Promise<RenderResult>;
  status(): TemplateStatus;
  wrong(): ReturnType<Templates['wrong']>;
  uses: Transaction['uses'];
  isReloading(): boolean;
  abort(): void;
  /** Nothing comes of what is under way. */
  end(): void;
}>;

export type Surroundings = Readonly<{
  takeTurn(): void;
  giveTurn(): void;
  /** It was withdrawn, and has ended. */
  gone(): void;
  /** Of a promise that nobody waits for. */
  work(act: () => Promise<void>): void;
  /** Nothing new is begun. */
  isFrozen(): boolean;
}>;

type StepName = 'render' | 'check' | 'install' | 'reload' | 'restore';
type Unstamped<E> = E extends { at: number } ? Omit<E, 'at'> : never;
type Ended = Extract<TemplateEffect, { type: 'ended' }>;

export function createOne(options: TemplatesOptions, given: TemplateDefinition, around: Surroundings): One {
  const { now, failed } = options;
  const transaction = createTransaction(options);
  let definition = given;
  let machine = newTemplate(given.name, given.wait, given.check !== undefined);
  let timer: NodeJS.Timeout | undefined;
  /** What it is to be once the transaction that runs has ended. */
  let next: TemplateDefinition | 'gone' | undefined;
  let over = false;
  /** How many transactions have begun, and who waits for one of them to end. */
  let begun = 0;
  let waiters: { number: number; done(result: RenderResult): void }[] = [];
  let members: number | undefined;
  let appliedAt: string | undefined;
  let hasGood = false;
  let kept = false;
  const told = { strange: '', kept: false, failure: '' };

  const note = (level: 'warn' | 'info', text: string): void => options.report({ type: 'note', level, text });

  function give(event: Unstamped<TemplateEvent>): void {
    if (over) return;
    const turn = templateStep(machine, { ...event, at: now() });
    machine = turn.template;
    for (const effect of turn.effects) perform(effect);
  }

  function perform(effect: TemplateEffect): void {
    switch (effect.type) {
      case 'setDeadline':
        clearTimeout(timer);
        timer = setTimeout(() => around.work(() => Promise.resolve().then(() => give({ type: 'deadlinePassed' }))), Math.max(0, effect.at - now()));
        return;
      case 'clearDeadline': return clearTimeout(timer);
      case 'takeTurn': return around.takeTurn();
      case 'giveTurn':
        around.giveTurn();
        return settleDefinition();
      case 'remember': return around.work(remember);
      case 'ended': return ended(effect);
      case 'impossible': return failed(`template ${definition.name}`, `cannot be ${effect.state} and receive ${effect.event}`);
      default: return step(effect.type);
    }
  }

  function step(name: StepName): void {
    around.work(async () => {
      const event = await outcomeOf(name);
      // A life that ends leaves the rest to the next one.
      if (!around.isFrozen()) give(event);
    });
  }

  async function outcomeOf(name: StepName): Promise<Unstamped<TemplateEvent>> {
    try {
      if (name !== 'render') {
        await transaction[name](definition);
        return { type: 'stepEnded' };
      }
      const { outcome, gathered } = await transaction.render(definition);
      if (outcome === 'new') members = transaction.uses()?.has('members') === true ? gathered.members : undefined;
      kept = outcome === 'kept' || outcome === 'to restore';
      tellData(gathered.strange, gathered.members);
      return { type: 'rendered', outcome };
    } catch (error) {
      if (error instanceof StepFailed) return { type: 'stepFailed', failure: error.failure, lastGood: error.lastGood };
      failed(`the ${name} of template ${definition.name}`, error);
      return { type: 'stepFailed', failure: { step: name, reason: 'n6 has made a mistake, which its log tells', output: '' }, lastGood: 'none' };
    }
  }

  function tellData(strange: readonly string[], count: number): void {
    const list = strange.join(' ');
    if (list !== told.strange && list !== '') note('warn', strangeText(definition.name, strange.slice(0, 5)));
    told.strange = list;
    if (kept && !told.kept) note('warn', keptText(definition.name, count, definition.minimumMembers));
    told.kept = kept;
  }

  async function remember(): Promise<void> {
    try {
      await transaction.remember(definition);
    } catch (error) {
      note('warn', unrememberedText(definition.name, (error as NodeJS.ErrnoException).code ?? String(error)));
    }
  }

  const serviceOf = ({ reload }: TemplateDefinition): string | undefined => (reload !== undefined && 'service' in reload ? reload.service : undefined);

  function ended({ outcome, failure }: Ended): void {
    const { name, destination } = definition;
    const service = serviceOf(definition);
    const about = { template: name, destination, ...(service === undefined ? {} : { service }) };
    const text = failure === undefined ? '' : rejectedText(name, failure);
    // A failure that goes on is no news.
    if (failure !== undefined && text !== told.failure) {
      note('warn', text);
      options.announce({ event: 'config-rejected', ...about, ...failure });
    }
    told.failure = text;
    if (failure === undefined) hasGood = true;
    if (outcome === 'applied') {
      appliedAt = new Date(options.wall()).toISOString();
      note('info', renderedText(name, destination, members));
      options.announce({ event: 'config-rendered', ...about, ...(members === undefined ? {} : { members }) });
    }
    answer(resultOf(outcome, failure), begun);
    if (failure === undefined) return options.ended(name, true);
    around.work(async () => {
      const { found } = await options.installer.target(destination).catch(() => ({ found: undefined }));
      hasGood = await transaction.applied(definition) !== undefined;
      options.ended(name, found !== undefined);
    });
  }

  function answer(result: RenderResult, upTo: number): void {
    const due = waiters.filter(({ number }) => number <= upTo);
    waiters = waiters.filter(({ number }) => number > upTo);
    for (const { done } of due) done(result);
  }

  const resultOf = (outcome: Ended['outcome'], failure: TemplateFailure | undefined): RenderResult => ({
    name: definition.name, outcome: outcome !== 'failed' && kept ? 'kept' : outcome,
    step: failure?.step ?? null, reason: failure?.reason ?? '', output: failure?.output ?? '', content: null, current: null,
  });

  function settleDefinition(): void {
    const then = next;
    next = undefined;
    if (then === 'gone') leave();
    else if (then !== undefined) take(then);
  }

  function leave(): void {
    end();
    around.gone();
    options.ended(definition.name, true);
    answer(resultOf('unchanged', undefined), Infinity);
  }

  function take(changed: TemplateDefinition): void {
    definition = changed;
    machine = { ...machine, wait: changed.wait, checks: changed.check !== undefined };
    give({ type: 'changed', urgent: true });
  }

  function end(): void {
    over = true;
    clearTimeout(timer);
  }

  around.work(async () => {
    const applied = await transaction.applied(definition);
    appliedAt ??= applied?.at;
    members ??= applied?.members;
    hasGood ||= applied !== undefined;
  });

  return {
    end,
    uses: transaction.uses,
    definition: () => definition,
    changed: (urgent) => give({ type: 'changed', urgent }),
    begin() {
      begun++;
      give({ type: 'turnGiven' });
    },
    redefine(changed) {
      if (isWorking(machine)) next = changed;
      else take(changed);
    },
    withdraw() {
      if (isWorking(machine)) next = 'gone';
      else leave();
    },
    render: () => new Promise((done) => {
      waiters.push({ number: begun + 1, done });
      give({ type: 'changed', urgent: true });
    }),
    status() {
      const { state, failure, failures, failedAt = 0, due } = machine;
      const iso = (at: number): string => new Date(options.wall() + at - now()).toISOString();
      return {
        name: definition.name, source: definition.source, destination: definition.destination, service: serviceOf(definition) ?? null, state,
        appliedAt: appliedAt ?? null, members: members ?? null,
        failure: failure === undefined ? null : { ...failure, at: iso(failedAt), tries: failures },
        nextTry: state === 'backing-off' ? iso(due) : null,
      };
    },
    wrong() {
      const { state, failure, failures, due } = machine;
      if (failure === undefined) return undefined;
      return { name: definition.name, failure, tries: failures, next: state === 'backing-off' ? due : undefined, hasGood };
    },
    isReloading: () => machine.state === 'reloading',
    abort: () => transaction.abort(),
  };
}
