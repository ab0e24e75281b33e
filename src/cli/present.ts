/** A listing, once or, with `--watch`, again after every change. */
import type { N6 } from '../client/client.ts';
import type { Invocation, Option } from './command.ts';
import type { Documents } from './documents.ts';
import { printJson } from './json.ts';
import type { Terminal } from './terminal.ts';

export const WATCH_OPTION = { watch: { sentence: 'again whenever something changes, until Ctrl-C' } } as const satisfies Record<string, Option>;

/** What a listing shows at one moment. */
export type View<C extends keyof Documents = keyof Documents> = Readonly<{
  /** For `--json`. */
  document: Documents[C];
  /** For people, on a terminal like this one. `age` is milliseconds since it was read. Empty: nothing to say. */
  text(terminal: Terminal, age: number): string;
  /** For standard error, at the beginning alone: what was named and is not there. */
  complaints?: readonly string[];
  code: number;
}>;

export type Watched = Pick<Invocation, 'options' | 'terminal'>;

/** Prints what `look` gives. The exit code is that of the last look. */
export async function present<C extends keyof Documents>(invocation: Watched, n6: N6, look: () => Promise<View<C>>): Promise<number> {
  const { options, terminal } = invocation;
  const view = await look();
  const complaints = view.complaints ?? [];
  if (options['watch'] === true && complaints.length === 0) return (await import('./watching.ts')).watch(invocation, n6, view, look);
  const text = options['json'] === true ? '' : view.text(terminal, 0);
  if (options['json'] === true) printJson(terminal, view.document);
  else if (text !== '') terminal.print(text);
  for (const each of complaints) terminal.complain(each);
  return view.code;
}
