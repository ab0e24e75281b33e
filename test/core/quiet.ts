/** What comes of a service that is left alone: nobody asks for anything, starts succeed, deadlines ring. */
import { answer, beReady, endReload, endStopCommand, reap, ring, type World } from './world.ts';

/** Far more than any wait of a definition in these plays. */
const LONG_ENOUGH = 120_000;
const MANY = 200;

/** Throws when what is wanted does not come true. */
export function leaveAlone(world: World): void {
  settle(world);
  holdWish(world);
  if (world.process === undefined) return;
  // It runs. Its end must lead where its wish says: up again, or down.
  world.now += 2000;
  world.process.doomed = { code: 1 };
  settle(world);
  holdWish(world);
  if (world.wish.name === 'once' && world.service.state.name === 'running') throw new Error('law broken: what runs once comes back');
}

function holdWish({ wish, service: { state, wanted, leaving } }: World): void {
  // Who leaves may rest before its wish has come true.
  if (leaving && state.name === 'down') return;
  const fits = wish.name === 'up' ? state.name === 'running' && wanted === 'up'
    : wish.name === 'once' ? state.name === 'running' || state.name === 'down'
      : state.name === wish.name;
  if (!fits) throw new Error(`law broken: left alone, what is wanted ${wish.name} ends ${state.name}, wanted ${wanted}`);
}

/** Until nothing is in flight, nothing is about to end and no deadline is set. */
function settle(world: World): void {
  const begin = world.now;
  for (let i = 0; i < MANY; i++) {
    const { process, deadline, service: { state } } = world;
    if (world.starting !== undefined) answer(world, 'process', 'obedient');
    else if (process?.doomed !== undefined) reap(world);
    else if (process !== undefined && process.program !== 'run' && process.nature === 'obedient') process.doomed = { code: 0 };
    else if (state.name === 'stopping' && state.step < 0) endStopCommand(world);
    else if (world.reload !== undefined) endReload(world, undefined);
    // In quiet times everybody becomes ready.
    else if (state.name === 'running' && deadline !== undefined) beReady(world);
    else if (deadline !== undefined) ringInTime(world, deadline);
    // Without a limit a deaf process is waited for: s6 does so, too. Its end is up to itself.
    else if (process !== undefined && state.name !== 'running') process.doomed = { code: 0 };
    else return;
    if (world.now - begin > LONG_ENOUGH) break;
  }
  throw new Error(`law broken: left alone, it never comes to rest: ${JSON.stringify(world.service.state)}`);
}

function ringInTime(world: World, deadline: number): void {
  const { state } = world.service;
  world.now = Math.max(world.now, deadline);
  // A process in state D ends when its device answers: after the third SIGKILL it does.
  if (world.process?.nature === 'stuck' && 'kills' in state && state.kills >= 3) world.process.nature = 'deaf';
  ring(world);
}
