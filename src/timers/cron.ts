/** Times of a cron expression. The only file that knows croner; loaded when a service has such a schedule. */
import { Cron } from 'croner';

/** Gives the first time after one, both in milliseconds since 1970; undefined: there is none (30 February). */
export type Times = (after: number) => number | undefined;

/**
 * Five fields: minute, hour, day of the month, month, day of the week; where both days are limited, either is enough (crontab(5)).
 * When clocks change (croner, "fixedTimeRule"), as in cron(8): a time that minute and hour name, without `*` or a step, comes once on such a day, too,
 * at the end of the gap if it lies in it; any other is whatever the clock on the wall shows, so that it is left out in the gap, and comes twice in an hour
 * that comes twice. `zone`: an IANA name; undefined: the zone of n6 itself (TZ). Throws an Error whose message says what is wrong.
 */
export function timesOf(expression: string, zone: string | undefined): Times {
  const cron = new Cron(expression, {
    paused: true, mode: '5-part', fixedTimeRule: 'no-wildcard', ...(zone === undefined ? {} : { timezone: zone }),
  });
  // croner looks at the zone only when it is asked for a time.
  cron.nextRun();
  return (after) => cron.nextRun(new Date(after))?.getTime();
}
