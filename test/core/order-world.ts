/**
 * A world of some services for the order of services and the life of each together: what the supervisor does of an order
 * (supervisor/moves.ts), on processes that are only written down. Its own books say what must hold.
 */
import { ALONE, buildGraph, type Graph, type Node } from '../../src/core/graph.ts';
import { AT_REST, orderStep, type OrderEvent, type Standing, type View } from '../../src/core/order.ts';
import { reach } from '../../src/core/order-gates.ts';
import { newService, step, type Service } from '../../src/core/service.ts';
import type { Event } from '../../src/core/events.ts';
import { definition } from '../help/definition.ts';

export type OrderFunction = typeof orderStep;
/** `says`: it tells when it is ready. */
export type Member = Readonly<{ needs: readonly string[]; restarts: readonly string[]; wants: readonly string[]; after: readonly string[]; says: boolean }>;

export type OrderMove =
  | { do: 'ask'; direction: 'up' | 'down'; names: readonly string[]; lasting: boolean }
  /** To the letter, behind the back of the order. */
  | { do: 'write'; event: 'upWanted' | 'downWanted' | 'restartWanted' | 'onceWanted'; name: string }
  | { do: 'answer' | 'refuse' | 'ready' | 'ring'; name: string }
  | { do: 'die'; name: string; code: number }
  | { do: 'abort'; direction: 'up' | 'down'; name: string };

type Process = { pid: number; asked: boolean };

export type OrderWorld = Readonly<{
  graph: Graph;
  names: readonly string[];
  at(name: string): Standing;
  service(name: string): Service;
  make(move: OrderMove): void;
  /** Whatever is on its way comes to its end: all processes obey, all starts succeed. */
  rest(): void;
  events(): number;
}>;

const law = (words: string, holds: boolean, about: string): void => {
  if (!holds) throw new Error(`law broken: ${words}: ${about}`);
};

export function newOrderWorld(members: Readonly<Record<string, Member>>, order: OrderFunction = orderStep): OrderWorld {
  const names = Object.keys(members);
  const { graph } = buildGraph(names.map((name): Node => ({ ...ALONE, name, kind: 'longrun', ...members[name] })));
  const standings = new Map<string, Standing>();
  const at = (name: string): Standing => standings.get(name) ?? AT_REST;
  const view: View = { graph, at };
  const services = new Map(names.map((name) => [name, newService(definition({
    name, startsDown: true, tallySize: 1, hasFinish: false, ...(members[name]!.says ? { notificationDescriptor: 3 } : {}),
  }), 'n6', 0)]));
  const processes = new Map<string, Process>();
  const starting = new Set<string>();
  const ringing = new Map<string, number>();
  /** Moves that were ordered: whether the service has been seen doing it. */
  const moves = new Map<string, { direction: 'up' | 'down'; begun: boolean }>();
  const queue: (OrderEvent | { type: 'look'; name: string })[] = [];
  /** To whom somebody has written since they were last asked for: they do as they are told. */
  const written = new Set<string>();
  /** Started by others than the order, as far as this life goes. */
  const loose = new Set<string>();
  /** Asked for good, and not asked to go, nor written to, since. */
  const expected = new Set<string>();
  /** The same, whatever was written. */
  const lastingly = new Set<string>();
  /** When the order started it, and when it was ready last: counted in events. */
  const startedAt = new Map<string, number>();
  const readyAt = new Map<string, number>();
  let draining = false;
  let now = 0;
  let pids = 100;
  let count = 0;

  function put(item: (typeof queue)[number]): void {
    queue.push(item);
    if (draining) return;
    draining = true;
    try {
      for (let i = 0; i < queue.length; i++) take(queue[i]!);
    } finally {
      queue.length = 0;
      draining = false;
    }
  }

  function take(item: (typeof queue)[number]): void {
    if (item.type === 'look') return look(item.name);
    count++;
    const { standings: next, effects } = order(view, item);
    for (const [name, standing] of next) {
      law('a standing is known by name', names.includes(name), name);
      standings.set(name, standing);
    }
    for (const effect of effects) {
      if (effect.type === 'settled') continue;
      if (effect.type === 'abort') {
        if (moves.get(effect.name)?.direction === 'up') stopMove(effect.name);
        continue;
      }
      const { name, direction } = effect;
      hold(name, direction);
      if (direction === 'up') {
        loose.delete(name);
        startedAt.set(name, count);
      }
      moves.set(name, { direction, begun: false });
      give(name, { type: direction === 'up' ? 'upWanted' : 'downWanted', at: now });
      put({ type: 'look', name });
    }
  }

  /** Given up: stopped, and told as failed. */
  function stopMove(name: string): void {
    moves.set(name, { direction: 'down', begun: false });
    give(name, { type: 'downWanted', at: now });
    put({ type: 'failed', name, failure: { type: 'timedOut' }, stopping: kindOf(services.get(name)!) !== 'at rest' });
    put({ type: 'look', name });
  }

  /** From the world's own books, not from what the order believes. */
  function hold(name: string, direction: 'up' | 'down'): void {
    if (direction === 'up') {
      for (const need of graph.needsOf(name)) {
        law('nobody starts before what it needs is ready', kindOf(services.get(need)!) === 'ready', `${name} needs ${need}`);
      }
      for (const target of graph.softOf(name)) {
        const { place, stumbled, failure } = at(target);
        const moving = moves.get(target);
        law('nobody starts before what it wants is ready, or has had its try', !(place === 'rising' && moving?.direction === 'up'
          && !stumbled && failure === undefined && services.get(target)!.state.name !== 'backingOff' && at(target).goal === 'up'), `${name} after ${target}`);
      }
      law('what is started is not there', kindOf(services.get(name)!) === 'at rest', name);
    } else if (at(name).goal === 'down' && members[name]!.restarts.every((need) => kindOf(services.get(need)!) === 'ready')) {
      for (const dependent of graph.neededBy(name)) {
        const isFree = kindOf(services.get(dependent)!) === 'at rest' || at(dependent).goal === 'up' || written.has(dependent);
        law('nobody stops while somebody needs it', isFree, `${dependent} needs ${name}`);
      }
    }
  }

  function give(name: string, event: Event): void {
    count++;
    const before = services.get(name)!;
    const { service, effects } = step(before, event);
    services.set(name, service);
    if (kindOf(service) === 'at rest' && loose.has(name)) expected.delete(name);
    if (kindOf(service) === 'ready' && kindOf(before) !== 'ready') readyAt.set(name, count);
    for (const effect of effects) {
      switch (effect.type) {
        case 'spawnRun':
          law('never two of one service', !processes.has(name) && !starting.has(name), name);
          starting.add(name);
          break;
        case 'sendSignal':
          law('no signal to what is not there', processes.get(name)?.pid === Math.abs(effect.pid), name);
          if (effect.signal === 'SIGTERM' || effect.signal === 'SIGKILL') processes.get(name)!.asked = true;
          break;
        case 'setDeadline': ringing.set(name, effect.at); break;
        case 'clearDeadline': ringing.delete(name); break;
        default: break;
      }
    }
    put({ type: 'look', name });
  }

  /** As supervisor/moves.ts. */
  function look(name: string): void {
    const service = services.get(name)!;
    const { place } = at(name);
    const kind = kindOf(service);
    const move = moves.get(name);
    const end = (event: OrderEvent): void => {
      moves.delete(name);
      put(event);
    };
    switch (place) {
      case 'down': return kind === 'ready' || kind === 'coming' ? put({ type: 'rose', name, ready: kind === 'ready' }) : undefined;
      case 'ready': case 'fallen':
        if (kind === 'ready') return place === 'fallen' ? put({ type: 'rose', name, ready: true }) : undefined;
        if (kind !== 'coming') return put({ type: 'fell', name, to: kind === 'leaving' ? 'falling' : 'down' });
        if (place === 'ready') put({ type: 'fell', name, to: 'fallen' });
        return service.state.name === 'backingOff' ? put({ type: 'stumbled', name, failure: undefined }) : undefined;
      case 'rising':
        if (move === undefined) return;
        if (kind === 'ready' || kind === 'coming') move.begun = true;
        if (!move.begun) return;
        if (kind === 'ready') return end({ type: 'moved', name });
        if (kind === 'at rest' || kind === 'leaving') return end({ type: 'failed', name, failure: { type: 'timedOut' }, stopping: kind === 'leaving' });
        return service.state.name === 'backingOff' ? put({ type: 'stumbled', name, failure: undefined }) : undefined;
      case 'falling':
        if (kind === 'at rest') return end({ type: 'moved', name });
        if (move !== undefined && (service.wanted === 'down' || kind === 'leaving')) move.begun = true;
        if (move?.begun === false || service.wanted === 'down' || kind === 'leaving') return;
        return end({ type: 'rose', name, ready: kind === 'ready' });
    }
  }

  function answer(name: string): void {
    if (!starting.delete(name)) return;
    const pid = pids++;
    processes.set(name, { pid, asked: false });
    give(name, { type: 'spawned', at: now, pid });
  }

  /** No process can be had at this moment. */
  function refuse(name: string): void {
    if (!starting.delete(name)) return;
    give(name, { type: 'spawnFailed', at: now, failure: { code: 'EAGAIN', step: 'process', subject: name, hopeless: false } });
  }

  function die(name: string, code: number): void {
    const process = processes.get(name);
    if (process === undefined) return;
    processes.delete(name);
    give(name, { type: 'exited', at: now, pid: process.pid, exit: { code } });
  }

  function sayReady(name: string): void {
    const process = processes.get(name);
    if (process !== undefined && members[name]!.says) give(name, { type: 'becameReady', at: now, pid: process.pid });
  }

  function ring(name: string): void {
    const due = ringing.get(name);
    if (due === undefined) return;
    now = Math.max(now, due);
    ringing.delete(name);
    give(name, { type: 'deadlinePassed', at: now });
  }

  function make(move: OrderMove): void {
    now++;
    switch (move.do) {
      case 'ask': {
        const meant = reach(graph, move.names, move.direction);
        for (const name of meant) {
          written.delete(name);
          for (const set of [expected, lastingly]) {
            if (move.direction === 'down') set.delete(name);
            else if (move.lasting) set.add(name);
          }
        }
        put({ type: 'asked', direction: move.direction, names: meant, lasting: move.lasting });
        break;
      }
      case 'write':
        written.add(move.name);
        loose.add(move.name);
        expected.delete(move.name);
        give(move.name, { type: move.event, at: now });
        break;
      case 'answer': answer(move.name); break;
      case 'refuse': refuse(move.name); break;
      case 'ready': sayReady(move.name); break;
      case 'ring': ring(move.name); break;
      case 'die': die(move.name, move.code); break;
      case 'abort':
        if (move.direction === 'down') written.add(move.name);
        put({ type: 'aborted', direction: move.direction, names: [move.name] });
        break;
    }
    holdAll();
  }

  function holdAll(): void {
    for (const name of names) {
      const { place, goal } = at(name);
      const service = services.get(name)!;
      const kind = kindOf(service);
      law('a place is what the service is', place === { 'at rest': 'down', ready: 'ready', coming: place, leaving: place }[kind]
        || (place === 'falling' && kind !== 'at rest'), `${name} is ${place}, its service ${service.state.name}`);
      law('what is on its way is moved by somebody', place !== 'rising' || moves.get(name)?.direction === 'up', name);
      if (goal === 'up' && place === 'down') {
        const ready = [...graph.needsOf(name)].every((need) => at(need).place === 'ready');
        const soft = [...graph.softOf(name)].some((target) => (at(target).goal === 'up' || at(target).place === 'rising') && !at(target).stumbled);
        law('nobody waits for nothing', !ready || soft, name);
      }
    }
  }

  function rest(): void {
    for (let round = 0; round < 40 * names.length; round++) {
      const before = count;
      for (const name of names) {
        answer(name);
        if (processes.get(name)?.asked === true) die(name, 0);
        else if (services.get(name)!.state.name === 'running' && (services.get(name)!.state as { ready: boolean }).ready === false) sayReady(name);
        ring(name);
      }
      holdAll();
      if (count === before) return holdRest();
    }
    law('the world comes to rest', false, names.map((name) => `${name} ${at(name).place} ${services.get(name)!.state.name}`).join(', '));
  }

  /** Nothing moves: everybody has his goal, or waits for something that is not there and does not come. */
  function holdRest(): void {
    for (const name of names) {
      const { place, goal, lasting } = at(name);
      law('at rest nothing is on its way', place === 'down' || place === 'ready', `${name} is ${place}`);
      for (const need of graph.needsOf(name)) {
        const bound = members[name]!.restarts.includes(need) && place === 'ready' && at(need).place === 'ready' && !loose.has(name);
        law('who is bound to a need has been started after it was ready', !bound || startedAt.get(name)! >= readyAt.get(need)!, `${name} needs ${need}`);
      }
      law('at rest who was asked for good is there, or waits', !expected.has(name) || loose.has(name) || place === 'ready' || goal === 'up', name);
      if (goal === undefined) continue;
      const isAsked = lastingly.has(name) || members[name]!.restarts.length > 0;
      law('at rest only a lasting start is open', goal === 'up' && lasting && isAsked, `${name} ${goal}`);
      law('at rest who waits lacks something', [...graph.needsOf(name)].some((need) => at(need).place !== 'ready'), name);
    }
  }

  return { graph, names, at, service: (name) => services.get(name)!, make, rest, events: () => count };
}

function kindOf({ state, wanted, definition: { notificationDescriptor } }: Service): 'at rest' | 'coming' | 'ready' | 'leaving' {
  switch (state.name) {
    case 'down': case 'failed': return 'at rest';
    case 'done': return 'ready';
    case 'running': return state.ready || notificationDescriptor === undefined ? 'ready' : 'coming';
    case 'backingOff': return 'coming';
    case 'spawning': case 'stopping': case 'finishing': return wanted === 'down' ? 'leaving' : 'coming';
  }
}
