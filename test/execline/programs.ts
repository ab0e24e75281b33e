/** Scripts that do something: every word that is translated, with blocks in blocks, and programs whose effects can be compared. */
import type { Chance } from './generator.ts';

const VARIABLES = ['A', 'B', 'a.b', 'NEW', 'EMPTY'] as const;
const FILES = ['one', 'two', 'three'] as const;
const HOSTILE = [
  '"$(touch pwned)"', '"`touch pwned`"', "\"';touch pwned;'\"", '"\\";touch pwned;\\""', '*',
  '-n', '"a\\nb"', ';', '&', '"$HOME"', '"${PATH}"', '~', '"%s"', '"\\\\"', '"\xe9"', '""', 'x=y',
];
const SPLIT = ['" a  b "', '"\\n"', ...HOSTILE];
/** Only where the exit code of the parent does not depend on it: a shell cannot tell it from an exit code of 137. */
const CRASH = 'sh -c "kill -KILL $$"';

const program = (random: Chance): string => random.pick([
  () => `printf "%s|" ${random.several(1, 3, () => random.pick(HOSTILE)).join(' ')}`,
  () => `printf "%s|" word $1 "x \${2} y" $@ $#`,
  () => `printenv ${random.pick(VARIABLES)}`,
  () => 'printenv ?',
  () => 'pwd',
  () => 'true',
  () => 'false',
  () => `exit ${random.pick([0, 1, 3, 100, 200, 255])}`,
  () => 'cat',
  () => 'sh -c umask',
  () => 'sh -c "echo $#"',
  () => 'sh -c "echo wrong >&2"',
])();

const codes = (random: Chance): string => random.several(1, 2, () => random.pick([0, 1, 3])).join(',');

/**
 * Both sides of a pipe run at the same time, and execline waits for neither. So that two runs can be compared, what follows begins
 * when every process of the block has ended: they hold the pipe open as descriptor 7 even if they close their own output.
 */
const pipe = (options: string, block: string, next: string): string => `pipeline ${options} { fdmove -c 7 1 ${block} } foreground { cat } ${next}`;

/** A command line with at most `depth` levels of blocks. */
export function commands(random: Chance, depth: number): string {
  const inner = (): string => `{ ${commands(random, depth - 1)} }`;
  const next = (): string => commands(random, depth - (random.below(2)));
  const odd = (least: number): string => random.several(least, 3, () => random.pick(HOSTILE)).join(' ');
  const show = (keys: string): string => `foreground { printf "%s|" ${keys} }`;
  if (depth <= 0 || random.below(6) === 0) return program(random);
  return random.pick([
    () => `if ${random.pick(['', '', '-n', '-t', '-x 7', '-X', '-nX', '-n -x 9'])} ${inner()} ${next()}`,
    () => `ifelse ${random.pick(['', '-n', '-X'])} ${inner()} ${inner()} ${next()}`,
    () => `ifthenelse ${random.pick(['', '-X'])} ${inner()} ${inner()} ${inner()} ${next()}`,
    () => `ifthenelse -s { ${random.pick(['true', 'false'])} } { printf "%s|" then } { printf "%s|" else } ${odd(1)}`,
    () => `ifte ${random.pick(['', '-n', '-X'])} ${inner()} ${inner()} ${next()}`,
    () => `foreground ${inner()} ${next()}`,
    () => `foreground ${inner()} ${next()}`,
    () => `foreground { ${CRASH} } foreground { printenv ? } ${next()}`,
    () => pipe(random.pick(['', '-r']), commands(random, depth - 1), next()),
    () => `forx ${random.pick(['', '-E', `-o ${codes(random)}`, `-x ${codes(random)}`])} NEW { ${odd(0)} } ${next()}`,
    () => `forx -E key { 1 "two words" 3 } ifelse { printf "%s|" $key \${key}x } ${inner()} ${next()}`,
    () => `backtick ${random.pick(['-n', '-N', '-I', '-x', '-D default', '-i'])} ${random.pick(VARIABLES)} ${inner()} ${next()}`,
    () => `cd ${random.pick(['below', '../here/below', '.', 'absent', '-', '""'])} ${next()}`,
    () => `umask ${random.pick(['077', '22', '0', '1777', '9'])} ${next()}`,
    () => `export ${random.pick(VARIABLES)} ${random.pick(HOSTILE)} ${next()}`,
    () => `unexport ${random.pick(VARIABLES)} ${next()}`,
    () => `emptyenv -p ${next()}`,
    () => `redirfd ${random.pick(['-w', '-a', '-u', '-x', '-wn', '-anb'])} 1 ${random.pick(FILES)} ${next()}`,
    () => `redirfd -r 0 ${random.pick([...FILES, 'input'])} ${next()}`,
    () => `fdmove ${random.pick(['-c 1 2', '1 2', '-c 5 1', '-c 1 5', '1 1', '-c 1 1'])} ${next()}`,
    () => 'fdmove -c 2 1 sh -c "echo wrong >&2"',
    () => `fdclose 5 ${next()}`,
    // execline's pipeline takes the number of a closed input for its pipe, and loses it: no pipe comes after this.
    () => `fdclose 0 ${program(random)}`,
    () => `exec ${next()}`,
    () => `exec -c printf "%s|" ${random.pick(HOSTILE)}`,
    () => 'exec -a other sh -c "echo $0"',
    () => `define ${random.pick(['', '-s', '-sn', '-sC', '-Cn'])} key ${random.pick(SPLIT)} ${show('$key ${key}z')} ${next()}`,
    () => `importas ${random.pick(['', '-u', '-D default', '-i', '-s', '-sn', '-uD d'])} key ${random.pick(VARIABLES)} ${show('$key "<${key}>"')} ${next()}`,
    () => `multisubstitute { define a $b define -s b "1 $a" importas -D none c ${random.pick(VARIABLES)} } ${show('$a $b $c')} ${next()}`,
  ])();
}
