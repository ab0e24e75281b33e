/** A service directory of s6: its value files become keys, the rest stays as it is. */
import { DEFAULTS, type Definition } from '../../core/definition.ts';
import { field, type Field, type Service } from '../model.ts';
import { accountOf, commandOf } from './run-script.ts';
import { filesOf, scriptIn } from './files.ts';

/** `without`: files that are somebody else's. Throws the errno when it cannot be read. */
export function serviceOf(definition: Definition, without: readonly string[] = []): Service {
  const { name, directory } = definition;
  const { fields, replaced } = fieldsOf(definition);
  const run = scriptIn(directory, 'run');
  const command = run === undefined ? undefined : commandOf(run);
  const account = command === undefined ? undefined : accountOf(command);
  const offer = account === undefined ? undefined
    : `with HOME, USER, LOGNAME and SHELL of the account, too: user: ${account.user}, and this without the first two words`;
  return {
    name,
    fields: command === undefined ? fields : [field('command', command, offer), ...fields],
    ...filesIn(directory, [...without, ...replaced, ...(command === undefined ? [] : ['run'])]),
  };
}

/** All of it as it is. Throws the errno. */
export const copyOf = (name: string, directory: string): Service => ({ name, fields: [], ...filesIn(directory, []) });

function filesIn(directory: string, without: readonly string[]): Pick<Service, 'files' | 'remarks'> {
  const { entries, remarks } = filesOf(directory, new Set(without));
  return { files: entries, remarks };
}

/** `replaced`: the files that say the same as the keys. */
function fieldsOf({ notificationDescriptor, stopSignal, killAfter, killsGroup, reloadSignal }: Definition): { fields: Field[]; replaced: string[] } {
  const fields: Field[] = [];
  const replaced: string[] = [];
  if (notificationDescriptor !== undefined) {
    fields.push(field('ready', { fd: notificationDescriptor }));
    replaced.push('notification-fd');
  }
  const signal = stopSignal.slice(3);
  if (!killsGroup && (killAfter !== undefined || stopSignal !== DEFAULTS.stopSignal)) {
    fields.push(field('stop', killAfter === undefined ? signal : [`${signal} ${time(killAfter)}`, 'KILL']));
    replaced.push('timeout-kill', 'down-signal');
  }
  if (reloadSignal !== DEFAULTS.reloadSignal) {
    fields.push(field('reload', reloadSignal.slice(3)));
    replaced.push('reload-signal');
  }
  return { fields, replaced };
}

const time = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
