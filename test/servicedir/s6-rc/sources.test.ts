/** What is written in s6-rc's sources, and what is said of what is wrong in them (spec/s6-compat 5). */
/* eslint-disable max-len -- a case is read in one line */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemText } from '../../../src/core/messages.ts';
import { readSources, type Sources } from '../../../src/servicedir/s6-rc/sources.ts';
import { temporary, write, type Files } from '../../help/machine.ts';

const ONESHOT: Files = { 'one/type': 'oneshot\n', 'one/up': 'true\n' };

function read(files: Files, more: (directory: string) => void = () => undefined): Sources & { said: string[] } {
  const directory = temporary();
  write(directory, files);
  more(directory);
  const sources = readSources([directory], undefined);
  return { ...sources, said: sources.problems.map((problem) => problemText(problem).replaceAll(`${directory}/`, '')) };
}

describe('what is wrong is told with its file, and what can run, runs', () => {
  const cases: [what: string, files: Files, said: RegExp][] = [
    ['a type that is none', { 'x/type': 'daemon\n' }, /^x\/type: expected oneshot, longrun or bundle, got "daemon"; write one of them/],
    ['no type', { 'x/up': 'true' }, /^x\/type: expected oneshot, longrun or bundle; write one of them/],
    ['a oneshot without up', { 'x/type': 'oneshot' }, /^x\/up: expected a command line; write one: echo \/path\/of\/the\/script >x\/up/],
    ['a block that is never closed', { 'x/type': 'oneshot', 'x/up': 'if { true\n\n' }, /^x\/up:1: expected words and blocks of execline \(.*never closed\).*"if \{ true"; add a \}/],
    ['a brace that closes nothing', { 'x/type': 'oneshot', 'x/up': 'true\n}\n' }, /^x\/up:2: expected .*closes no block/],
    ['a quote that is never closed', { 'x/type': 'oneshot', 'x/up': 'echo "a\n' }, /^x\/up:1: expected words and blocks of execline/],
    ['a longrun without run', { 'x/type': 'longrun\n' }, /^x\/run: expected a file: what a longrun runs; there is none; create it/],
    ['a dependency that nobody defines', { 'x/type': 'oneshot', 'x/up': 'true', 'x/dependencies.d/onne': '' }, /x needs onne, which does not exist; did you mean "one"\?/],
    ['a circle', {
      'x/type': 'oneshot', 'x/up': 'true', 'x/dependencies.d/y': '', 'y/type': 'oneshot', 'y/up': 'true', 'y/dependencies': 'x\n',
    }, /x needs y needs x: none of them can come first/],
    ['a producer without a consumer', { 'x/type': 'longrun', 'x/run': '', 'x/producer-for': 'nobody\n' }, /^x\/producer-for: expected a longrun whose consumer-for names x, got "nobody"/],
    ['a consumer whose producer says nothing of it', { 'x/type': 'longrun', 'x/run': '', 'x/consumer-for': 'one\n' }, /^x\/consumer-for: expected a longrun whose producer-for names x, got "one"; echo x >one\/producer-for/],
    ['a time that is none', { 'x/type': 'oneshot', 'x/up': 'true', 'x/timeout-up': '5s\n' }, /^x\/timeout-up: expected a number of milliseconds, got "5s"/],
  ];
  test.each(cases)('%s', (_what, files, said) => {
    const sources = read({ ...ONESHOT, ...files });
    expect(sources.said.join('\n')).toMatch(said);
    expect(sources.sources.has('one')).toBe(true);
  });

  test('all of it at once', () => {
    const { said, broken, sources } = read({ ...ONESHOT, 'a/type': 'x', 'b/type': 'oneshot', 'c/type': 'longrun', 'd/type': 'oneshot', 'd/up': 'true', 'd/dependencies.d/a': '' });
    expect(said).toHaveLength(4);
    expect(said[3]).toMatch(/d needs a, which was left out/);
    expect(broken).toBe(true);
    expect([...sources.keys()]).toEqual(['one']);
  });

  test('a source that cannot be read is told, and a FIFO holds nobody up', () => {
    const { said } = read(ONESHOT, (directory) => {
      mkdirSync(path.join(directory, 'fifo'));
      execFileSync('mkfifo', [path.join(directory, 'fifo/type')]);
    });
    expect(said.join('\n')).toMatch(/^fifo\/type: expected oneshot/);
    expect(readSources(['/no/such/directory'], undefined).problems.map(problemText)[0])
      .toBe('/no/such/directory: expected a directory that can be read, got "no such file or directory (ENOENT)"; look at it: ls -ld /no/such/directory');
  });

  test('two directories that define one name: the first counts', () => {
    const [a, b] = [temporary(), temporary()];
    write(a, ONESHOT);
    write(b, { 'one/type': 'longrun\n', 'one/run': '' });
    const { sources, problems } = readSources([a, b], undefined);
    expect(sources.get('one')?.kind).toBe('oneshot');
    expect(problems.map(problemText).join()).toMatch(/one is defined twice; the first definition counts; rename the other/);
  });
});

describe('what is written', () => {
  test('dependencies and members, in the old form and the new; comments and blanks are nothing', () => {
    const { sources, graph, said } = read({
      ...ONESHOT, 'two/type': 'longrun\n', 'two/run': '', 'two/dependencies': '# first\n one \n\n', 'all/type': 'bundle', 'all/contents': 'one\n', 'all/contents.d/two': '',
    });
    expect(said).toEqual([]);
    expect(sources.get('two')?.needs).toEqual(['one']);
    expect([...graph.expand(['all'])].sort()).toEqual(['one', 'two']);
  });

  test("names of the overlay itself gather what several directories say, and what those do is n6's", () => {
    const { graph, sources } = read({
      ...ONESHOT, 'user/contents.d/one': '', 'base/contents.d/one': '', 'fix-attrs/type': 'oneshot', 'fix-attrs/up': '/gone', 'fix-attrs/dependencies.d/one': '',
      's6rc-oneshot-runner/type': 'longrun', 's6rc-oneshot-runner/run': '',
    });
    expect(graph.needsOf('fix-attrs').has('one')).toBe(true);
    expect([...graph.expand(['top'])].sort()).toEqual(['fix-attrs', 'legacy-cont-init', 'legacy-services', 'one']);
    expect([...sources.keys()]).toEqual(['one']);
  });

  test('a pipeline: the producer needs its consumer, and its name stands for all of it', () => {
    const { graph, consumers, said } = read({
      'from/type': 'longrun', 'from/run': '', 'from/producer-for': 'through\n',
      'through/type': 'longrun', 'through/run': '', 'through/consumer-for': 'from\n', 'through/producer-for': 'to\n',
      'to/type': 'longrun', 'to/run': '', 'to/consumer-for': 'through\n', 'to/pipeline-name': 'line\n',
    });
    expect(said).toEqual([]);
    expect([...consumers]).toEqual([['from', 'through'], ['through', 'to']]);
    expect([...graph.expand(['line'])].sort()).toEqual(['from', 'through', 'to']);
    expect([...graph.needsOf('from')]).toEqual(['through']);
  });

  test('a mode does not matter: an up is read, and never executed', () => {
    const { sources } = read(ONESHOT, (directory) => chmodSync(path.join(directory, 'one/up'), 0o400));
    expect(sources.get('one')?.up).toBe('true\n');
  });
});
