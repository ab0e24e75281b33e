/** How many instances of a service there are, changed one at a time: the next comes when the one before is ready, and goes when it has been drained. */
import type { ScaleOutcome, ScaleRefusal } from '../control/backend.ts';
import type { Report } from '../core/messages.ts';
import { instanceName, type InstancesPlan } from '../core/instances.ts';
import type { SavedScale } from '../core/persist/life.ts';
import { notScaledText, scaledText, scaleRangeText } from '../core/scale-messages.ts';
import { waitFor } from './waiting.ts';
import type { Supervisor } from './supervisor.ts';

export type Scaling = Readonly<{
  /** Resolves when all are there and ready, or gone, or one of them is not. Asked for the same again it is the same; another wish comes after. */
  scale(name: string, count: number, reason: string): Promise<ScaleOutcome> | ScaleRefusal;
  save(): SavedScale[];
  /** What an earlier life had begun is brought to its end. */
  resume(saved: readonly SavedScale[]): void;
  /** The next life goes on with it. */
  freeze(): void;
  thaw(): void;
}>;

export type ScalingOptions = Readonly<{
  supervisor: Supervisor;
  /** As its file says; undefined: nobody has looked. */
  plan(name: string): InstancesPlan | undefined;
  count(name: string, plan: InstancesPlan): number;
  set(name: string, count: number, plan: InstancesPlan): void;
  saved(): readonly Omit<SavedScale, 'wanted'>[];
  /** Looks at the directory for instances of this service alone. */
  look(of: string): void;
  /** Resolves when nobody uses it any more, or will not wait longer. Absent: an instance has nothing to be drained of but by its stop. */
  drained?(name: string): Promise<void>;
  shuttingDown(): boolean;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
}>;

/** Milliseconds that an instance has to become ready, or to be gone: what takes longer is no reason to go on. */
export const STEP_LIMIT = 60_000;

type Work = { wanted: number; result: Promise<ScaleOutcome> };

export function createScaling(options: ScalingOptions): Scaling {
  const { supervisor, report, failed } = options;
  const works = new Map<string, Work>();
  let over = new AbortController();

  /** Of one that an earlier life has left, its instances know. */
  const planOf = (name: string): InstancesPlan | undefined =>
    options.plan(name) ?? supervisor.roster.all().find(({ definition: { policy } }) => policy.instance?.of === name)?.definition.policy.instances;

  const numberOf = (name: string): number => {
    const plan = planOf(name);
    return plan === undefined ? 0 : options.count(name, plan);
  };

  async function work(name: string, wanted: number, reason: string): Promise<ScaleOutcome> {
    const from = numberOf(name);
    const end = (outcome: ScaleOutcome['outcome'], detail = ''): ScaleOutcome => {
      const to = numberOf(name);
      report({ type: 'note', level: outcome === 'reached' ? 'info' : 'warn', service: name, text: detail === '' ? scaledText(from, to, reason) : detail });
      return { name, from, to, wanted, outcome, detail };
    };
    for (let count = from; count !== wanted;) {
      if (options.shuttingDown()) return end('failed', notScaledText(name, wanted, 'the supervisor is shutting down'));
      const goal = count < wanted ? 'ready' : 'down';
      const one = instanceName(name, goal === 'ready' ? count + 1 : count);
      const next = goal === 'ready' ? count + 1 : count - 1;
      if (goal === 'down') await options.drained?.(one);
      const plan = planOf(name);
      if (plan === undefined) return end('failed', notScaledText(name, wanted, 'it has no instances any more'));
      options.set(name, next, plan);
      options.look(name);
      count = next;
      const outcome = await step(one, goal);
      if (over.signal.aborted) return { name, from, to: next, wanted, outcome: 'failed', detail: 'the supervisor replaces itself, and goes on then' };
      if (outcome !== 'reached') {
        const what = goal === 'ready' ? `${one} did not become ready` : `${one} has not ended`;
        return end(outcome === 'timed out' ? 'timed out' : 'failed', notScaledText(name, wanted, `${what}${whyText(one)}`));
      }
    }
    return end('reached');
  }

  const whyText = (name: string): string => {
    const state = supervisor.roster.get(name)?.state.name;
    return state === undefined ? '' : `: see svc why ${name}`;
  };

  /** Where it has gone it is down. */
  async function step(name: string, goal: 'ready' | 'down'): Promise<'reached' | 'failed' | 'timed out'> {
    if (goal === 'ready') {
      const outcome = await waitFor(supervisor, name, goal, STEP_LIMIT, over.signal);
      return outcome === 'removed' ? 'failed' : outcome;
    }
    return new Promise((resolve) => {
      const done = (outcome: 'reached' | 'timed out'): void => {
        clearTimeout(timer);
        unwatch();
        over.signal.removeEventListener('abort', giveUp);
        resolve(outcome);
      };
      const giveUp = (): void => done('timed out');
      const timer = setTimeout(giveUp, STEP_LIMIT);
      const unwatch = supervisor.watch((changed, service) => {
        if (changed === name && service === undefined) done('reached');
      });
      over.signal.addEventListener('abort', giveUp);
      if (supervisor.roster.get(name) === undefined) done('reached');
    });
  }

  function begin(name: string, wanted: number, reason: string): Promise<ScaleOutcome> {
    const before = works.get(name);
    if (before?.wanted === wanted) return before.result;
    const result = (before?.result ?? Promise.resolve()).then(() => work(name, wanted, reason)).catch((error: unknown): ScaleOutcome => {
      failed(`scaling ${name}`, error);
      const to = numberOf(name);
      return { name, from: to, to, wanted, outcome: 'failed', detail: 'n6 has made a mistake, which its log tells' };
    }).finally(() => {
      if (works.get(name)?.result === result && !over.signal.aborted) works.delete(name);
    });
    works.set(name, { wanted, result });
    return result;
  }

  return {
    scale(name, count, reason) {
      const plan = planOf(name);
      if (plan === undefined) return { refused: 'no instances' };
      if (count < plan.min || count > plan.max) return { refused: 'out of range', detail: scaleRangeText(name, count, plan) };
      return begin(name, count, reason);
    },
    save: () => {
      const known = new Map(options.saved().map((each) => [each.name, each]));
      const wanted = (name: string): number | undefined => works.get(name)?.wanted;
      for (const name of works.keys()) if (!known.has(name)) known.set(name, { name, count: numberOf(name), written: planOf(name)?.count ?? 0 });
      return [...known.values()].map((each) => ({ ...each, wanted: wanted(each.name) }));
    },
    resume(saved) {
      for (const { name, wanted } of saved) if (wanted !== undefined) void begin(name, wanted, 'asked before the supervisor replaced itself');
    },
    freeze: () => over.abort(),
    thaw() {
      over = new AbortController();
      for (const [name, { wanted }] of [...works]) {
        works.delete(name);
        void begin(name, wanted, 'asked before');
      }
    },
  };
}
