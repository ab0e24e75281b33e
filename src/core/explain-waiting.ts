/** Why a service is not started that has to wait for others, in a paragraph: explain.ts knows one service alone. */
import { seconds } from './messages.ts';

export type Waiting = Readonly<{
  name: string;
  /** What it is about, as its definition says; empty: nothing. */
  description: string;
  /** Milliseconds since it was last something else. */
  since: number;
  /** How its last life ended; empty: it had none. */
  ended: string;
}>;

/** It is started by itself as soon as these are as they have to be. */
export function explainWaiting(
  { name, description, since, ended }: Waiting, others: readonly Readonly<{ name: string; state: string }>[], look?: string,
): string {
  const list = others.map((other) => `${other.name} (${other.state})`).join(', ');
  const [first] = others;
  const until = others.length === 1 ? 'that is' : 'all of them are';
  return [
    `${named(name, description)} has been waiting for ${seconds(since)} for ${list}.`,
    ended === '' ? '' : `It last ended with ${ended}.`,
    `It is started by itself as soon as ${until} ready, or done.`,
    first === undefined ? '' : `Look there next: ${look ?? `svc why ${first.name}`}.`,
  ].filter((sentence) => sentence !== '').join(' ');
}

/** What is written about its dependencies keeps it from being started, until somebody corrects it. */
export function explainHindered({ name, description, ended }: Waiting, why: string): string {
  return [
    `${named(name, description)} cannot be started: ${why}${/[.?]$/.test(why) ? '' : '.'}`,
    ended === '' ? '' : `It last ended with ${ended}.`,
    'Correct that, then: svc rescan.',
  ].filter((sentence) => sentence !== '').join(' ');
}

const named = (name: string, description: string): string => (description === '' ? name : `${name} (${description})`);
