/** Variables of a service, as `env` can have them. */
import { field, type Field } from './model.ts';
import { notImported } from './sentences.ts';

export function environmentOf(variables: Readonly<Record<string, string>>): { fields: Field[]; remarks: string[] } {
  const isGood = ([name, value]: [string, string]): boolean => NAME.test(name) && !value.includes('\0');
  const good = Object.entries(variables).filter(isGood);
  const bad = Object.entries(variables).filter((one) => !isGood(one));
  const files = good.map(([name]) => name).filter((name) => /._FILE$/.test(name) && !Object.hasOwn(variables, name.slice(0, -5)));
  const given = files.map((name) => name.slice(0, -5)).join(', ');
  const remark = files.length === 0 ? undefined
    : `of ${files.join(', ')} n6 reads the file at each start and gives its content as ${given}; rename it if it is no secret`;
  return {
    fields: good.length === 0 ? [] : [field('env', Object.fromEntries(good), remark)],
    remarks: bad.map(([name]) => notImported(`the variable ${name}`, 'a name is letters, digits and _, and a value has no NUL')),
  };
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
