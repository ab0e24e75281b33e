/**
 * THE dependency engine as others see it. Whoever starts or stops services asks here, but for s6-svc and its kind, whose
 * letters go to the service itself: what comes of them is seen as what a service does by itself.
 */
import { changeLines } from '../core/change-messages.ts';
import { waitsForTemplate } from '../core/template-messages.ts';
import { buildGraph, type Graph } from '../core/graph.ts';
import { faultText, leftOut } from '../core/graph-faults.ts';
import type { Problem, Report } from '../core/messages.ts';
import { AT_REST, type Direction } from '../core/order.ts';
import type { SavedOrder } from '../core/persist/life.ts';
import { reach, waitsFor } from '../core/order-gates.ts';
import { createEngine, type Sources } from './engine.ts';
import { nodesOf, problemsOf } from './nodes.ts';
import type { ChangeOutcome, Request } from './requests.ts';
import type { Supervisor } from './supervisor.ts';

export type ChangeRequest = Readonly<{
  direction: Direction;
  /** Services or bundles. */
  names: readonly string[];
  /** Down: essential ones, too. */
  force?: boolean;
}>;

/** `template`: whose file is made before the first start. */
export type Waits = { type: 'needs'; names: readonly string[]; template?: string } | { type: 'fault'; text: string };

export type Changes = Readonly<{
  graph(): Graph;
  /** A service is to be started; it is asked for by the next `looked`, together with the others. */
  want(name: string): void;
  /** After a look at the directories. Gives what is wrong with dependencies; what has not been told yet is reported. */
  looked(report: (report: Report) => void): readonly Problem[];
  /** s6-rc's sources have been read. */
  define(sources: Sources): void;
  /** As an operator means it: start with what it needs, stop after what needs it, restart alone. False: no such service. */
  command(name: string, command: 'start' | 'stop' | 'restart' | 'once'): boolean;
  /** Asks for good, and tells when all of them have come so far, have failed or the time is over (milliseconds). */
  bring(direction: Direction, names: readonly string[], timeout: number | undefined): { outcome: Promise<ChangeOutcome>; abort(): void };
  /** As s6-rc means it: asked once, carried out when those that were asked for before have ended. `timeout`: milliseconds for all of it. */
  change(request: ChangeRequest & { timeout?: number }): Promise<ChangeOutcome>;
  /** What a change would move, in order of names; nothing is. */
  affected(request: ChangeRequest): readonly string[];
  /** What a change of these names leaves out: of what is up, all that they do not need; of what is down, all that does not need them. */
  others(names: readonly string[], direction: Direction): readonly string[];
  /** Of s6-rc's sources, or services of directories. */
  isSource(name: string): boolean;
  /** s6-rc's own view: a longrun is up when a change has brought it up, whatever has been done to it since. */
  isUp(name: string): boolean;
  /** True while a change is being carried out or waits. */
  busy(): boolean;
  /** Breaks off all that somebody waits for. */
  abort(): void;
  /** Nothing is started any more, and all, or all that is of sources, goes down in its order. */
  takeDown(what: 'all' | 'sources'): Promise<ChangeOutcome>;
  /** Why a service that is to be up is not: it waits for others, or what is written about it is wrong. */
  waitsFor(name: string): Waits | undefined;
  /** What was held may be started. */
  release(names: readonly string[]): void;
  /** Starts that are ordered and have not begun yet. */
  ordered(): number;
  /** Why this cannot be taken over by another life just now; undefined: it can. */
  unsaved(): string | undefined;
  /** Oneshots of these, and of what they need, have been run: somebody has found that out. */
  assume(names: readonly string[]): void;
  save(): SavedOrder;
  /** Before anything is asked; nothing begins before somebody looks at the graph. */
  adopt(saved: SavedOrder): void;
}>;

/** `heldBy`: the template without whose file a service is not to be started yet; undefined: none. */
export function createChanges(
  supervisor: Supervisor, failed: (where: string, error: unknown) => void, heldBy: (name: string) => string | undefined = () => undefined,
): Changes {
  const { roster } = supervisor;
  let graph = buildGraph([]).graph;
  let isStale = false;
  let faulty: ReadonlyMap<string, string> = new Map();
  let problems: readonly Problem[] = [];
  const told = new Set<string>();
  /** Longruns of sources that a change has brought up. */
  const selected = new Set<string>();
  let wanted: string[] = [];
  let closed = false;

  const engine = createEngine({ supervisor, failed, graph: () => graph, held: (name) => heldBy(name) !== undefined, forgotten: () => void (isStale = true) });
  const { at, put, requests, isOneshot } = engine;

  function redraw(): void {
    isStale = false;
    const built = buildGraph(nodesOf(roster.all(), engine.sources()));
    graph = built.graph;
    faulty = new Map(built.faults.flatMap((fault) => leftOut(fault).map((name) => [name, faultText(fault)])));
    problems = problemsOf(built.faults, roster);
    put({ type: 'redrawn', names: [...engine.standings].flatMap(([name, { goal }]) => (goal === undefined ? [] : [name])) });
  }

  function fresh(): Graph {
    if (isStale) redraw();
    return graph;
  }

  function ask(direction: Direction, names: readonly string[], lasting: boolean): void {
    if (direction === 'up' && closed) return;
    put({ type: 'asked', direction, names, lasting });
  }

  function request(
    direction: Direction, names: readonly string[], lasting: boolean, timeout: number | undefined,
  ): { outcome: Promise<ChangeOutcome>; opened: Request } {
    let opened!: Request;
    const outcome = new Promise<ChangeOutcome>((resolve) => {
      opened = requests.open({
        direction, timeout, ended: resolve,
        // During the shutdown nothing comes up any more.
        names: direction === 'up' && closed ? [] : names,
        aborted: (left) => put({ type: 'aborted', direction, names: left }),
      });
    });
    ask(direction, names, lasting);
    return { outcome, opened };
  }

  const isService = (name: string): boolean => roster.get(name) !== undefined && !isOneshot(name);
  const isUp = (name: string): boolean => (engine.sources().get(name)?.kind === 'longrun' ? selected.has(name) : ['ready', 'fallen'].includes(at(name).place));
  const isThere = (name: string): boolean => isUp(name) || at(name).place !== 'down';
  const mayMove = (force: boolean) => (name: string): boolean => force || graph.node(name)?.essential !== true;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function carryOut({ direction, names, force = false, timeout }: ChangeRequest & { timeout?: number }): Promise<ChangeOutcome> {
    const meant = reach(fresh(), names, direction).filter(direction === 'down' ? mayMove(force) : () => true);
    const outcome = await request(direction, meant, false, timeout).outcome;
    for (const name of meant) {
      if (direction === 'down') selected.delete(name);
      else if (engine.sources().get(name)?.kind === 'longrun' && !outcome.failed.has(name) && !outcome.skipped.includes(name)) selected.add(name);
    }
    if (outcome.timedOut) engine.say([changeLines.timedOut()]);
    return outcome;
  }

  return {
    graph: fresh,
    want: (name) => void wanted.push(name),
    looked(report) {
      redraw();
      const names = wanted;
      wanted = [];
      if (names.length > 0) ask('up', reach(graph, names, 'up'), true);
      const before = new Set(told);
      told.clear();
      for (const problem of problems) {
        const text = `${problem.file} ${problem.remedy}`;
        told.add(text);
        if (!before.has(text)) report({ type: 'problem', problem });
      }
      return problems;
    },
    define(given) {
      engine.define(given);
      redraw();
    },
    command(name, command) {
      fresh();
      const service = roster.get(name);
      const event = ({ start: 'upWanted', stop: 'downWanted', restart: 'restartWanted', once: 'onceWanted' } as const)[command];
      const tellService = (): boolean => supervisor.give(name, { type: event });
      if (service === undefined || isOneshot(name)) return tellService();
      const { place, goal } = at(name);
      const isThere = place !== 'down' && place !== 'falling';
      engine.manner(name, command === 'once' && !isThere ? 'once' : command === 'stop' && isThere ? 'asked for itself' : undefined);
      if (command === 'stop') {
        // It itself is told as ever; what goes down before it is stopped as in the shutdown.
        ask('down', reach(graph, [name], 'down', isService), false);
        if (!isThere) tellService();
        return true;
      }
      // What waits, or is to come back anyway, goes on with that; what is there is restarted alone.
      const isAwaited = command === 'restart' && (isThere || goal === 'up');
      if (!isAwaited) ask('up', reach(graph, [name], 'up'), true);
      if (isThere) tellService();
      return true;
    },
    bring(direction, names, timeout) {
      const { outcome, opened } = request(direction, reach(fresh(), names, direction, isService), direction === 'up', timeout);
      return { outcome, abort: () => opened.abort() };
    },
    change(wish) {
      waiting++;
      const result = last.then(() => carryOut(wish)).finally(() => waiting--);
      last = result.catch(() => undefined);
      return result;
    },
    affected({ direction, names, force = false }) {
      const meant = reach(fresh(), names, direction);
      return direction === 'up' ? meant.filter((name) => !isUp(name)) : meant.filter((name) => isThere(name) && mayMove(force)(name));
    },
    others(names, direction) {
      const own = new Set(reach(fresh(), names, direction));
      return [...engine.sources().values()].filter(({ name, kind }) => kind !== 'bundle' && !own.has(name) && isThere(name) === (direction === 'up'))
        .map(({ name }) => name).sort();
    },
    isSource: (name) => engine.sources().has(name),
    isUp,
    busy: () => waiting > 0,
    abort() {
      for (const opened of requests.all()) opened.abort();
    },
    takeDown(what) {
      closed = true;
      selected.clear();
      const names = [...engine.standings].filter(([name, { place, goal }]) =>
        (place !== 'down' && (what === 'all' || engine.sources().has(name))) || (place === 'down' && goal === 'up')).map(([name]) => name);
      return request('down', names.sort(), false, undefined).outcome;
    },
    waitsFor(name) {
      fresh();
      const text = faulty.get(name);
      if (text !== undefined) return { type: 'fault', text };
      const names = waitsFor(engine.view, name);
      if (names === undefined) return undefined;
      const template = names.length === 0 ? heldBy(name) : undefined;
      if (template !== undefined) return { type: 'needs', names: [waitsForTemplate(template)], template };
      return names.length === 0 ? undefined : { type: 'needs', names };
    },
    release: (names) => put({ type: 'redrawn', names: names.filter((name) => at(name).goal !== undefined) }),
    ordered: () => engine.ordered(),
    unsaved() {
      const running = engine.unsaved();
      if (running.length > 0) return `${running.join(', ')} is being brought up or down`;
      return waiting > 0 ? 'a change of s6-rc is being carried out' : undefined;
    },
    assume(names) {
      const meant = reach(fresh(), names, 'up');
      const standings = meant.filter(isOneshot).map((name) => [name, { ...AT_REST, place: 'ready' as const }] as const);
      engine.adopt({ standings, moves: [], selected: [], manners: [], nodes: [...engine.sources().values()] });
      for (const name of meant) if (engine.sources().get(name)?.kind === 'longrun') selected.add(name);
    },
    save: () => ({ ...engine.save(), selected: [...selected] }),
    adopt(saved) {
      engine.adopt(saved);
      for (const name of saved.selected) selected.add(name);
      isStale = true;
    },
  };
}
