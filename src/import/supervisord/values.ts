/** Values of a section, expanded and checked; whatever is wrong is told with its file and line, and the default stands for it. */
import { signalName } from '../../core/signals.ts';
import { nearest, type Problem } from '../../core/messages.ts';
import { expand, later, type Names } from './expand.ts';
import type { Section, Value } from './ini.ts';

export type Values = ReturnType<typeof valuesOf>;

/** datatypes.boolean. */
function truth(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return ['yes', 'true', 'on', '1'].includes(word) ? true : ['no', 'false', 'off', '0'].includes(word) ? false : undefined;
}

export type Reading = Readonly<{
  section: Section;
  names: Names;
  environment: Readonly<Record<string, string | undefined>>;
  /** For messages. */
  service: string;
  complain: (problem: Problem) => void;
}>;

export function valuesOf({ section, names, environment, service, complain }: Reading) {
  const wrong = (value: Value, text: string, expected: string, remedy: string): undefined =>
    void complain({ service, file: `${value.file}:${value.line}`, value: text.slice(0, 60), expected, remedy });

  const expanded = (key: string, other: (name: string) => string | undefined): string | undefined => {
    const value = section.get(key);
    if (value === undefined) return undefined;
    const { text, unknown } = expand(value.text, names, other);
    for (const name of new Set(unknown)) {
      const variable = name.startsWith('ENV_') ? name.slice(4) : undefined;
      if (name === '%') wrong(value, value.text, 'a percent sign as %%, or %(name)s', 'double it');
      else if (variable !== undefined) wrong(value, `%(${name})s`, 'a variable that is set', `set it for the import: ${variable}=… svc import supervisord …`);
      else {
        const near = nearest(name, Object.keys(names));
        wrong(value, `%(${name})s`, 'a name that supervisord knows', near === undefined ? 'write %% for a percent sign' : `did you mean "%(${near})s"?`);
      }
    }
    return text;
  };
  const ofImport = (name: string): string | undefined => (name.startsWith('ENV_') ? environment[name.slice(4)] : undefined);
  const text = (key: string): string | undefined => expanded(key, ofImport);

  const parsed = <T>(key: string, fallback: T, parse: (text: string) => T | undefined, expected: string, example: string): T => {
    const found = text(key)?.trim();
    if (found === undefined) return fallback;
    const value = parse(found);
    if (value === undefined) wrong(section.get(key)!, found, expected, `write it like this: ${key}=${example} (until then: ${String(fallback ?? 'none')})`);
    return value ?? fallback;
  };

  return {
    text,
    /** Variables of the environment are left to the start. */
    textOfStart: (key: string): string | undefined => expanded(key, (name) => (/^ENV_[A-Za-z_]\w*$/.test(name) ? later(name.slice(4)) : undefined)),
    number: (key: string, fallback: number, least = 0): number =>
      parsed(key, fallback, (found) => (/^[+-]?\d{1,15}$/.test(found) && Number(found) >= least ? Number(found) : undefined),
        least === -Infinity ? 'a number' : `a number, ${least} or more`, String(fallback)),
    flag: (key: string, fallback: boolean): boolean =>
      parsed(key, fallback, (found) => truth(found), 'true or false', 'true'),
    autorestart: (): 'always' | 'on-failure' | 'never' => parsed('autorestart', 'on-failure', (found) => {
      if (found.toLowerCase() === 'unexpected') return 'on-failure';
      const always = truth(found);
      return always === undefined ? undefined : always ? 'always' : 'never';
    }, 'true, false or unexpected', 'true'),
    codes: (): readonly number[] => parsed('exitcodes', [0], (found) => {
      const codes = found === '' ? [] : found.split(',').map((word) => (/^\s*\d{1,3}\s*$/.test(word) ? Number(word) : NaN));
      return codes.every((code) => code <= 255) ? codes : undefined;
    }, 'exit codes from 0 to 255 with commas', '0,2'),
    signal: (): string => parsed('stopsignal', 'SIGTERM', signalName, 'the name or number of a signal', 'TERM').slice(3),
    umask: (): string | undefined => parsed<string | undefined>('umask', undefined, (found) =>
      (/^(0o?)?[0-7]{1,3}$/.test(found) ? found.replace(/^0o?/, '').padStart(3, '0') : undefined), 'an octal number', '022'),
    /** Tells of a value that was read some other way. */
    complain: (key: string, value: string, expected: string, remedy: string): void => wrong(section.get(key)!, value, expected, remedy),
  };
}
