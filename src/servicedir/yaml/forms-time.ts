/** Forms with a time in them: steps of a stop, cron expressions, zones. */
import { cronProblem } from './cron.ts';
import { duration, signal, signalOf } from './forms.ts';
import { word, type Place, type Shape } from './shape.ts';

export type Step = Readonly<{ signal: string; within: number | undefined }>;

const SILENT: Place = { path: '', complain: () => undefined, note: () => undefined };

/** `TERM`, or `TERM 10s`. */
export const stopStep: Shape<Step> = word<Step>({
  expected: 'a signal, with or without the time until the next step', example: 'TERM 10s',
  schema: { pattern: '^[A-Za-z0-9+-]{2,15}( +\\d+(\\.\\d+)?(ms|s|m|h|d))?$' },
  parse(given) {
    const [, name, time] = /^(\S+)(?: +(\S+))?$/.exec(given.trim()) ?? [];
    const sent = name === undefined ? undefined : signalOf(name);
    if (sent === undefined) return undefined;
    const within = time === undefined ? undefined : duration({ positive: true }).read({ kind: 'text', text: time, line: 0 }, SILENT);
    return time !== undefined && within === undefined ? { wrong: 'the time is written like this: TERM 10s' } : { signal: sent, within };
  },
});

export const reloadSignal: Shape<string> = signal;

export const cron: Shape<string> = word({
  expected: 'a cron expression', example: '"*/5 * * * *"', schema: { pattern: '^\\s*\\S+(\\s+\\S+){4}\\s*$' },
  parse(given) {
    const wrong = given.length > 200 ? 'at most 200 characters' : cronProblem(given);
    return wrong === undefined ? given.trim().replace(/\s+/g, ' ') : { wrong: wrong };
  },
});

export const zone: Shape<string> = word({
  expected: 'a time zone', example: 'Europe/Berlin', schema: { pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$' },
  parse(given) {
    try {
      return /^[A-Za-z][A-Za-z0-9_+/-]{0,60}$/.test(given) && new Intl.DateTimeFormat('en', { timeZone: given }) ? given : undefined;
    } catch {
      return undefined;
    }
  },
});
