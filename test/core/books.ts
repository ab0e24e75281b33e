/** The world's own books about a service, from events alone, so that the core's can be held against them. */
import type { Event } from '../../src/core/events.ts';
import type { Service } from '../../src/core/service.ts';
import { containerCode, judgeEnd, judgeStart, noteWish, type Verdict } from './verdict.ts';
import { wishAfter } from './wish.ts';
import type { Process, World } from './world.ts';

export function note(world: World, event: Event): void {
  const { life, process, service, book } = world;
  const isOwn = process?.program === 'run' && 'pid' in event && event.pid === process.pid;
  if (event.type === 'spawned' && process?.program === 'run') {
    Object.assign(book, { asked: false, condemned: false, startedAt: event.at, undone: false, failedStart: undefined });
  }
  if (event.type === 'exited' && isRun(service, event.pid)) Object.assign(book, { diedAt: event.at, lastExit: event.exit });
  if (service.state.name === 'spawning' && service.state.program === 'down') book.undone = true;
  const verdict = judge(world, event);
  noteWish(book, event, service.state);
  world.wish = wishAfter(world.wish, event, service, process?.program, verdict);
  if (service.state.name === 'running' && isOwn) noteLife(world, process, event);
  if (event.type === 'deadlinePassed' && service.state.name === 'running') book.condemned = true;
  if (event.type === 'reloadEnded' && event.pid === world.reload) world.reload = undefined;
  if (['upWanted', 'onceWanted', 'restartWanted'].includes(event.type)) life.asked = true;
  if (event.type === 'becameReady' && event.pid === process?.pid && service.state.name === 'running' && !process.ready) {
    process.ready = true;
    life.readyAt = event.at;
  }
  if (event.type === 'spawned' && process?.program === 'run') {
    world.life = { startedAt: event.at, readyAt: undefined, diedAt: Infinity, endedAt: Infinity, asked: false };
  }
  if (event.type === 'exited' && event.pid !== 1) {
    life.endedAt = event.at;
    if (service.state.name !== 'finishing') life.diedAt = event.at;
  }
}

const isRun = ({ state }: Service, pid: number): boolean => (state.name === 'running' || state.name === 'stopping') && state.pid === pid;

function noteLife({ service, book }: World, process: Process, event: Event): void {
  if (event.type === 'mainPidTold') process.pid = event.mainPid;
  if (event.type !== 'healthChanged') return;
  const changed = (event.healthy ? 'healthy' : 'unhealthy') !== process.health;
  process.health = event.healthy ? 'healthy' : 'unhealthy';
  if (changed && !event.healthy && service.definition.policy.health?.onFailure === 'restart') book.condemned = true;
}

/** Has a life ended by this that nobody wanted to end, or a start failed? What must come of it then. */
function judge(world: World, event: Event): Verdict | undefined {
  const { book, wish, service: { state, definition: { policy, hasFinish }, leaving } } = world;
  world.containerCode = undefined;
  const wanted = wish.name === 'up' || (wish.name === 'once' && wish.starts > 0);
  if (!wanted || leaving) return undefined;
  if (event.type === 'spawnFailed' && state.name === 'spawning' && state.program === 'run') {
    const verdict = judgeStart(book, policy, event.at);
    if (wish.name === 'up') world.containerCode = containerCode(book, policy, verdict, event.failure.code, policy.restart !== 'never');
    return verdict;
  }
  const finished = (event.type === 'spawnFailed' && state.name === 'spawning' && state.program === 'finish')
    || (event.type === 'exited' && state.name === 'finishing' && state.program === 'finish' && event.pid === state.pid);
  const ended = event.type === 'exited' && !hasFinish && isRun(world.service, event.pid);
  if (ended || finished) book.backoff = policy.backoff;
  if ((!ended && !finished) || book.asked) return undefined;
  const permanent = finished && event.type === 'exited' && 'code' in event.exit && event.exit.code === 125;
  const verdict = permanent ? 'failed' : judgeEnd(book, policy, event.at);
  world.containerCode = containerCode(book, policy, verdict, undefined, !permanent && policy.restart !== 'never');
  return verdict;
}
