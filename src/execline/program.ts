/** The parts of which a translated script is built: one POSIX sh program, whose text never holds a word of the script. */

/** A value that is known now, or the shell variable that will hold it; a variable that is unset then is no value at all. */
export type Value = Readonly<{ text: string } | { variable: string }>;

/** The environment of a program, by name. Byte strings. */
export type Environment = ReadonlyMap<string, Value>;

/** What a command line becomes: a program in its environment, or text of the shell that ends the process by itself. */
export type Act = Readonly<{ words: readonly string[]; environment: Environment } | { code: string }>;

/** Where in the program a command line stands. */
export type Context = Readonly<{
  environment: Environment;
  /** Below a `&` of the shell, which lets its children ignore INT and QUIT: they are given them back. */
  background: boolean;
  builder: Builder;
}>;

export type Builder = Readonly<{
  /** The expansion of a word of the script, such as `"${12}"`: its place among the shell's own arguments. */
  word(text: string): string;
  /** A name for a variable of the shell that no other part uses. */
  variable(): string;
  /** Arguments of the shell, in order. */
  words(): readonly string[];
}>;

export function builder(): Builder {
  const places = new Map<string, number>();
  let variables = 0;
  return {
    word: (text) => {
      if (!places.has(text)) places.set(text, places.size + 1);
      return `"\${${places.get(text)!}}"`;
    },
    variable: () => `v${(variables += 1)}`,
    words: () => [...places.keys()],
  };
}

/** The text that runs an act and never comes back. */
export function ending(act: Act, context: Context): string {
  if ('code' in act) return act.code;
  const { words, environment } = act;
  if (words.length === 0) return 'exit 0';
  const { word } = context.builder;
  const entries = [...environment].map(([name, value]) =>
    ('text' in value ? word(`${name}=${value.text}`) : `\${${value.variable}+${word(`${name}=`)}"$${value.variable}"}`));
  // env(1) takes a program's name with `=` for a variable; nice(1) takes any name, and changes nothing by 0.
  const through = words[0]!.includes('=') ? ['nice', '-n', '0'] : [];
  return ['exec "$env"', ...(context.background ? ['$defaults'] : []), '-i', '--', ...entries, ...through, ...words.map(word)].join(' ');
}

/** The words behind a name, to what they do. Throws Misuse. */
export type Translation = (words: readonly string[], context: Context, go: Go) => Act;
/** Translates the command line that follows, or that of a block. `code` is its text, which never comes back. */
export type Go = Readonly<{ act(words: readonly string[], context: Context): Act; code(words: readonly string[], context: Context): string }>;

/** Ends the process with a message on standard error; `code` is a number, or text of the shell for one. */
export const failing = (message: string, code: number | string, { builder: { word } }: Context): string => `fail ${code} ${word(message)}`;

/** The same context, with variables changed: undefined removes one. */
export function having(context: Context, changes: Readonly<Record<string, Value | undefined>>): Context {
  const environment = new Map(context.environment);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) environment.delete(name);
    else environment.set(name, value);
  }
  return { ...context, environment };
}

/**
 * Comes before every program. `child STATUS` says in `crashed` whether a signal ended a child: a shell knows it only as
 * 128 and the signal's number. `spare` finds a descriptor for the shell's own use that nobody was given. `defaults` are
 * options of GNU env: others leave INT and QUIT ignored in the background.
 */
export const PRELUDE = `set +e +u -f
unset CDPATH
IFS=' '
env=/usr/bin/env
[ -x "$env" ] || env=/bin/env
[ -x "$env" ] || env=env
newline='
'
fail() { printf '%s\\n' "$2" >&2; exit "$1"; }
crashed() { [ "$1" -gt 128 ] && [ "$1" -le 192 ]; }
crash() { printf '%s: child crashed with signal %s\\n' "$1" "$(($2 - 128))" >&2; exit "$2"; }
spare() {
  for spare in 9 8 7 6 5 4 3; do [ -e "/proc/self/fd/$spare" ] || return 0; done
  fail 111 'execline: no descriptor from 3 to 9 is free for the shell; close one'
}
given_signals() {
  [ -n "\${defaults+set}" ] || defaults=--default-signal=INT,QUIT
  [ -z "$defaults" ] || "$env" "$defaults" true 2>/dev/null || defaults=
}
`;
