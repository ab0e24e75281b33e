/** What n6 itself is told: variables of its environment, and n6.yaml. */
import { existsSync } from 'node:fs';
import type { MembershipPlan } from '../core/membership-plan.ts';
import type { Problem } from '../core/messages.ts';
import { readSettings, type SettingProblem, type Settings } from '../core/settings.ts';
import type { N6File } from '../servicedir/yaml/n6-file.ts';
import { reasonOf } from './failure.ts';
import type { Log } from './log.ts';

export const N6_FILE = 'n6.yaml';

export type Configuration = Readonly<{
  settings: Settings;
  /** The variables that settings were read from, those of n6.yaml included. */
  variables: Readonly<Record<string, string>>;
  membership: MembershipPlan | undefined;
  /** In the environment, and in the file. */
  settingProblems: readonly SettingProblem[];
  problems: readonly Problem[];
}>;

/**
 * Calls back with it, in this turn where there is no file: then nothing is loaded that reads one. What is wrong in either
 * has the default, and is told: a mistake keeps no container down. `failed` owns what `act` throws in a later turn.
 */
export function withConfiguration(
  file: string, environment: Readonly<Record<string, string>>, act: (configuration: Configuration) => void, failed: (error: unknown) => void,
): void {
  if (!existsSync(file)) return act(configurationOf(environment, { variables: {}, membership: undefined, problems: [] }));
  void import('../servicedir/yaml/n6-file.ts').then(
    ({ readN6File }) => readN6File(file, (name) => environment[name]),
    (error: unknown): N6File => {
      const problem = { service: '', file, value: reasonOf(error).slice(0, 200), expected: 'a file that n6 can read', remedy: 'going on without it' };
      return { variables: {}, membership: undefined, problems: [problem] };
    },
  ).then((read) => act(configurationOf(environment, read))).catch(failed);
}

/** The environment wins; what is set to nothing is as if it were not set. */
function configurationOf(environment: Readonly<Record<string, string>>, { variables: written, membership, problems }: N6File): Configuration {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const variables = { ...written, ...set };
  const { settings, problems: settingProblems } = readSettings(variables);
  return { settings, variables, membership, settingProblems, problems };
}

export function tellProblems({ settingProblems, problems }: Configuration, log: Log): void {
  for (const problem of settingProblems) log.report({ type: 'setting', problem, fallback: 'the default' });
  for (const problem of problems) log.report({ type: 'problem', problem });
}
