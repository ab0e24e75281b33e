/**
 * supervisord's INI files, as it reads them itself: Python's RawConfigParser (configparser, "Supported INI File Structure") with
 * `;` and `#` after a blank as comments, without interpolation, and where a later section or key adds to an earlier one.
 */

export type Value = Readonly<{ text: string; file: string; line: number }>;
export type Section = Map<string, Value>;
export type Ini = Map<string, Section>;

const places = new WeakMap<Section, string>();
/** FILE:LINE of a section's heading, the first one. */
export const placeOf = (section: Section): string => places.get(section) ?? '';

/** The same section, with what `defaults` say of keys that it has not. */
export function withDefaults(section: Section, defaults: Section): Section {
  const all = new Map([...defaults, ...section]);
  places.set(all, placeOf(section));
  return all;
}

export type BadLine = Readonly<{ file: string; line: number; text: string; expected: string; remedy: string }>;

/** Adds what `text` says to `ini`; `here` stands for %(here)s. A line that cannot be understood is told, the others count. */
export function readIni(ini: Ini, text: string, file: string, here: string): BadLine[] {
  const bad: BadLine[] = [];
  let section: Section | undefined;
  let key: string | undefined;
  let indent = 0;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const start = commentStart(raw);
    const value = raw.slice(0, start).trim();
    const found = key === undefined ? undefined : section?.get(key);
    if (value === '') {
      if (start === undefined && found !== undefined) section!.set(key!, { ...found, text: `${found.text}\n` });
      continue;
    }
    const column = raw.search(/\S/);
    if (found !== undefined && column > indent) {
      section!.set(key!, { ...found, text: `${found.text}\n${value.replaceAll('%(here)s', here)}` });
      continue;
    }
    indent = column;
    const header = /^\[(.+)\]/.exec(value);
    if (header !== null) {
      const name = header[1]!;
      section = ini.get(name);
      if (section === undefined) {
        section = new Map();
        ini.set(name, section);
        places.set(section, `${file}:${index + 1}`);
      }
      key = undefined;
      continue;
    }
    const told = { file, line: index + 1, text: value };
    const pair = /^(.*?)\s*[=:]\s*(.*)$/.exec(value);
    if (section === undefined) bad.push({ ...told, expected: 'a section first', remedy: 'begin the file with a line such as: [program:web]' });
    else if (pair === null || pair[1] === '') bad.push({ ...told, expected: 'KEY=VALUE', remedy: 'write it like this: autostart=true' });
    else {
      key = pair[1]!.toLowerCase();
      section.set(key, { text: pair[2]!.replaceAll('%(here)s', here), file, line: index + 1 });
    }
  }
  for (const entries of ini.values()) for (const [name, entry] of entries) entries.set(name, { ...entry, text: entry.text.trimEnd() });
  return bad;
}

/** Where a comment begins; undefined: there is none. */
function commentStart(line: string): number | undefined {
  if (/^\s*[;#]/.test(line)) return 0;
  const found = /\s[;#]/.exec(line);
  return found === null ? undefined : found.index + 1;
}
