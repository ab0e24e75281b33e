/** What only a shell can do for the process that it then becomes: umask, and limits where prlimit(1) is missing. */
import { nameOf } from './variables.ts';

/** Set by some shell at its start, or changed by it. */
const TOUCHED: readonly string[] = ['PWD', 'OLDPWD', 'SHLVL', '_'];

/**
 * The words that run `commands`, one after the other and only while they succeed, and then what follows; none for no command.
 * `env` is the path of env(1), asked for when it is needed: a shell drops variables with names such as `a.b`, and has its
 * own idea of PWD, so that these are given back. A bash that is /bin/sh leaves a `_` of its own.
 */
export function shellWords(commands: readonly string[], environment: readonly Buffer[], env: () => string): string[] {
  if (commands.length === 0) return [];
  const names = environment.map(nameOf);
  const absent = TOUCHED.filter((name) => !names.includes(name));
  const script = [...(absent.length === 0 ? [] : [`unset ${absent.join(' ')}`]), `${commands.join(' && ')} || exit 111`, 'exec "$@"'].join('; ');
  const lost = environment.filter((entry, index) => entry.includes('=') && (TOUCHED.includes(names[index]!) || !/^[A-Za-z_]\w*$/.test(names[index]!)));
  // An argument is text: what is no UTF-8 cannot be handed on in this way.
  const restored = lost.map(String).filter((text, index) => Buffer.from(text).equals(lost[index]!));
  return ['/bin/sh', '-c', script, 'sh', ...(restored.length === 0 ? [] : [env(), ...restored])];
}
