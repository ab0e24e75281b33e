/** `svc`: the operator's program. The launcher (companions/launch/svc) starts it for everything but `svc supervise`. */
import { SVC_EXIT } from '../core/exit-codes.ts';
import { textOption, type Invocation } from './command.ts';
import { failure } from './failure.ts';
import { reach } from './reach.ts';
import { isS6Rc, runS6Rc } from './s6-rc/run.ts';
import { oneLine } from './sentences.ts';
import { showVersion } from './show-version.ts';
import { keepStreamsClosed } from './streams.ts';
import { createTerminal } from './terminal.ts';
import { commandIn, understand, type Options } from './understand.ts';
import { write } from './write.ts';

/** Milliseconds that a command whose answer is its exit code waits for a reader of what it says. */
const PATIENCE = 1000;

keepStreamsClosed();
// Not process.exitCode: an agent's handler must not live on because its standard input is still open.
void start(process.argv.slice(2)).then((code) => process.exit(code));

function start(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  // Called by companions of that name; nobody types it.
  return isS6Rc(name) ? runS6Rc(name, rest, () => reach(invocation([], {}))) : svc(args);
}

async function svc(args: readonly string[]): Promise<number> {
  try {
    const asked = await understand(args);
    if (asked.type === 'help') {
      write(1, `${asked.text}\n`);
      return SVC_EXIT.done.code;
    }
    if (asked.type === 'version') return await showVersion(invocation([], asked.options));
    return await asked.command.run(invocation(asked.words, asked.options, asked.command.yesOrNo === true ? PATIENCE : undefined));
  } catch (error) {
    const { sentences, code } = failure(error);
    const yesOrNo = commandIn(args)?.yesOrNo === true;
    for (const sentence of sentences) write(2, `svc: ${yesOrNo ? oneLine(sentence) : sentence}\n`, yesOrNo ? PATIENCE : undefined);
    return yesOrNo ? SVC_EXIT.notFulfilled.code : code;
  }
}

function invocation(words: readonly string[], options: Options, patience?: number): Invocation {
  const color = textOption({ options }, 'color');
  return { words, options, terminal: createTerminal(color, process.env, patience) };
}
