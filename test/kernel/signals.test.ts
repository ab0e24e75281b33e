import { describe, expect, test } from 'vitest';
import { signalNumber } from '../../src/core/signals.ts';
import { asPidOne, launch, namespaces } from './launch.ts';

test('every signal of the list is heard each time, and never has its default action again', async () => {
  const program = launch('kernel-hears-signals');
  expect(await program.next()).toEqual({ early: [], pid: program.process.pid });
  expect(await program.next()).toBe('listening');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGALRM', 'SIGWINCH', 'SIGPWR', 'SIGRTMIN+3']) {
    for (let time = 0; time < 3; time++) {
      process.kill(program.process.pid!, signalNumber(signal));
      expect(await program.next()).toEqual({ heard: signal });
    }
  }
  expect(program.noise()).toBe('');
});

test('a real-time signal cannot be heard when its descriptor is taken: that is told, the others are heard', async () => {
  const program = launch('kernel-hears-signals', { before: ['bash', '-c', 'exec 37</dev/null; exec "$@"', 'bash'] });
  expect(await program.next()).toMatchObject({ early: [] });
  expect(await program.next()).toEqual({ failed: 'a signal', error: 'Error: EBUSY: dup3 37' });
  expect(await program.next()).toBe('listening');
  process.kill(program.process.pid!, 'SIGHUP');
  expect(await program.next()).toEqual({ heard: 'SIGHUP' });
});

test('a USR1 that came before there was a listener is heard, and no inspector stays open', async () => {
  // A port of the system's choice, so that nobody else's inspector is in the way of its opening.
  const program = launch('kernel-hears-signals', { nodeOptions: ['--inspect-port=0'], arguments: ['SIGUSR1'] });
  const { early } = await program.next() as { early: string[] };
  // Another thread opens it: it was seen at once, or a turn later.
  if (early.length === 0) expect(await program.next()).toEqual({ heard: 'SIGUSR1' });
  else expect(early).toEqual(['SIGUSR1']);
  expect(await program.next()).toBe('listening');
  process.kill(program.process.pid!, 'SIGUSR1');
  expect(await program.next()).toEqual({ heard: 'SIGUSR1' });
});

describe.runIf(namespaces)('as PID 1', () => {
  for (const signals of [['SIGTERM'], ['SIGINT'], ['SIGTERM', 'SIGINT'], []]) {
    test(`${signals.join(' and ') || 'nothing'} is found to have come while Node was starting`, async () => {
      const program = launch('kernel-hears-signals', { before: asPidOne, arguments: signals });
      expect(await program.next()).toEqual({ early: signals, pid: 1 });
      expect(await program.next()).toBe('listening');
    });
  }

  test('what comes after the question and before the listener is heard, what was told is not heard again', async () => {
    const program = launch('kernel-hears-signals', { before: asPidOne, arguments: ['SIGINT', 'late', 'SIGTERM'] });
    expect(await program.next()).toEqual({ early: ['SIGINT'], pid: 1 });
    expect(await program.next()).toEqual({ heard: 'SIGTERM' });
    expect(await program.next()).toBe('listening');
  });
});
