/** What s6-rc prints of a change (spec/s6-compat 4.3.2), by the verbosity at which it does. */
import type { ChangeFailure } from './order-events.ts';
import type { Line } from './overlay-messages.ts';

type Direction = 'up' | 'down';
const say = (verbosity: number, kind: 'info' | 'warning' | 'fatal', text: string): Line => ({ to: 'stderr', verbosity, text: `s6-rc: ${kind}: ${text}` });

export const changeLines = {
  moving: (name: string, direction: Direction): Line => say(2, 'info', `service ${name}: ${direction === 'up' ? 'starting' : 'stopping'}`),
  moved: (name: string, direction: Direction): Line => say(2, 'info', `service ${name} successfully ${direction === 'up' ? 'started' : 'stopped'}`),
  failed: (name: string, direction: Direction, failure: ChangeFailure): Line =>
    say(1, 'warning', `unable to ${direction === 'up' ? 'start' : 'stop'} service ${name}: ${whyFailed(failure)}`),
  timedOut: (): Line => say(0, 'fatal', 'timed out'),
} as const;

/** Why a service that is to be up has not been started. */
export const waitsForText = (names: readonly string[]): string => `waits for ${names.join(', ')}`;

/** Why, in s6-rc's words. */
export function whyFailed(failure: ChangeFailure): string {
  switch (failure.type) {
    case 'exited': return `command exited ${failure.code}`;
    case 'crashed': return `command crashed with signal ${failure.signal}`;
    case 'timedOut': return 'timed out';
    case 'cannotStart': return failure.why;
  }
}
