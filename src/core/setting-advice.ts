/** What to say about S6_ variables that are set and do nothing here: those n6 has no use for, and those nobody knows. */
import { nearest, type Level } from './messages.ts';
import { readSettings, SETTINGS, type Setting, type SettingName } from './settings.ts';

const PREFIX = 'S6_';

/** Goes into the log as it is. */
export type SettingNote = Readonly<{ type: 'note'; level: Level; text: string }>;

/** Why a variable has no effect, and what replaces it. */
export type SettingAdvice = Readonly<{ name: string; level: Level; why: string }>;

export const adviseSettings = (environment: Readonly<Record<string, string | undefined>>): SettingNote[] =>
  adviceOn(environment).map(({ name, level, why }) => ({ type: 'note', level, text: `${name} has no effect: ${why}` }));

/**
 * One for each variable that is set to something other than off and has no effect, saying what replaces it, and one for
 * each unknown name that resembles a setting. Other unknown names are somebody else's: images keep S6_OVERLAY_VERSION.
 */
export function adviceOn(environment: Readonly<Record<string, string | undefined>>): SettingAdvice[] {
  const { settings } = readSettings(environment);
  const isOn = (name: string): boolean => {
    const value = settings[name as SettingName];
    return environment[name] !== undefined && environment[name] !== '' && value !== false && value !== 0;
  };
  const known = Object.entries<Setting>(SETTINGS).flatMap(([name, { advice }]): SettingAdvice[] =>
    (advice === undefined || !isOn(name) || (advice.when !== undefined && !isOn(advice.when.name))
      ? [] : [{ name, level: advice.level, why: advice.text }]));
  // Without the beginning that all share, which would make every name near to every other.
  const names = Object.keys(SETTINGS).filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  const unknown = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !(name in SETTINGS)).sort().flatMap((name): SettingAdvice[] => {
    const near = nearest(name.slice(PREFIX.length), names);
    return near === undefined ? [] : [{ name, level: 'warn', why: `there is no such setting; did you mean ${PREFIX}${near}?` }];
  });
  return [...known, ...unknown];
}
