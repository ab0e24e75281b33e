import type { Labels, Step } from './script.ts';
import { beginning, withBeginning } from './stamps.ts';

/** Where lines go; each given buffer is complete lines with their newlines, and is the sink's own only during the call. */
export type Sink = Readonly<{ write(lines: Buffer): void }>;
export type Selecting = Exclude<Step, { kind: 'act' }>;
/** A line is not cut when the dots would make it as long as it was. */
const shorten = (line: string, longest = 0): string =>
  (longest > 0 && line.length > longest + DOTS.length ? `${line.slice(0, longest)}${DOTS}` : line);
const DOTS = '...';

/** `longest`: bytes of a line, without its labels, that are shown; 0 or undefined for all. */
export type Act = Readonly<{ kind: 'act'; sink: Sink; labels: Labels; longest?: number }>;

/**
 * Runs the script on lines. The selection goes on through the whole script (everything is selected at first; an action
 * changes nothing in it): `- +a 1 +b 1` gives lines with b to the second action in addition to those with a. `time`:
 * nanoseconds since 1970, the stamp of all of them.
 */
export function createDispatch(steps: readonly (Selecting | Act)[]): (lines: Buffer, time: bigint) => void {
  const acts = steps.filter((step) => step.kind === 'act');
  const sinks = new Set(acts.map(({ sink }) => sink));
  // Without selection, lines go on as they are, many in one piece. Not when two actions share an output: there each line is
  // followed by the same line of the other action.
  if (acts.length === steps.length && sinks.size === acts.length && !acts.some(({ longest }) => longest)) {
    return (lines, time) => {
      for (const { sink, labels } of acts) sink.write(withBeginning(lines, beginning(labels, time)));
    };
  }
  return (lines, time) => {
    const gathered = new Map<Sink, string[]>();
    const beginnings = new Map(acts.map((act) => [act, beginning(act.labels, time)]));
    for (const line of lines.toString('latin1', 0, lines.length - 1).split('\n')) {
      let selected = true, handled = false;
      for (const step of steps) {
        if (step.kind === 'select-unhandled') {
          selected = !handled;
        } else if (step.kind === 'act') {
          if (!selected) continue;
          handled = true;
          const shown = shorten(line, step.longest);
          const text = `${beginnings.get(step)!}${shown}\n`;
          const pieces = gathered.get(step.sink);
          if (pieces === undefined) gathered.set(step.sink, [text]);
          else pieces.push(text);
        } else if (selected !== (step.kind === 'select')) {
          if (step.matches(line)) selected = !selected;
        }
      }
    }
    for (const [sink, pieces] of gathered) sink.write(Buffer.from(pieces.join(''), 'latin1'));
  };
}
