/** Where the output of a program goes. n6 leaves it to the container's, or throws it away. */
import { field, type Field } from '../model.ts';
import { notImported, notImportedKey } from '../sentences.ts';
import type { Values } from './values.ts';

const ONE_STREAM = 'logs: discard is for both streams; write the command as a text for sh with >/dev/null or 2>/dev/null';

type Where = 'container' | 'nowhere' | 'unsaid' | Readonly<{ file: string }>;

export function outputOf(values: Values): { fields: Field[]; remarks: string[] } {
  const out = whereOf(values.text('stdout_logfile'));
  const joined = values.flag('redirect_stderr', false);
  const error = joined ? out : whereOf(values.text('stderr_logfile'));
  if (out === 'nowhere' && error === 'nowhere') return { fields: [field('logs', 'discard')], remarks: [] };
  const remarks = ([['stdout_logfile', out], ...(joined ? [] : [['stderr_logfile', error]])] as [string, Where][]).flatMap(([key, where]) => {
    if (where === 'nowhere') return [notImported(`${key}=NONE`, ONE_STREAM)];
    return typeof where === 'string' ? [] : [notImportedKey(key, where.file,
      'the output goes to that of the container; for a file, make a directory log beside service.yaml, whose run is: exec s6-log -b n10 s52428800 DIR')];
  });
  return { fields: [], remarks };
}

function whereOf(text: string | undefined): Where {
  const word = text?.trim() ?? 'auto';
  if (/^(none|off)$/i.test(word) || word === '/dev/null') return 'nowhere';
  if (/^auto$/i.test(word)) return 'unsaid';
  return /^\/(dev\/(stdout|stderr|fd\/[12])|proc\/(self|1)\/fd\/[12])$/.test(word) ? 'container' : { file: word };
}
