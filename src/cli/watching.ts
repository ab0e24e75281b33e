/** `--watch`: loaded by who asks for it. */
import type { N6 } from '../client/client.ts';
import { mayPass } from '../client/errors.ts';
import { SVC_EXIT } from '../core/exit-codes.ts';
import type { Documents } from './documents.ts';
import { jsonLine } from './json.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { createPainter } from './painter.ts';
import type { View, Watched } from './present.ts';
import { SUPERVISOR_ENDED } from './sentences.ts';

/** Milliseconds between two looks, however many events there are, and between two drawings while nothing happens but time. */
const PAUSE = 100;
const TICK = 1000;

/**
 * Looks again after every event, also of a supervisor that has taken the place of this one. Ends with the supervisor, or when
 * nobody reads any more; a signal ends it as it ends any program: the terminal is as it should be at every moment.
 */
export async function watch<C extends keyof Documents>(invocation: Watched, n6: N6, first: View<C>, look: () => Promise<View<C>>): Promise<number> {
  const over = new AbortController();
  const show = shower(invocation, () => over.abort());
  let failure: unknown;
  let code = first.code;
  show(first);

  const refresh = oneAtATime(async () => {
    try {
      const view = await look();
      if (over.signal.aborted) return;
      code = view.code;
      show(view);
    } catch (error) {
      // It is asked again when it is back, or the stream of events says that it is not.
      if (mayPass(error)) return;
      failure = error;
      over.abort();
    }
  }, PAUSE, over.signal);

  try {
    const events = n6.events({ signal: over.signal, opened: refresh });
    while ((await events.next()).done !== true) refresh();
  } finally {
    const readerLeft = over.signal.aborted;
    over.abort();
    show.end();
    if (readerLeft && failure === undefined) code = SVC_EXIT.done.code;
  }
  if (failure !== undefined) throw failure instanceof Error ? failure : new Error(JSON.stringify(failure));
  if (show.onTerminal && invocation.options['json'] !== true) invocation.terminal.print(SUPERVISOR_ENDED);
  return code;
}

type Shower = { (view: View): void; onTerminal: boolean; end(): void };

/** In place on a terminal; elsewhere one document for each change, in one line where it is JSON, else with an empty line after it. */
function shower({ options, terminal }: Watched, readerLeft: () => void): Shower {
  const json = options['json'] === true;
  const painter = json ? undefined : createPainter(terminal);
  let last: string | undefined;
  let shown: { view: View; at: number } | undefined;
  const paint = (): void => {
    if (shown === undefined || painter === undefined) return;
    const { view, at } = shown;
    painter.paint((size) => view.text({ ...terminal, columns: size }, performance.now() - at));
  };
  const timer = painter === undefined ? undefined : setInterval(paint, TICK);

  const show = (view: View): void => {
    shown = { view, at: performance.now() };
    if (painter !== undefined) return paint();
    const facts = factsOf(view.document);
    if (facts === last) return;
    last = facts;
    const text = json ? jsonLine(view.document) : `${view.text(terminal, 0)}\n`;
    if (!terminal.print(text)) readerLeft();
  };
  return Object.assign(show, { onTerminal: painter !== undefined, end: () => clearInterval(timer) });
}

/** Of two documents that differ in nothing but how much time has passed, the second one says nothing. */
const factsOf = (document: object): string => JSON.stringify(document, (key, value: unknown) => (key === 'uptime' ? undefined : value));
