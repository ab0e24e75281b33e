/** From what is written to what can be changed: reads s6-rc's sources, puts longruns where they run, says how oneshots run. */
import type { Exit } from '../../core/exit.ts';
import { commandLine } from '../../execline/index.ts';
import type { Line } from '../../core/overlay-messages.ts';
import type { Node } from '../../core/graph.ts';
import { installLongruns } from '../../servicedir/s6-rc/install.ts';
import type { Source } from '../../servicedir/s6-rc/read.ts';
import { readSources } from '../../servicedir/s6-rc/sources.ts';
import type { Run } from '../../supervisor/runs.ts';
import { longrunsOf } from '../layout.ts';
import type { BuiltIns } from './built-ins.ts';
import type { OverlayOptions } from './overlay.ts';
import { codeOf } from './scripts.ts';

export type SourcesOptions = OverlayOptions & Readonly<{ builtIn: BuiltIns['oneshot']; say(lines: readonly Line[]): void }>;

const NOTHING: Run = { abort: () => undefined };
/** S6_VERBOSITY from which on s6-rc tells what it does. */
const NEWS = 2;

/** `broken`: something that was written cannot run; it has been told. */
export function openSources({ plan, image, catalogue, changes, runs, look, report, builtIn, say }: SourcesOptions): { broken: boolean } {
  const { sources, nodes, consumers, problems, broken } = readSources(image.sources, image.bundles);
  for (const problem of problems) report({ type: 'problem', problem });
  const longruns = [...sources.values()].filter(({ kind }) => kind === 'longrun');
  const installed = installLongruns({ longruns, consumers, copies: longrunsOf(plan.layout), scanDirectory: plan.layout.scanDirectory, yaml: plan.yaml });
  for (const problem of installed.problems) report({ type: 'problem', problem });
  catalogue.know(installed.definitions);
  define({ plan, image, changes, runs, report, builtIn, say }, nodes, () => sources);
  if (installed.definitions.length > 0) look();
  return { broken };
}

/** They were opened by an earlier life of this process: what it knew stands. How a oneshot runs is read again when one does. */
export function reopenSources(options: SourcesOptions): void {
  const { plan, image } = options;
  let read: ReadonlyMap<string, Source> | undefined;
  define(options, plan.saved?.order.nodes ?? [], () => (read ??= readSources(image.sources, image.bundles).sources));
}

type Definers = Pick<SourcesOptions, 'plan' | 'image' | 'changes' | 'runs' | 'report' | 'builtIn' | 'say'>;

function define({ plan, image, changes, runs, report, builtIn, say }: Definers, nodes: readonly Node[], sources: () => ReadonlyMap<string, Source>): void {
  function oneshot(name: string, direction: 'up' | 'down', done: (exit: Exit) => void): Run {
    const own = builtIn(name, direction, done);
    if (own !== undefined) return own;
    const source = sources().get(name);
    const text = source?.[direction];
    const environment = [...plan.environment, Buffer.from(`RC_NAME=${name}`)];
    const translated = text === undefined ? undefined : commandLine(`${source!.directory}/${direction}`, text, environment);
    // That it cannot be understood was found out, and told, when it was read.
    if (translated?.kind !== 'start') {
      done({ code: 0 });
      return NOTHING;
    }
    const { start } = translated;
    return runs.start({
      directory: process.cwd(),
      program: start.program,
      arguments: start.arguments.map(String),
      environment: start.environment,
      session: true,
      stdio: ['inherit', 'inherit', 'inherit'],
    }, {
      ended(outcome) {
        if ('failure' in outcome) report({ type: 'scriptFailed', file: start.program, failure: outcome.failure });
        done('exit' in outcome ? outcome.exit : { code: codeOf(outcome) });
      },
    });
  }

  // Generation 2 has no s6-rc, and its users no use for its news.
  const sayChange = (lines: readonly Line[]): void => say(image.generation === 3 ? lines : lines.filter(({ verbosity }) => verbosity < NEWS));
  changes.define({ nodes, oneshot, say: sayChange });
}
