import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary, write } from '../help/machine.ts';
import { companions, ended, plain, SHELLS, type Ended } from './shells.ts';

const printcontenv = path.join(companions, 'printcontenv');

describe.each(SHELLS)('printcontenv in $shell (spec 4.7.6)', ({ words, missing }) => {
  const print = (names: readonly string[], env: NodeJS.ProcessEnv): Ended => ended([...words, printcontenv, ...names], { env: { ...plain, ...env } });
  const outcome = ({ code, stdout }: Ended): [number, string] => [code, stdout];

  test.skipIf(missing)('prints the value that with-contenv gives, and a newline', () => {
    const directory = temporary();
    write(directory, { A: 'v\n', B: 'no newline', C: 'two\nlines\n\n', D: '\n', 'a.b': '-n\\n%s\n', '-e': 'x\n' });
    const env = { N6_CONTAINER_ENVIRONMENT: directory, A: 'caller' };
    const values = ['A', 'B', 'C', 'D', 'a.b', '-e'].map((name) => outcome(print([name], env)));
    expect(values).toEqual([[0, 'v\n'], [0, 'no newline\n'], [0, 'two\nlines\n\n'], [0, '\n'], [0, '-n\\n%s\n'], [0, 'x\n']]);
  });

  test.skipIf(missing)('ends with 2 and says nothing when there is no such variable', () => {
    const directory = temporary();
    write(directory, { 'env/A': 'v\n', 'env/EMPTY': '', 'env/.hid': 'x\n', 'env/a=b': 'x\n', 'env/sub/x': '', secret: 'x\n' });
    for (const name of ['NONE', 'EMPTY', '.hid', 'a=b', 'sub', '../secret', '.', '..', 'sub/x']) {
      const { code, stdout, stderr } = print([name], { N6_CONTAINER_ENVIRONMENT: path.join(directory, 'env'), NONE: 'caller' });
      expect([name, code, stdout, stderr]).toEqual([name, 2, '', '']);
    }
  });

  test.skipIf(missing)('S6_KEEP_ENV asks its own environment', () => {
    const env = { N6_CONTAINER_ENVIRONMENT: '/nowhere', S6_KEEP_ENV: '1', A: 'caller', EMPTY: '' };
    expect(['A', 'EMPTY', 'NONE', 'a.b', '$(id)', '1'].map((name) => outcome(print([name], env)))).toEqual([
      [0, 'caller\n'], [1, ''], [1, ''], [1, ''], [1, ''], [1, ''],
    ]);
  });

  test.skipIf(missing)('wrong usage is 100, no directory 111', () => {
    const usage = { code: 100, stdout: '', stderr: 'usage: printcontenv NAME\n' };
    for (const names of [[], [''], ['A', 'B']]) expect(print(names, {})).toMatchObject(usage);
    expect(print(['A'], { N6_CONTAINER_ENVIRONMENT: '/nowhere' })).toMatchObject({
      code: 111, stderr: 'printcontenv: cannot read the container environment /nowhere; is it n6 that started this?\n',
    });
  });
});
