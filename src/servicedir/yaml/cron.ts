/** Five-field cron expressions (crontab(5)), as far as their words go. Whether such a time ever comes, `svc check` asks the library. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of the month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of the week', least: 0, most: 7, words: DAYS },
] as const;

/** What is wrong with it, as a sentence; undefined: nothing. */
export function cronProblem(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return `it needs five fields, minute to day of the week, and has ${fields.length}`;
  for (const [i, field] of FIELDS.entries()) {
    const wrong = fields[i]!.split(',').find((part) => !fits(part, field));
    if (wrong !== undefined) return `"${wrong.slice(0, 30)}" is no ${field.name}: from ${field.least} to ${field.most}`;
  }
  return undefined;
}

function fits(part: string, field: (typeof FIELDS)[number]): boolean {
  const [, range, step] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part) ?? [];
  if (range === undefined || (step !== undefined && (Number(step) < 1 || Number(step) > field.most))) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => valueOf(end, field));
  const [first, last] = ends;
  if (ends.length > 2 || ends.some((end) => end === undefined)) return false;
  return last === undefined ? step === undefined : first! <= last;
}

function valueOf(end: string, { least, most, words }: (typeof FIELDS)[number]): number | undefined {
  const index = (words as readonly string[]).indexOf(end.toLowerCase());
  const value = index >= 0 ? index + (words[0] === 'jan' ? 1 : 0) : /^\d{1,2}$/.test(end) ? Number(end) : NaN;
  return value >= least && value <= most ? value : undefined;
}
