/**
 * The life of one template as a pure function: templateStep(template, event) gives the template after it, and what is to
 * be done. It is a transaction that converges: whatever ends it, the destination has a whole file, old or new, and what
 * has not come true is tried again.
 */

/** THE list of what a template may be doing. Each is a state that others see. */
export const TEMPLATE_STATES = {
  idle: 'nothing has changed since it was last looked at',
  waiting: 'something has changed, and it waits for quiet',
  queued: 'it waits for another template of the same service',
  rendering: 'it is being rendered',
  checking: 'its check is running',
  installing: 'its file is being replaced',
  reloading: 'who reads its file is being told',
  restoring: 'its last good file is being put back',
  'backing-off': 'it has failed, and is tried again',
} as const;
export type TemplateState = keyof typeof TEMPLATE_STATES;

/** What can go wrong, in the order of a transaction. */
export const TEMPLATE_STEPS = ['render', 'check', 'install', 'reload', 'restore'] as const;
export type TemplateStep = (typeof TEMPLATE_STEPS)[number];

/** THE list of what can become of a template that somebody asked for. */
export const RENDER_OUTCOMES = {
  'applied': 'the file is new, and who reads it was told',
  'unchanged': 'it is as it was last applied',
  'kept': 'there are fewer members than minimum-members: the last good file stays',
  'would change': 'it was only looked at: the file would be new',
  'failed': 'step, reason and output tell why; the last good file stays',
} as const;
export type RenderOutcome = keyof typeof RENDER_OUTCOMES;

/** `reason`: one sentence, without a full stop; `output`: what a checker has written, empty where there was none. */
export type TemplateFailure = Readonly<{ step: TemplateStep; reason: string; output: string }>;

/** `min`: so long nothing may change before it is rendered; `max`: and so long that is waited for, at most. Milliseconds. */
export type Wait = Readonly<{ min: number; max: number }>;

/** Whether the file that was last applied is where it belongs: `none`: none is known. */
export type LastGood = 'in place' | 'elsewhere' | 'none';

export type Template = Readonly<{
  name: string;
  wait: Wait;
  /** There is something that would check it. */
  checks: boolean;
  state: TemplateState;
  /** When the first of the changes came that it waits with; of `again`, the same for the next transaction. */
  changedAt: number;
  due: number;
  /** Something has changed since the transaction that runs has begun: another one follows; `urgent`: at once. */
  again: 'no' | 'yes' | 'urgent';
  /** Why the transaction that runs will have failed, once the last good file is back. */
  failing: TemplateFailure | undefined;
  /** Of the transactions that ended last: how many failed in a row, and why. */
  failures: number;
  failure: TemplateFailure | undefined;
  /** When it failed, or was applied or found to be as it has to be; undefined: not yet. */
  failedAt: number | undefined;
  lookedAt: number | undefined;
}>;

export type TemplateEvent = Readonly<{ at: number } & (
  /** `urgent`: without waiting for quiet. */
  | { type: 'changed'; urgent: boolean }
  | { type: 'deadlinePassed' }
  /** Nobody else is at its service. */
  | { type: 'turnGiven' }
  /** `same`: that is what was last applied. `restored`: too few members, so that the last good file stays, and is to be put back. */
  | { type: 'rendered'; outcome: 'same' | 'new' | 'kept' | 'to restore' }
  /** The step that was under way has gone well. */
  | { type: 'stepEnded' }
  | { type: 'stepFailed'; failure: TemplateFailure; lastGood: LastGood }
)>;

export type TemplateEffect =
  | { type: 'setDeadline'; at: number }
  | { type: 'clearDeadline' }
  | { type: 'takeTurn' }
  | { type: 'giveTurn' }
  | { type: 'render' | 'check' | 'install' | 'reload' | 'restore' }
  /** The new file is live: it is the last good one from now on. */
  | { type: 'remember' }
  /** A transaction has ended. `failure` undefined: well. */
  | { type: 'ended'; outcome: 'applied' | 'unchanged' | 'failed'; failure: TemplateFailure | undefined }
  /** It is over the deadline of a state that it is not in. Told, and survived. */
  | { type: 'impossible'; state: TemplateState; event: TemplateEvent['type'] };

export type TemplateTurn = Readonly<{ template: Template; effects: readonly TemplateEffect[] }>;

/** Milliseconds before the first try after a failure, what each wait is multiplied with, and the longest one. */
export const TEMPLATE_RETRY = { initial: 1000, factor: 2, max: 60_000 } as const;

export const newTemplate = (name: string, wait: Wait, checks: boolean): Template => ({
  name, wait, checks, state: 'idle', changedAt: 0, due: 0, again: 'no', failing: undefined, failures: 0, failure: undefined, failedAt: undefined,
  lookedAt: undefined,
});

/** Milliseconds until the next try. */
export const retryIn = (failures: number): number =>
  Math.min(TEMPLATE_RETRY.max, TEMPLATE_RETRY.initial * TEMPLATE_RETRY.factor ** Math.min(20, Math.max(0, failures - 1)));

/**
 * Who of those that wait, in this order, may begin: nobody is at work for the same service, or the same file. `targets`: what each of them
 * touches.
 */
export function nextTurns(waiting: readonly string[], busy: ReadonlySet<string>, targets: (name: string) => readonly string[]): string[] {
  const taken = new Set(busy);
  return waiting.filter((name) => {
    const mine = targets(name);
    if (mine.some((target) => taken.has(target))) return false;
    for (const target of mine) taken.add(target);
    return true;
  });
}

/** Its transaction is under way: it has its turn. */
export const isWorking = ({ state }: Template): boolean =>
  state === 'rendering' || state === 'checking' || state === 'installing' || state === 'reloading' || state === 'restoring';

export function templateStep(template: Template, event: TemplateEvent): TemplateTurn {
  switch (event.type) {
    case 'changed': return changed(template, event.at, event.urgent);
    case 'deadlinePassed': return deadlinePassed(template, event.at);
    case 'turnGiven': return template.state === 'queued' ? turn({ ...template, state: 'rendering' }, { type: 'render' }) : impossible(template, event);
    case 'rendered': return template.state === 'rendering' ? rendered(template, event.at, event.outcome) : impossible(template, event);
    case 'stepEnded': return stepEnded(template, event);
    case 'stepFailed': return isWorking(template) ? failed(template, event.at, event.failure, event.lastGood) : impossible(template, event);
  }
}

const turn = (template: Template, ...effects: TemplateEffect[]): TemplateTurn => ({ template, effects });
const impossible = (template: Template, { type }: TemplateEvent): TemplateTurn => turn(template, { type: 'impossible', state: template.state, event: type });

function changed(template: Template, at: number, urgent: boolean): TemplateTurn {
  switch (template.state) {
    case 'idle': case 'backing-off':
      return urgent ? queue(template, { type: 'clearDeadline' }) : wait(template, at, at);
    case 'waiting':
      return urgent ? queue(template, { type: 'clearDeadline' }) : wait(template, template.changedAt, at);
    // It has not looked at anything yet.
    case 'queued':
      return turn(template);
    default:
      return turn({
        ...template,
        again: urgent || template.again === 'urgent' ? 'urgent' : 'yes',
        changedAt: template.again === 'no' ? at : template.changedAt,
      });
  }
}

/** Each change begins the quiet period anew, until the first of them has waited long enough. */
function wait(template: Template, changedAt: number, at: number): TemplateTurn {
  const due = Math.max(at, Math.min(at + template.wait.min, changedAt + template.wait.max));
  return turn({ ...template, state: 'waiting', changedAt, due }, { type: 'setDeadline', at: due });
}

const queue = (template: Template, ...before: TemplateEffect[]): TemplateTurn =>
  turn({ ...template, state: 'queued', again: 'no' }, ...before, { type: 'takeTurn' });

function deadlinePassed(template: Template, at: number): TemplateTurn {
  if (template.state !== 'waiting' && template.state !== 'backing-off') return turn(template);
  // A timer may ring a moment early.
  if (at < template.due) return turn(template, { type: 'setDeadline', at: template.due });
  return queue(template);
}

function rendered(template: Template, at: number, outcome: 'same' | 'new' | 'kept' | 'to restore'): TemplateTurn {
  switch (outcome) {
    case 'same': case 'kept': return end(template, at, 'unchanged');
    case 'to restore': return turn({ ...template, state: 'restoring' }, { type: 'restore' });
    case 'new':
      return template.checks ? turn({ ...template, state: 'checking' }, { type: 'check' }) : turn({ ...template, state: 'installing' }, { type: 'install' });
  }
}

function stepEnded(template: Template, event: TemplateEvent): TemplateTurn {
  const { at } = event;
  switch (template.state) {
    case 'checking': return turn({ ...template, state: 'installing' }, { type: 'install' });
    // Who reads the file is told of what was put back as well as of what is new.
    case 'installing': case 'restoring': return turn({ ...template, state: 'reloading' }, { type: 'reload' });
    case 'reloading': return template.failing === undefined ? end(template, at, 'applied') : endFailed(template, at, template.failing);
    default: return impossible(template, event);
  }
}

function failed(template: Template, at: number, failure: TemplateFailure, lastGood: LastGood): TemplateTurn {
  const { failing } = template;
  // Putting the last good file back has failed, too: the first reason is the one that has to be mended.
  if (failing !== undefined) return endFailed(template, at, { ...failing, reason: `${failing.reason}; and then: ${failure.reason}` });
  if (lastGood === 'elsewhere' && template.state !== 'restoring') return turn({ ...template, state: 'restoring', failing: failure }, { type: 'restore' });
  return endFailed(template, at, failure);
}

function endFailed(template: Template, at: number, failure: TemplateFailure): TemplateTurn {
  const failures = template.failures + 1;
  const ended: TemplateEffect[] = [{ type: 'ended', outcome: 'failed', failure }, { type: 'giveTurn' }];
  const after: Template = { ...template, failing: undefined, failures, failure, failedAt: at, lookedAt: at };
  if (template.again !== 'no') return follow(after, at, ended);
  const due = at + retryIn(failures);
  return turn({ ...after, state: 'backing-off', due }, ...ended, { type: 'setDeadline', at: due });
}

function end(template: Template, at: number, outcome: 'applied' | 'unchanged'): TemplateTurn {
  const ended: TemplateEffect[] = [
    ...(outcome === 'applied' ? [{ type: 'remember' } as const] : []), { type: 'ended', outcome, failure: undefined }, { type: 'giveTurn' },
  ];
  const after: Template = { ...template, failures: 0, failure: undefined, lookedAt: at };
  return template.again === 'no' ? turn({ ...after, state: 'idle' }, ...ended) : follow(after, at, ended);
}

/** What has changed in the meantime has waited all that time. */
function follow(template: Template, at: number, ended: readonly TemplateEffect[]): TemplateTurn {
  if (template.again === 'urgent') return queue(template, ...ended);
  const next = wait({ ...template, again: 'no' }, template.changedAt, at);
  return turn(next.template, ...ended, ...next.effects);
}
