/** From the words of the command line to the exit code. */
import { SVC_EXIT } from '../core/exit-codes.ts';
import { textOption, type World } from './command.ts';
import { failure } from './failure.ts';
import { reach } from './reach.ts';
import { isS6Rc, runS6Rc } from './s6-rc/run.ts';
import { oneLine } from './sentences.ts';
import { showVersion } from './show-version.ts';
import { keepStreamsClosed } from './streams.ts';
import { createTerminal } from './terminal.ts';
import { commandIn, understand } from './understand.ts';
import { write } from './write.ts';

/** Milliseconds that a command whose answer is its exit code waits for a reader of what it says. */
const PATIENCE = 1000;

/** Runs the command that the process was started with, and ends the process. */
export function runSvc(world: World): void {
  keepStreamsClosed();
  // Not process.exitCode: an agent's handler must not live on because its standard input is still open.
  void start(process.argv.slice(2), world).then((code) => process.exit(code));
}

function start(args: readonly string[], world: World): Promise<number> {
  const [name, ...rest] = args;
  // Called by companions of that name; nobody types it.
  return isS6Rc(name) ? runS6Rc(name, rest, () => reach({ options: {} })) : svc(args, world);
}

async function svc(args: readonly string[], world: World): Promise<number> {
  try {
    const asked = await understand(args);
    if (asked.type === 'help') {
      write(1, `${asked.text}\n`);
      return SVC_EXIT.done.code;
    }
    const { options } = asked;
    const patience = asked.type === 'run' && asked.command.yesOrNo === true ? PATIENCE : undefined;
    const terminal = await createTerminal(textOption({ options }, 'color'), process.env, patience);
    if (asked.type === 'version') return await showVersion({ options, terminal });
    return await asked.command.run({ words: asked.words, rest: asked.rest, options, terminal, world });
  } catch (error) {
    const { sentences, code } = failure(error);
    const yesOrNo = (await commandIn(args))?.yesOrNo === true;
    for (const sentence of sentences) write(2, `svc: ${yesOrNo ? oneLine(sentence) : sentence}\n`, yesOrNo ? PATIENCE : undefined);
    return yesOrNo ? SVC_EXIT.notFulfilled.code : code;
  }
}
