/**
 * What will not work of an image for s6-overlay, told before a container of it starts: `svc check --root`. Nothing is
 * run. Files are named as the container sees them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readFixAttrs } from '../core/fix-attrs.ts';
import type { Problem } from '../core/messages.ts';
import { readSettings } from '../core/settings.ts';
import { dependencyProblems } from '../servicedir/dependencies.ts';
import { readServiceDirectory, type ReadResult } from '../servicedir/read.ts';
import { SAID_BY_S6_RC } from '../servicedir/s6-rc/install.ts';
import { YAML_FILE, type YamlPort } from '../servicedir/yaml/port.ts';
import { readSources } from '../servicedir/s6-rc/sources.ts';
import type { Source } from '../servicedir/s6-rc/read.ts';
import { statIn } from './root.ts';
import { checkCalls, checkScript } from './scripts.ts';
import { checkSettings } from './settings.ts';
import { stagesOf, type Stages } from './stages.ts';
import { treeIn, type Tree } from './tree.ts';

/** Scripts of a service directory. */
const SCRIPTS = ['run', 'finish', 'data/check', 'log/run', 'log/finish'];

export type ImageCheck = Readonly<{
  /** Services, s6-rc sources and scripts that were looked at. */
  looked: number;
  problems: readonly Problem[];
  /** Sentences about what does nothing and may stay. */
  notes: readonly string[];
}>;

/**
 * `root`: an unpacked image; `companions`: names of those that the n6 has which is to run it; `environment`: that of its
 * container. Never throws for what is in the tree.
 */
export function checkImage(root: string, companions: readonly string[], environment: Readonly<Record<string, string>> = {}, yaml: YamlPort = {}): ImageCheck {
  const tree = treeIn(root, new Set(companions), environment['PATH'] === '' ? undefined : environment['PATH']);
  const stages = stagesOf(readSettings(environment).settings);
  const settings = checkSettings(tree, environment);
  const { together, each, names } = checkSources(tree, stages, yaml);
  const services = namesIn(tree, stages.services).map((name) => checkService(tree, `${stages.services}/${name}`, name, yaml));
  const checks = [
    ...services.map(({ problems }) => problems),
    ...[stages.initScripts, stages.finishScripts].flatMap((stage) => namesIn(tree, stage).map((name) => checkScript(tree, `${stage}/${name}`, name))),
    ...namesIn(tree, stages.attributes).map((name) => checkAttributes(tree, `${stages.attributes}/${name}`, name)),
    ...each,
  ];
  const shell = tree.hasProgram('/bin/sh') ? [] : [{
    service: '', file: '/bin/sh', value: undefined, expected: 'a POSIX shell, which n6 and its companions run in',
    remedy: 'install one, such as busybox or dash',
  }];
  const read = services.flatMap((service) => service.read ?? []);
  const places = new Map(read.map(({ definition, place }) => [definition.name, place]));
  const dependencies = dependencyProblems(read.map(({ definition }) => definition), (service, key) => places.get(service)!(key), names)
    .map((problem) => asInside(tree, problem));
  return { looked: checks.length, problems: [...settings.problems, ...shell, ...together, ...dependencies, ...checks.flat()], notes: settings.notes };
}

/** Without those that begin with a dot: no stage reads them. A link whose target is not in the tree may be made later. */
function namesIn(tree: Tree, directory: string): string[] {
  const place = tree.resolve(directory);
  try {
    return place === undefined ? [] : readdirSync(place).filter((name) => !name.startsWith('.')).sort();
  } catch {
    return [];
  }
}

function checkService(tree: Tree, directory: string, service: string, yaml: YamlPort): { problems: Problem[]; read?: ReadResult } {
  const place = tree.resolve(directory);
  // A file beside the services is nothing (spec 3.1).
  if (place === undefined || readdirOf(place) === undefined) return { problems: [] };
  const scripts = SCRIPTS.filter((name) => statIn(tree.root, `${directory}/${name}`)?.isFile() === true);
  const read = readServiceDirectory(place, service, { find: (file) => tree.find(file), yaml });
  const problems = [
    // Of scripts only that run is missing counts here: the boot makes them executable, and their interpreters are the image's.
    ...read.problems.filter(({ file }) => !scripts.includes(path.relative(place, file)))
      .map((problem) => asInside(tree, problem)),
    ...scripts.flatMap((name) => checkScript(tree, `${directory}/${name}`, service)),
  ];
  return { problems, read };
}

/** With its files named as the container sees them. */
function asInside({ root }: Tree, problem: Problem): Problem {
  const inside = (text: string): string => (root === '/' ? text : text.replaceAll(root, ''));
  return { ...problem, file: inside(problem.file), remedy: inside(problem.remedy) };
}

function checkAttributes(tree: Tree, file: string, service: string): Problem[] {
  const place = tree.resolve(file);
  try {
    return place === undefined ? [] : readFixAttrs(file, readFileSync(place, 'utf8')).problems.map((problem) => ({ service, ...problem }));
  } catch {
    return [];
  }
}

/** What the sources say and how they belong together, and what each of those that can run calls. */
function checkSources(tree: Tree, stages: Stages, yaml: YamlPort): { together: Problem[]; each: Problem[][]; names: string[] } {
  const directories = stages.sources.flatMap((directory) => tree.resolve(directory) ?? []).filter((place) => existsSync(place));
  const bundles = tree.resolve(stages.bundles);
  if (directories.length === 0) return { together: [], each: [], names: [] };
  const { sources, problems } = readSources(directories, bundles, (file) => tree.find(file));
  return {
    together: problems.map((problem) => asInside(tree, problem)),
    names: [...sources.keys()],
    each: [...sources.values()].map((source) => checkSource(tree, source, yaml)),
  };
}

function checkSource(tree: Tree, source: Source, yaml: YamlPort): Problem[] {
  const directory = tree.inside(source.directory);
  if (source.kind === 'longrun') {
    // What else is in it has been told by who reads sources.
    const { problems } = readServiceDirectory(source.directory, source.name, { find: (file) => tree.find(file), yaml, gone: SAID_BY_S6_RC });
    const described = problems.filter(({ file }) => path.basename(file).startsWith(YAML_FILE)).map((problem) => asInside(tree, problem));
    return [...described, ...SCRIPTS.flatMap((name) => checkScript(tree, `${directory}/${name}`, source.name))];
  }
  return ['up', 'down'].flatMap((name) => checkCommand(tree, `${directory}/${name}`, source.name));
}

/** An `up` or `down`: words of execline, of which the first is the program. */
function checkCommand(tree: Tree, file: string, service: string): Problem[] {
  const place = tree.resolve(file);
  if (place === undefined || statIn(tree.root, file)?.isFile() !== true) return [];
  const text = readFileSync(place, 'utf8');
  const calls = checkCalls(tree, file, service, text);
  const program = text.split('\n').map((line) => line.replace(/(^|\s)#.*/, '').trim()).find((line) => line !== '')?.split(/\s/)[0];
  // A name is a word that execline itself may know, and what is quoted or substituted is known when it runs.
  if (program === undefined || !/^\/[\w./+-]+$/.test(program)) return calls;
  if (tree.hasProgram(program)) return [...calls, ...checkScript(tree, program, service)];
  if (calls.some(({ value }) => value === program)) return calls;
  const remedy = tree.resolve(program) === undefined ? `install ${program}, or correct the line` : `make it executable: chmod +x ${program}`;
  return [...calls, { service, file, value: program, expected: 'a program that the image or n6 has', remedy }];
}

function readdirOf(place: string): readonly string[] | undefined {
  try {
    return readdirSync(place);
  } catch {
    return undefined;
  }
}
