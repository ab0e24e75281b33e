/** What of a container's environment n6 does not understand, has no use for, or cannot follow in the image. */
import type { Problem } from '../core/messages.ts';
import { adviceOn } from '../core/setting-advice.ts';
import { readSettings } from '../core/settings.ts';
import { statIn } from './root.ts';
import { stagesOf } from './stages.ts';
import { checkScript } from './scripts.ts';
import type { Tree } from './tree.ts';

export type SettingsCheck = Readonly<{
  problems: readonly Problem[];
  /** Sentences about variables that can stay and do nothing. */
  notes: readonly string[];
}>;

/** Variables are named where a problem names its file. */
export function checkSettings(tree: Tree, environment: Readonly<Record<string, string>>): SettingsCheck {
  const { settings, problems } = readSettings(environment);
  const about = (name: string, expected: string, remedy: string): Problem => ({ service: '', file: name, value: environment[name], expected, remedy });
  const advice = adviceOn(environment);
  const profile = settings.S6_RUNTIME_PROFILE;
  const place = stagesOf(settings).directory;
  const [hook] = settings.S6_STAGE2_HOOK;
  return {
    problems: [
      ...problems.map(({ name, expected }) => about(name, expected, 'correct it, or take it away: n6 goes on with the default')),
      ...advice.filter(({ level }) => level !== 'info').map(({ name, why }) => about(name, 'a setting that n6 has', why)),
      ...(profile === undefined || statIn(tree.root, place)?.isDirectory() === true ? []
        : [about('S6_RUNTIME_PROFILE', `a directory ${place}`, 'make it, or unset the variable to use /etc')]),
      ...(hook === undefined ? [] : checkHook(tree, hook, about)),
    ],
    notes: advice.filter(({ level }) => level === 'info').map(({ name, why }) => `${name} has no effect: ${why}`),
  };
}

function checkHook(tree: Tree, hook: string, about: (name: string, expected: string, remedy: string) => Problem): Problem[] {
  const isThere = hook.startsWith('/') ? tree.hasProgram(hook) : tree.finds(hook);
  if (!isThere) return [about('S6_STAGE2_HOOK', `${hook}, a program that the image or n6 has`, `install ${hook}, or correct the variable`)];
  return hook.startsWith('/') ? checkScript(tree, hook, '') : [];
}
