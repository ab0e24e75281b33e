/** Words that change the process and go on: descriptors, working directory, umask, argv[0]. */
import { failing, having, type Translation } from './program.ts';
import { Misuse, reader } from './reading.ts';

/** A redirection that fails ends the shell with a code of its own; s6 says 111. */
const guarded = (redirection: string): string => `trap 'exit 111' EXIT\n${redirection}\ntrap - EXIT\n`;

function descriptor(name: string, word: string): number {
  if (!/^[0-9]+$/.test(word)) throw new Misuse(`${name}: ${word} is no descriptor; write a number`);
  if (Number(word) > 9) throw new Misuse(`${name}: descriptor ${word} is out of reach of sh, which knows 0 to 9; install execline itself`, 111);
  return Number(word);
}

export const changeDirectory: Translation = (words, context, go) => {
  const read = reader('cd', words);
  read.options('');
  const directory = read.word('the directory');
  const rest = go.code(read.program(), context);
  if (directory === '') return { code: failing('cd: the name of the directory is empty', 111, context) };
  // A shell would take `-` for the directory before this one.
  const plain = directory.startsWith('/') ? directory : `./${directory}`;
  return { code: `cd -P ${context.builder.word(plain)} || exit 111\n${rest}` };
};

export const changeMask: Translation = (words, context, go) => {
  const read = reader('umask', words);
  const mask = read.word('the mask');
  if (!/^[0-7]+$/.test(mask)) throw new Misuse(`umask: ${mask} is no mask; write an octal number such as 022`);
  return { code: `umask 0${(Number.parseInt(mask, 8) & 0o777).toString(8)}\n${go.code(read.program(), context)}` };
};

export const moveDescriptor: Translation = (words, context, go) => {
  const read = reader('fdmove', words);
  const copy = read.options('c').has('c');
  const to = descriptor('fdmove', read.word('the new descriptor'));
  const from = descriptor('fdmove', read.word('the old descriptor'));
  const program = read.program();
  if (to === from) return copy ? { code: failing(`fdmove: ${to} cannot be a copy of itself`, 111, context) } : go.act(program, context);
  return { code: guarded(`exec ${to}<&${from}${copy ? '' : ` ${from}<&-`}`) + go.code(program, context) };
};

export const closeDescriptor: Translation = (words, context, go) => {
  const read = reader('fdclose', words);
  const number = descriptor('fdclose', read.word('the descriptor'));
  return { code: `exec ${number}<&-\n${go.code(read.program(), context)}` };
};

const MODES: Readonly<Record<string, string>> = { r: '<', w: '>', u: '<>', a: '>>', x: '>' };

export const redirect: Translation = (words, context, go) => {
  const read = reader('redirfd', words);
  const options = read.options('rwuaxnb');
  const mode = options.last('rwuax');
  if (mode === undefined) throw new Misuse('redirfd: one of -r, -w, -u, -a, -x must say how to open the file');
  const number = descriptor('redirfd', read.word('the descriptor'));
  const name = read.word('the file');
  const file = context.builder.word(name);
  const rest = go.code(read.program(), context);
  const open = guarded(`exec ${number}${MODES[mode]}${file}`);
  if (mode === 'u') return { code: `[ -e ${file} ] || ${failing(`redirfd: cannot open ${name}: it does not exist`, 111, context)}\n${open}${rest}` };
  if (mode === 'x') return { code: `set -C\n${open}set +C\n${rest}` };
  if (!options.has('n')) return { code: open + rest };
  // A FIFO that is open at both ends is opened at one end without waiting for the other: what O_NONBLOCK is given for.
  const hold = `held=\nif [ -p ${file} ]; then spare; held=$spare; eval "exec $held<>"'${file}'; fi\n`;
  return { code: `${hold}${open}[ -z "$held" ] || eval "exec $held<&-"\n${rest}` };
};

export const execute: Translation = (words, context, go) => {
  const read = reader('exec', words);
  const options = read.options('cla:');
  const program = read.program();
  const inside = options.has('c') ? { ...context, environment: new Map() } : context;
  if (!options.has('l') && !options.has('a')) return go.act(program, inside);
  const name = (options.has('l') ? '-' : '') + (options.value('a') ?? program[0]!);
  // Only bash has a word for another argv[0] that every version knows (-p: without BASH_ENV); without it the program keeps its own.
  const named = go.code(['bash', '--norc', '-p', '-c', 'exec -a "$0" -- "$@"', name, ...program], inside);
  return { code: `if command -v bash >/dev/null; then\n${named}\nfi\n${go.code(program, inside)}` };
};

export const exit: Translation = (words) => {
  const [code = '0'] = words;
  if (!/^[0-9]+$/.test(code)) throw new Misuse(`exit: ${code} is no exit code; write a number from 0 to 255`);
  return { code: `exit ${Number(code) % 256}` };
};

export const setVariable: Translation = (words, context, go) => {
  const read = reader('export', words);
  const name = variableName('export', read.word('the variable'));
  const text = read.word('the value');
  return go.act(read.program(), having(context, { [name]: { text } }));
};

export const removeVariable: Translation = (words, context, go) => {
  const read = reader('unexport', words);
  const name = variableName('unexport', read.word('the variable'));
  return go.act(read.program(), having(context, { [name]: undefined }));
};

export const emptyEnvironment: Translation = (words, context, go) => {
  const read = reader('emptyenv', words);
  const keepPath = read.options('p').has('p');
  const path = context.environment.get('PATH');
  return go.act(read.program(), { ...context, environment: new Map(keepPath && path !== undefined ? [['PATH', path]] : []) });
};

export function variableName(program: string, name: string): string {
  if (name.includes('=')) throw new Misuse(`${program}: ${name} is no name of a variable: it has a =`);
  return name;
}
