/** `trap`: a program as a child, and command lines that run when this process gets a signal. */
import { nameOfSignal, signalName, signalNumber } from '../core/signals.ts';
import { behind } from './blocks.ts';
import { having, type Translation } from './program.ts';
import { Misuse, reader } from './reading.ts';

type Directive = Readonly<{ signal: string; number: number; words: readonly string[] }>;

/** With -x all that a shell can catch go on to the child; KILL and STOP cannot be caught, and CHLD is how the shell waits. */
const NOT_RELAYED = new Set(['SIGKILL', 'SIGSTOP', 'SIGCHLD', 'SIGILL', 'SIGTRAP', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSTKFLT', 'SIGSYS', 'SIGTTIN', 'SIGTTOU']);
const RELAYED = Array.from({ length: 31 }, (_, index) => nameOfSignal(index + 1)!).filter((name) => !NOT_RELAYED.has(name));

export const handleSignals: Translation = (words, context, go) => {
  const read = reader('trap', words);
  const options = read.options('x');
  const directives = directivesOf(read.block());
  const program = read.program();
  const pid = context.builder.variable();
  const status = context.builder.variable();
  const child = behind(program, context, go, '');
  const handlers = directives.map(({ signal, number, words: handler }) => {
    const name = `on_${pid}_${number}`;
    const own = having(context, { '!': { variable: pid }, SIGNAL: { text: String(number) } });
    // A function, whose text needs no quoting, with the words of the script as its arguments.
    // In the background: a handler that takes its time keeps no other signal from being heard.
    const body = handler.length === 0 ? ':' : `${behind(handler, own, go, '').child} &`;
    return `${name}() {\n${body}\n}\ntrap '${name} "$@"' ${signal.slice('SIG'.length)}\n`;
  });
  const handled = new Set(directives.map(({ signal }) => signal));
  const relayed = options.has('x') ? RELAYED.filter((signal) => !handled.has(signal)).map((signal) => signal.slice('SIG'.length)) : [];
  const relays = relayed.map((signal) => `trap '[ -z "$${pid}" ] || kill -${signal} "$${pid}"' ${signal}\n`);
  // A trapped signal interrupts wait(1). That the child is gone is known when it can be sent nothing any more; if it went
  // during the signal, its own status is asked for once again.
  const waiting = `while :; do\nwait "$${pid}"\n${status}=$?\nkill -0 "$${pid}" 2>/dev/null || break\ndone\n`
    + `if [ "$${status}" -gt 128 ]; then\nwait "$${pid}"\nagain=$?\n[ "$again" -eq 127 ] || ${status}=$again\nfi\n`;
  const leave = `[ "$${status}" -le 192 ] || ${status}=128\nexit "$${status}"`;
  return { code: `${pid}=\n${child.before}${handlers.join('')}${relays.join('')}${child.child} &\n${pid}=$!\n${waiting}${leave}` };
};

function directivesOf(block: readonly string[]): Directive[] {
  if (block.length === 0) throw new Misuse('trap: the block is empty; name a signal and what to do: { term { … } }');
  const read = reader('trap', block);
  const found: Directive[] = [];
  while (read.more()) {
    const word = read.word('a signal');
    const signal = signalName(word);
    if (signal === undefined) throw new Misuse(`trap: ${word} is no signal; write a name such as term`);
    if (NOT_TRAPPED.includes(signal)) throw new Misuse(`trap: ${signal} cannot be trapped`);
    if (found.some((other) => other.signal === signal)) throw new Misuse(`trap: ${word} is named twice`);
    found.push({ signal, number: signalNumber(signal)!, words: read.block() });
  }
  return found;
}

const NOT_TRAPPED = ['SIGKILL', 'SIGSTOP', 'SIGCHLD'];
