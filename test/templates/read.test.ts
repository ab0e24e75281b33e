/** Files of templates.d: what is wrong in them, all at once, and what they mean. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { problemText } from '../../src/core/messages.ts';
import { choose } from '../../src/templates/data.ts';
import { checkArgv } from '../../src/templates/definition.ts';
import { TEMPLATE } from '../../src/templates/keys.ts';
import { readTemplates, sourceProblems } from '../../src/templates/read.ts';
import type { Member } from '../../src/core/members.ts';
import { temporary, write, type Files } from '../help/machine.ts';

function read(files: Files) {
  const directory = temporary();
  write(directory, files);
  const result = readTemplates(directory);
  const problems = [...result.problems, ...sourceProblems(result.templates)];
  return { ...result, directory, told: problems.map((problem) => problemText(problem).replaceAll(directory, 'DIR')) };
}

test('every example of a key is read without a complaint', () => {
  const beside = Object.entries(TEMPLATE).filter(([, key]) => key.required).map(([name, { example }]) => `${name}: ${example}`).join('\n');
  for (const [name, { example, shape, required }] of Object.entries(TEMPLATE)) {
    const { problems } = readTemplates(read({ 'a.yaml': required ? beside : `${beside}\n${name}: ${example}\n` }).directory);
    expect(problems.map(problemText), `${name} ${shape.expected}`).toEqual([]);
  }
});

test('all mistakes of a file at once, each with its line', () => {
  const { told, templates } = read({
    'a.yaml': 'source: a.hbs\ndestination: /etc/a\nrelaod: ha\nmode: 640\ncheck: []\nwait: { min: 10 }\n'
      + 'data:\n  members: { status: alvie }\nminimum-members: -1\n',
  });
  expect(templates).toEqual([]);
  expect(told).toEqual([
    'DIR/a.yaml:3: expected a key of a template of templates.d, got "relaod"; did you mean "reload"?',
    'DIR/a.yaml:4: expected mode to be an octal mode in quotes, such as "0640", got "640"; write "640": without quotes YAML reads it as a decimal number',
    'DIR/a.yaml:5: expected check to be a command of 1 to 1000 words, got "a list"; name the program first',
    expect.stringContaining('DIR/a.yaml:6: expected wait.min to be a duration') as string,
    'DIR/a.yaml:8: expected data.members.status to be alive, leaving, left or failed, got "alvie"; did you mean "alive"?',
    expect.stringContaining('DIR/a.yaml:9: expected minimum-members to be a whole number from 0') as string,
  ]);
});

test('what only shows when it is taken together', () => {
  const { told } = read({
    'a.yaml': 'source: x.hbs\ndestination: /etc/x\n',
    'b.yaml': 'source: y.hbs\ndestination: /etc/x\n',
    'c.yaml': 'source: c.hbs\ndestination: c.hbs\n',
    'd.yaml': 'source: d.hbs\ndestination: /etc/d\ncheck: [true]\n',
    'e.yml': 'source: d.hbs\n',
    'f.yaml': '',
    'g.yaml': 'source: g.hbs\ndestination: /etc/g\nwait: { min: 10s, max: 1s }\n',
    'h.yaml': 'source: h.hbs\ndestination: /etc/h\n',
    'x.hbs': 'ok', 'h.hbs': 'a\n{{#each members}',
  });
  expect(told).toEqual([
    'DIR/b.yaml: expected a destination that no other template has, got "/etc/x"; a.yaml makes that file, too; take one of them away',
    'DIR/c.yaml:2: expected destination to be another file than source, got "c.hbs"; give it another name',
    expect.stringContaining('DIR/d.yaml:3: expected check to have {file} in it, the new file, got "true"') as string,
    expect.stringContaining('DIR/e.yml: expected a name that ends with .yaml') as string,
    expect.stringContaining('DIR/f.yaml: expected a mapping with the keys source and destination') as string,
    'DIR/g.yaml:3: expected wait.max to be at least wait.min; lengthen it',
    expect.stringContaining('DIR/h.hbs:2: expected a template of Handlebars') as string,
  ]);
});

test('no directory, no templates; one that cannot be read is told', () => {
  expect(readTemplates(path.join(temporary(), 'nothing'))).toEqual({ templates: [], problems: [], looked: 0 });
  expect(read({ 'd/x': '' }).told).toEqual([]);
});

test('what it means', () => {
  const { templates: [template], directory } = read({
    'ha.yaml': 'source: ha.hbs\ndestination: ../ha.cfg\nowner: ha:web\nmode: "0640"\n'
      + 'reload: [nginx, -s, reload]\ncheck: "nginx -t -c {file}"\nwait: { max: 500ms }\n', 'ha.hbs': '',
  });
  expect(template).toMatchObject({
    name: 'ha', source: path.join(directory, 'ha.hbs'), destination: path.join(path.dirname(directory), 'ha.cfg'), owner: { user: 'ha', group: 'web' },
    mode: 0o640, reload: { command: ['nginx', '-s', 'reload'] }, wait: { min: 500, max: 500 }, minimumMembers: 1,
  });
  expect(checkArgv(template!.check!, '/a/.b.n6')).toEqual(['/bin/sh', '-c', 'nginx -t -c /a/.b.n6']);
  expect(checkArgv(template!.check!, "/a b/it's")).toEqual(['/bin/sh', '-c', "nginx -t -c '/a b/it'\\''s'"]);
  expect(checkArgv(['x', '{file}', 'a={file}'], '/a b')).toEqual(['x', '/a b', 'a=/a b']);
});

test('members by role, status and tags; who has a line break in what he says of himself is left out', () => {
  const member = (name: string, more: Partial<Member> = {}): Member =>
    ({ name, address: '10.0.0.1', port: 7946, role: 'backend', tags: {}, status: 'alive', ...more });
  const members = [
    member('a'), member('b', { role: 'web' }), member('c', { status: 'failed' }), member('d', { tags: { zone: 'eu' } }), member('x\n  server evil 1.2.3.4:80'),
    member('q"uote'), member('t', { tags: { a: 'b\nc' } }), member('{{env.SECRET}}'), member('ünï-1'), member('addr', { address: '10.0.0.1 backup' }),
  ];
  const filter = { roles: ['backend'], statuses: ['alive'], tags: new Map<string, string>(), anyName: false };
  const names = (change: object): string[] => choose(members, { ...filter, ...change }).chosen.map(({ name }) => name);
  expect(names({})).toEqual(['a', 'd', 'ünï-1']);
  expect(names({ anyName: true })).toEqual(['a', 'd', 'q"uote', '{{env.SECRET}}', 'ünï-1', 'addr']);
  expect(names({ roles: undefined })).toEqual(['a', 'b', 'd', 'ünï-1']);
  expect(names({ statuses: ['failed'] })).toEqual(['c']);
  expect(names({ tags: new Map([['zone', 'eu']]) })).toEqual(['d']);
  expect(choose(members, filter).strange).toContain('"x\\n  server evil 1.2.3.4:80"');
});
