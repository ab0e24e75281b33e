/** THE list of the bytes that s6-svc(8) and s6-svscanctl(8) write into control FIFOs (spec/s6-compat 1.4, 1.7, 3.4). */
import type { Event } from '../../core/events.ts';
import type { Service } from '../../core/service.ts';

/** What a byte asks for. `group`: a signal for the process group of `run`, which the core does not know. */
export type Wish =
  | { type: 'event'; event: WishedEvent }
  | { type: 'group'; signal: string }
  | { type: 'makeDown' }
  | { type: 'removeDown' };

type WishedName = 'upWanted' | 'downWanted' | 'downInsisted' | 'leaveWanted' | 'onceWanted' | 'reloadWanted' | 'pauseWanted' | 'continueWanted';
export type WishedEvent = { type: Extract<Event['type'], WishedName> } | { type: 'signalWanted'; signal: string };

type Letter = Readonly<{ sentence: string; wishes(service: Service): readonly Wish[] }>;

/** What is not here is ignored, as s6-supervise does. */
export const S6_LETTERS: Readonly<Record<string, Letter>> = {
  u: always('start and keep running', event('upWanted')),
  d: always('stop and stay down; what is stopping is told again', event('downInsisted')),
  o: { sentence: 'start, but not again after it ends', wishes: (service) => [once(service)] },
  O: { sentence: 'not again after it ends; no signal', wishes: (service) => [unwant(service)] },
  U: always('remove the file `down`, then as `u`', { type: 'removeDown' }, event('upWanted')),
  D: always('make the file `down`, then as `d`', { type: 'makeDown' }, event('downInsisted')),
  Q: { sentence: 'make the file `down`, then as `O`', wishes: (service) => [{ type: 'makeDown' }, unwant(service)] },
  r: { sentence: 'send the stop signal; it comes back if it is wanted up', wishes: ({ definition }) => [send(definition.stopSignal)] },
  x: always('let go of the service once it has ended; no signal', event('leaveWanted')),
  l: always('send the reload signal', event('reloadWanted')),
  p: always('send STOP', event('pauseWanted')),
  c: always('send CONT', event('continueWanted')),
  P: always('send STOP to the process group', { type: 'group', signal: 'SIGSTOP' }, event('pauseWanted')),
  C: always('send CONT to the process group', { type: 'group', signal: 'SIGCONT' }, event('continueWanted')),
  K: always('send KILL to the process group', { type: 'group', signal: 'SIGKILL' }),
  a: signal('ALRM'), b: signal('ABRT'), q: signal('QUIT'), h: signal('HUP'), k: signal('KILL'), t: signal('TERM'), i: signal('INT'),
  1: signal('USR1'), 2: signal('USR2'), y: signal('WINCH'),
};

/** `add`: what is new is started; `prune`: what has gone is stopped; `rescan`: both; `nothing` is done by n6 all the time. */
export type ScanWish = 'add' | 'prune' | 'rescan' | 'shutdown' | 'leave' | 'nothing';

/** What a byte in `.s6-svscan/control` asks for. */
export const SCAN_LETTERS: Readonly<Record<string, Readonly<{ sentence: string; wish: ScanWish }>>> = {
  a: { sentence: 'rescan: start what is new; what is gone goes on', wish: 'add' },
  h: { sentence: 'rescan: start what is new, stop what is gone', wish: 'rescan' },
  n: { sentence: 'stop what is gone', wish: 'prune' },
  N: { sentence: 'stop what is gone', wish: 'prune' },
  t: { sentence: 'ordered shutdown', wish: 'shutdown' },
  i: { sentence: 'ordered shutdown', wish: 'shutdown' },
  q: { sentence: 'ordered shutdown', wish: 'shutdown' },
  b: { sentence: 'end at once: services are left running, `finish` is executed', wish: 'leave' },
  z: { sentence: 'reap: nothing to do, n6 always does', wish: 'nothing' },
};

function event(type: WishedName): Wish {
  return { type: 'event', event: { type } };
}

function send(name: string): Wish {
  return { type: 'event', event: { type: 'signalWanted', signal: name } };
}

function signal(word: string): Letter {
  return always(`send ${word}`, send(`SIG${word}`));
}

function always(sentence: string, ...wishes: Wish[]): Letter {
  return { sentence, wishes: () => wishes };
}

/** s6 starts it only from DOWN; a service that is about to end does not come back for `o` (spec 1.4). */
function once(service: Service): Wish {
  return event(isEnding(service) ? 'downWanted' : 'onceWanted');
}

/** The core's `once` is, for a life that has begun, s6's "wanted down, but not stopped"; where none has begun nothing may start. */
function unwant(service: Service): Wish {
  const { state } = service;
  return event(state.name === 'running' || (state.name === 'spawning' && state.program === 'run') ? 'onceWanted' : 'downWanted');
}

const isEnding = ({ state }: Service): boolean =>
  state.name === 'stopping' || state.name === 'finishing' || (state.name === 'spawning' && state.program !== 'run');
