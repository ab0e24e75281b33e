/** What `svc check` tells of service.yaml besides what the supervisor does: accounts, programs, times, and how services belong together. */
import { expect, test } from 'vitest';
import { problemText } from '../../../src/core/messages.ts';
import { dependencyProblems } from '../../../src/servicedir/dependencies.ts';
import { scanServices } from '../../../src/servicedir/scan.ts';
import { offlineCheck } from '../../../src/servicedir/yaml/offline.ts';
import { createYamlReader } from '../../../src/servicedir/yaml/reader.ts';
import { temporary, write } from '../../help/machine.ts';

function check(files: Readonly<Record<string, string>>, root: Readonly<Record<string, string>> = {}): { told: string[]; faults: number } {
  const directory = temporary();
  const rootDirectory = temporary();
  write(directory, Object.fromEntries(Object.entries(files).map(([name, yaml]) => [`${name}/service.yaml`, yaml])));
  write(rootDirectory, root);
  const { definitions, problems, place } = scanServices(directory, { yaml: { read: createYamlReader({ check: offlineCheck(rootDirectory) }) } });
  return {
    told: [...problems, ...dependencyProblems(definitions, place)].map((problem) => problemText(problem).replaceAll(directory, 'DIR')),
    faults: definitions.reduce((sum, { policy }) => sum + policy.faults.length, 0),
  };
}

const ROOT = { 'etc/passwd': 'root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n', 'etc/group': 'root:x:0:\nssl-cert:x:101:\n', 'usr/bin/app': '' };
const START = 'command: [app]\n';

test('accounts that nobody has are problems and no faults: a script may make them before the service starts', () => {
  expect(check({ web: `${START}user: ww-data\ngroup: nobody-has-it\ngroups: [ssl-cert, 4711]\n` }, ROOT)).toEqual({
    told: [
      'DIR/web/service.yaml:2: expected user to be a user of /etc/passwd, got "ww-data"; did you mean "www-data"? Or create it',
      'DIR/web/service.yaml:3: expected group to be a group of /etc/group, got "nobody-has-it"; create it, or write its number',
    ],
    faults: 0,
  });
  expect(check({ web: `${START}user: "4711"\n` }, ROOT).told).toEqual([]);
  expect(check({ web: `${START}user: anybody\n` }).told).toEqual([]);
});

test('programs by path', () => {
  const { told } = check({ web: 'command: [/usr/bin/app]\nstop: { command: [/usr/bin/ap] }\nhealth: { exec: [/command/s6-true] }\n' }, ROOT);
  expect(told).toEqual(['DIR/web/service.yaml:2: expected stop.command to begin with a program that exists, got "/usr/bin/ap"; '
    + 'install /usr/bin/ap, or correct it']);
});

test('times that never come', () => {
  const oneshot = (schedule: string): string[] => check({ web: `once: { up: "true" }\nschedule: "${schedule}"\n` }).told;
  expect(oneshot('0 0 30 feb *')).toEqual(['DIR/web/service.yaml:2: expected a time that comes, got "0 0 30 feb *"; '
    + 'no day is like that; correct the day or the month']);
  expect(oneshot('0 0 29 2 *')).toEqual([]);
});

test('a name that nobody has, with the nearest', () => {
  expect(check({ web: `${START}needs: [bd]\nwants: [ab]\nafter: [nothing-like-it]\n`, db: START }).told).toEqual([
    'DIR/web/service.yaml:2: expected a name that is defined, got "bd"; web needs bd, which does not exist; did you mean "db"?',
    'DIR/web/service.yaml:3: expected a name that is defined, got "ab"; web wants ab, which does not exist; did you mean "db"?',
    'DIR/web/service.yaml:4: expected a name that is defined, got "nothing-like-it"; web comes after nothing-like-it, which does not exist; '
      + 'define it, or take the name away',
  ]);
});

test('a circle is told once, as a path, whatever the keys', () => {
  expect(check({ a: `${START}needs: [b]\n`, b: `${START}needs: [c]\n`, c: `${START}needs: [a]\n`, d: `${START}needs: [a]\n` }).told).toEqual([
    'DIR/a/service.yaml:2: expected dependencies without a circle, got "a b c"; '
      + 'a needs b needs c needs a: none of them can come first; take one of them away',
  ]);
  const [soft, ...more] = check({ a: `${START}\nneeds: [b]\n`, b: `${START}after: [a]\n` }).told;
  expect(soft).toMatch(/^DIR\/a\/service.yaml:3: expected dependencies without a circle, got "a b"; a needs b comes after a: none of them can come first/);
  expect(more).toEqual([]);
});

test('itself is told by its own file alone', () => {
  expect(check({ a: `${START}needs: [a]\n` })).toEqual({
    told: ['DIR/a/service.yaml:2: expected needs to name other services, got "a"; a service cannot wait for itself; take it away'], faults: 1,
  });
});
