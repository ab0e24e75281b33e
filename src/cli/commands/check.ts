import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { SVC_EXIT } from '../../core/exit-codes.ts';
import { errnoText, problemText, type Problem } from '../../core/messages.ts';
import { checkImage, type ImageCheck } from '../../image/check.ts';
import { companionsOf } from '../../image/links.ts';
import { dependencyProblems } from '../../servicedir/dependencies.ts';
import { scanServices } from '../../servicedir/scan.ts';
import type { YamlPort } from '../../servicedir/yaml/port.ts';
import { JSON_OPTION, textOption, textOptions, UsageError, type Command } from '../command.ts';
import { readEnvironment, type Environment } from '../environment.ts';
import { printJson } from '../json.ts';
import { noHome } from '../sentences.ts';

const N6_YAML = 'n6.yaml';

/** `svc check`: everything wrong at once, before anything runs. Needs no supervisor. */
export const check: Command = {
  name: 'check',
  operand: { label: 'DIR', least: 0, many: false },
  sentence: 'tell all that is wrong in DIR, ./services.d unless given',
  options: {
    'root': { value: 'IMAGE', sentence: 'an unpacked image for s6-overlay instead' },
    'env': { value: 'NAME=VALUE', many: true, sentence: "of the image's container; may be repeated" },
    'env-file': { value: 'FILE', sentence: "a file of such lines, as docker's" },
    ...JSON_OPTION,
  },
  examples: [
    { line: 'svc check', sentence: 'the directory ./services.d' },
    { line: 'svc check --root /', sentence: 'in a container, or last in its Dockerfile' },
  ],
  async run(invocation) {
    const { words, options, terminal } = invocation;
    const root = textOption(invocation, 'root');
    if (root !== undefined && words.length > 0) throw new UsageError('check takes DIR or --root, not both', 'check');
    const pairs = textOptions(invocation, 'env');
    const file = textOption(invocation, 'env-file');
    if (root === undefined && (pairs.length > 0 || file !== undefined)) throw new UsageError('check takes --env and --env-file with --root only', 'check');
    const directory = path.resolve(root ?? words[0] ?? 'services.d');
    requireDirectory(directory);
    const home = process.env['N6_HOME'];
    if (root !== undefined && home === undefined) {
      terminal.complain(noHome);
      return SVC_EXIT.notFulfilled.code;
    }
    // The root that one is in has its container's environment: RUN in a Dockerfile gets all that ENV says.
    const environment = { ...(directory === '/' ? defined(process.env) : {}), ...readEnvironment(file, pairs, process.env) };
    const yaml = await yamlFor(root === undefined ? '/' : directory);
    const services = root === undefined ? checkServices(directory, yaml) : checkImage(directory, companionsOf(home!), environment, yaml);
    const own = await checkN6File(directory, root === undefined ? undefined : environment);
    const files = await checkTemplates(directory, root !== undefined);
    const { notes } = services;
    const looked = services.looked + own.looked + files.looked;
    const problems = [...own.problems, ...services.problems, ...files.problems];
    if (options['json'] === true) printJson<'check'>(terminal, { directory, looked, problems, notes });
    else terminal.print([...(problems.length === 0 ? [`nothing wrong in ${directory}, ${looked} looked at`] : problems.map(line)), ...notes].join('\n'));
    return problems.length === 0 ? SVC_EXIT.done.code : SVC_EXIT.notFulfilled.code;
  },
};

/** What concerns no service in particular says so by naming none. */
const line = (problem: Problem): string => `${problem.service === '' ? '' : `${problem.service}: `}${problemText(problem)}`;

/** Without variables: what `enabled-if` leaves out here may be there elsewhere, and is checked, too. */
async function yamlFor(root: string): Promise<YamlPort> {
  const [{ createYamlReader }, { offlineCheck }] = await Promise.all([
    import('../../servicedir/yaml/reader.ts'), import('../../servicedir/yaml/offline.ts'),
  ]);
  return { read: createYamlReader({ check: offlineCheck(root) }) };
}

function checkServices(directory: string, yaml: YamlPort): ImageCheck {
  const { definitions, problems, place } = scanServices(directory, { yaml });
  return { looked: definitions.length, problems: [...problems, ...dependencyProblems(definitions, place)], notes: [] };
}

/** n6.yaml is beside the services, or where a container has it. `environment`: of the container; undefined: it is not known. */
async function checkN6File(directory: string, environment: Environment | undefined): Promise<Pick<ImageCheck, 'looked' | 'problems'>> {
  const file = environment === undefined ? path.join(path.dirname(directory), N6_YAML) : path.join('/etc/n6', N6_YAML);
  const place = environment === undefined ? file : path.join(directory, file);
  if (!existsSync(place)) return { looked: 0, problems: [] };
  const { readN6File } = await import('../../servicedir/yaml/n6-file.ts');
  return { looked: 1, problems: readN6File(file, environment && ((name) => environment[name]), place).problems };
}

/** Beside the services, or where a container has them. */
async function checkTemplates(directory: string, isImage: boolean): Promise<Pick<ImageCheck, 'looked' | 'problems'>> {
  const place = isImage ? '/etc/n6/templates.d' : path.join(path.dirname(directory), 'templates.d');
  const find = isImage ? (file: string): string => path.join(directory, file) : (file: string): string => file;
  if (!existsSync(find(place))) return { looked: 0, problems: [] };
  const { readTemplates, sourceProblems } = await import('../../templates/read.ts');
  const { templates, problems, looked } = readTemplates(place, find);
  return { looked, problems: [...problems, ...sourceProblems(templates, find)] };
}

const defined = (environment: NodeJS.ProcessEnv): Environment =>
  Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** A path that was mistyped must not pass for one without problems. */
function requireDirectory(directory: string): void {
  let why: string | undefined;
  try {
    if (!statSync(directory).isDirectory()) why = errnoText('ENOTDIR');
  } catch (error) {
    why = errnoText((error as NodeJS.ErrnoException).code ?? String(error));
  }
  if (why !== undefined) throw new UsageError(`cannot read ${directory}: ${why}`, 'check');
}
