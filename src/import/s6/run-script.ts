/** A `run` that only starts a program is a command. Only what is surely the same is taken for one; all others stay scripts. */

/**
 * `#!/bin/sh`, comments, `set -e` or `-u`, and one `exec` of plain words: the same program, by the same pid, in the same directory and
 * environment. Not with-contenv, which gives another environment, and nothing that sh or execline would do besides.
 */
export function commandOf(script: string): readonly string[] | undefined {
  const [hashbang = '', ...lines] = script.replace(/\\\n/g, ' ').split('\n');
  if (!SHELLS.test(hashbang)) return undefined;
  const said = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#') && !/^set( -[eu]+)+$/.test(line));
  const [only] = said;
  if (said.length !== 1 || only === undefined || !/^exec[ \t]/.test(only)) return undefined;
  const words = plainWords(only.slice('exec'.length).trim());
  const [program] = words ?? [];
  return program === undefined || program === '' || program.startsWith('-') ? undefined : words;
}

const SHELLS = /^#![ \t]*(\/usr)?\/bin\/(env[ \t]+)?(sh|dash|ash|bash)([ \t]+-[eu]+)?[ \t]*$/;

/** Of `s6-setuidgid USER PROGRAM …`; undefined: something else, or an account that says more than a name. */
export function accountOf([program, account, ...rest]: readonly string[]): { user: string; command: readonly string[] } | undefined {
  const isThat = program !== undefined && /^(\/(usr\/)?(bin|command)\/)?s6-setuidgid$/.test(program);
  return isThat && account !== undefined && /^[A-Za-z_][A-Za-z0-9_-]*$/.test(account) && rest.length > 0 ? { user: account, command: rest } : undefined;
}

/** undefined: sh would do something with it. */
function plainWords(line: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /[ \t]+|((?:[A-Za-z0-9_./:@%+,=-]|'[^']*'|"[^"$`\\!]*")+)|(.)/gy;
  for (const [, word, other] of line.matchAll(pattern)) {
    if (other !== undefined) return undefined;
    if (word !== undefined) words.push(word.replace(/'([^']*)'|"([^"]*)"/g, (quoted) => quoted.slice(1, -1)));
  }
  return words;
}
