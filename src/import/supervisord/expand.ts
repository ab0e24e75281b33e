/** `%(name)s` in the values of supervisord: Python's `%` with a mapping (its documentation, "printf-style String Formatting"). */

export type Names = Readonly<Record<string, string | number>>;

/** `unknown`: names that nobody knows, and a `%` that begins nothing; these stay as they are. `other`: what else a name may mean. */
export function expand(text: string, names: Names, other: (name: string) => string | undefined = () => undefined): { text: string; unknown: string[] } {
  const unknown: string[] = [];
  const expanded = text.replace(/%(?:%|\(([^)]*)\)([-0 ]*)(\d*)([sd])|)/g, (all, name: string | undefined, flags: string, width: string) => {
    if (all === '%%') return '%';
    const value = name === undefined ? undefined : Object.hasOwn(names, name) ? names[name] : other(name);
    if (value === undefined) {
      unknown.push(name ?? '%');
      return all;
    }
    const padding = flags.includes('0') ? '0' : ' ';
    return flags.includes('-') ? String(value).padEnd(Number(width)) : String(value).padStart(Number(width), padding);
  });
  return { text: expanded, unknown };
}

/**
 * Variables whose value is known only when the program is started. In a value they are kept between two characters that no
 * file has (private use), with another first one where they were in quotes.
 */
export const LATER = { bare: '\u{E000}', quoted: '\u{E002}', end: '\u{E001}' } as const;
export const later = (variable: string): string => `${LATER.bare}${variable}${LATER.end}`;
export const isLater = (text: string): boolean => text.includes(LATER.end);
