/** Words that run a block and go on by how it ended. */
import { failing, having, type Act, type Context, type Go, type Translation } from './program.ts';
import { Misuse, reader } from './reading.ts';

/** Runs a command line in a child, waits for it, and puts its exit code into the shell variable `status`. */
const run = (words: readonly string[], context: Context, go: Go, status: string): string =>
  (words.length === 0 ? `${status}=0\n` : `(\n${go.code(words, context)}\n)\n${status}=$?\n`);

/** Ends with the exit code of a child; what is beyond the codes for signals is 128, as for all of execline. */
const leave = (status: string): string => `[ "$${status}" -le 192 ] || ${status}=128\nexit "$${status}"`;

/** A child that a signal ended ends its parent, unless -X says that it counts as a failure. */
const crashing = (name: string, status: string, counts: boolean): string => (counts ? '' : `crashed "$${status}" && crash ${name} "$${status}"\n`);

/** A choice by a condition that is run first: `test` is = for success, != for failure. */
function choose(name: string, condition: string, negated: boolean, counts: boolean, status: string, yes: string, no: string): Act {
  return { code: `${condition}${crashing(name, status, counts)}if [ "$${status}" ${negated ? '-ne' : '-eq'} 0 ]; then\n${yes}\nelse\n${no}\nfi` };
}

export const whether: Translation = (words, context, go) => {
  const read = reader('if', words);
  const options = read.options('nXtx:');
  const code = options.value('x');
  if (code !== undefined && !/^[0-9]+$/.test(code)) throw new Misuse(`if: ${code} is no exit code; write a number from 0 to 255`);
  const block = read.block();
  const status = context.builder.variable();
  const negated = options.has('n');
  const given = options.last('tx');
  const own = negated ? 'exit 1' : leave(status);
  const end = given === undefined ? own : `exit ${given === 't' ? 0 : Number(code) % 256}`;
  return choose('if', run(block, context, go, status), negated, options.has('X'), status, go.code(read.rest(), context), end);
};

export const eitherThis: Translation = (words, context, go) => {
  const read = reader('ifelse', words);
  const options = read.options('nX');
  const [condition, then] = [read.block(), read.block()];
  const status = context.builder.variable();
  const yes = go.code(then, context);
  return choose('ifelse', run(condition, context, go, status), options.has('n'), options.has('X'), status, yes, go.code(read.rest(), context));
};

export const conditionLast: Translation = (words, context, go) => {
  const read = reader('ifte', words);
  const options = read.options('nX');
  const [then, otherwise] = [read.block(), read.block()];
  const status = context.builder.variable();
  const condition = run(read.rest(), context, go, status);
  return choose('ifte', condition, options.has('n'), options.has('X'), status, go.code(then, context), go.code(otherwise, context));
};

export const chooseAndGoOn: Translation = (words, context, go) => {
  const read = reader('ifthenelse', words);
  const options = read.options('Xs');
  const [condition, then, otherwise] = [read.block(), read.block(), read.block()];
  const status = context.builder.variable();
  const tested = run(condition, context, go, status);
  const rest = read.rest();
  if (options.has('s')) {
    return choose('ifthenelse', tested, false, options.has('X'), status, go.code([...then, ...rest], context), go.code([...otherwise, ...rest], context));
  }
  const result = context.builder.variable();
  const chosen = choose('ifthenelse', tested, false, options.has('X'), status, run(then, context, go, result), run(otherwise, context, go, result));
  return { code: `${'code' in chosen ? chosen.code : ''}\n${remembering(result, rest, context, go)}` };
};

export const first: Translation = (words, context, go) => {
  const read = reader('foreground', words);
  const block = read.block();
  const status = context.builder.variable();
  return { code: run(block, context, go, status) + remembering(status, read.rest(), context, go) };
};

/** Goes on with the variable `?`: an exit code, or 256 and the number of the signal that ended the block. */
function remembering(status: string, rest: readonly string[], context: Context, go: Go): string {
  return `! crashed "$${status}" || ${status}=$(($${status} + 128))\n${go.code(rest, having(context, { '?': { variable: status } }))}`;
}

/**
 * In the background a shell reads from /dev/null and ignores INT and QUIT: the child gets its standard input back from a
 * spare descriptor, and env(1) sets the signals where it can. `&` stands for it in `text`.
 */
export function behind(block: readonly string[], context: Context, go: Go, redirections: string): { before: string; child: string; after: string } {
  const code = go.code(block, { ...context, background: true });
  return {
    before: 'given_signals\nspare\nkept=$spare\nif [ -e /proc/self/fd/0 ]; then eval "exec $kept<&0"; else eval "exec $kept</dev/null"; fi\n',
    child: `(\neval "exec <&$kept $kept<&-${redirections}"\n${code}\n)`,
    after: 'eval "exec $kept<&-"\n',
  };
}

export const background: Translation = (words, context, go) => {
  const read = reader('background', words);
  const orphan = read.options('d').has('d');
  const block = read.block();
  if (block.length === 0) throw new Misuse('background: the block is empty');
  const pid = context.builder.variable();
  const { before, child, after } = behind(block, context, go, orphan ? ' >&$out $out>&-' : '');
  const rest = go.code(read.rest(), having(context, { '!': { variable: pid } }));
  if (!orphan) return { code: `${before}${child} &\n${pid}=$!\n${after}${rest}` };
  const output = 'spare\nout=$spare\nif [ -e /proc/self/fd/1 ]; then eval "exec $out>&1"; else eval "exec $out>/dev/null"; fi\n';
  return { code: `${before}${output}${pid}=$(\n${child} & echo $!)\neval "exec $out>&-"\n${after}${rest}` };
};

/**
 * A shell has no pipe without a process at its other end, but an empty here-document is one (bash wants a line in it, and
 * that is read again), and its /proc entry opens the end for writing. So the last program keeps the pid of the script.
 */
const PIPE = `spare
from=$spare
eval "exec $from<<end

end
"
[ -p "/proc/self/fd/$from" ] || fail 111 'pipeline: this sh makes no pipes of here-documents; install execline itself, or another sh'
eval "read -r line <&$from"
spare
into=$spare
eval "exec $into>/proc/self/fd/$from"
`;

export const pipeline: Translation = (words, context, go) => {
  const read = reader('pipeline', words);
  const options = read.options('drw');
  const block = read.block();
  const rest = read.program();
  const reads = options.last('rw') === 'w';
  const closes = ' $from<&- $into>&-';
  const { before, child, after } = behind(block, context, go, `${reads ? ' <&$from' : ' >&$into'}${closes}`);
  const pid = context.builder.variable();
  const start = options.has('d') ? `{ ${child} & } &\n${pid}=$!\nwait "$${pid}"\n` : `${child} &\n${pid}=$!\n`;
  const code = go.code(rest, having(context, { '!': { variable: pid } }));
  return { code: `${before}${PIPE}${start}eval "exec ${reads ? '>&$into' : '<&$from'}${closes}"\n${after}${code}` };
};

export const each: Translation = (words, context, go) => {
  const read = reader('forx', words);
  const options = read.options('Eepo:x:');
  const name = read.word('the variable');
  const values = read.block();
  const body = read.rest();
  const kind = options.last('ox');
  const codes = (options.value(kind ?? 'x') ?? '').split(',').filter((code) => /^[0-9]+$/.test(code));
  const status = context.builder.variable();
  const listed = codes.length === 0 ? 'false' : `case $${status} in ${codes.join('|')}) true ;; *) false ;; esac`;
  const check = kind === undefined ? '' : `if ${kind === 'o' ? '! ' : ''}{ ${listed}; }; then\n${leave(status)}\nfi\n`;
  const inside = options.last('Ee') === 'E' ? ['importas', '-ui', name, name, ...body] : body;
  if (body.length === 0 || values.length === 0) return { code: 'exit 0' };
  const own = (text: string): Context => having(context, { [name]: { text } });
  if (!options.has('p')) return { code: `${values.map((text) => run(inside, own(text), go, status) + check).join('')}exit 0` };
  const parts = values.map((text) => behind(inside, own(text), go, ''));
  return { code: `${parts[0]!.before}${parts.map(({ child }) => `${child} &\n`).join('')}wait\nexit 0` };
};

export const capture: Translation = (words, context, go) => {
  const read = reader('backtick', words);
  const options = read.options('iIxD:NnEe');
  const name = read.word('the variable');
  if (name.includes('=')) throw new Misuse(`backtick: ${name} is no name of a variable: it has a =`);
  const block = read.block();
  if (block.length === 0) throw new Misuse('backtick: the block is empty');
  const status = context.builder.variable();
  const value = context.builder.variable();
  // A command substitution takes all final newlines away: a character behind them keeps them.
  const captured = `${value}=$(\n(\n${go.code(block, context)}\n)\n${status}=$?\nprintf .\nexit "$${status}"\n)\n${status}=$?\n${value}=\${${value}%.}\n`;
  const chomped = options.last('Nn') === 'N' ? '' : `${value}=\${${value}%"$newline"}\n`;
  const failed = (): string => {
    const kind = options.last('iIxD');
    if (kind === 'I') return ':';
    if (kind === 'x') return `unset ${value}`;
    if (kind === 'D') return `${value}=${context.builder.word(options.value('D')!)}`;
    return `crashed "$${status}" && crash backtick "$${status}"\n[ "$${status}" -le 192 ] || ${status}=128\n`
      + failing('backtick: the block did not exit 0; -D, -I or -x would go on', `"$${status}"`, context);
  };
  const rest = read.rest();
  const next = options.last('Ee') === 'E' ? ['importas', '-u', name, name, ...rest] : rest;
  return { code: `${captured}${chomped}if [ "$${status}" -ne 0 ]; then\n${failed()}\nfi\n${go.code(next, having(context, { [name]: { variable: value } }))}` };
};
