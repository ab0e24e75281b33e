/** Variables of a service, as `env` can have them. */
import { field, type Field } from './model.ts';
import { notImported } from './sentences.ts';

export function environmentOf(variables: Readonly<Record<string, string>>): { fields: Field[]; remarks: string[] } {
  const isGood = ([name, value]: [string, string]): boolean => NAME.test(name) && !value.includes('\0');
  const good = Object.entries(variables).filter(isGood);
  const bad = Object.entries(variables).filter((one) => !isGood(one));
  // Without a NAME n6 would read the file that NAME_FILE says, and not start a service that makes this file itself.
  const empty = good.map(([name]) => name).filter((name) => /._FILE$/.test(name)).map((name) => name.slice(0, -'_FILE'.length))
    .filter((name) => NAME.test(name) && !Object.hasOwn(variables, name));
  const remark = empty.length === 0 ? undefined
    : `an empty ${empty.join(', ')} keeps n6 from reading the file at each start; take it out where that is a secret, and the service gets its content`;
  return {
    fields: good.length === 0 ? [] : [field('env', { ...Object.fromEntries(good), ...Object.fromEntries(empty.map((name) => [name, ''])) }, remark)],
    remarks: bad.map(([name]) => notImported(`the variable ${name}`, 'a name is letters, digits and _, and a value has no NUL')),
  };
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
