/**
 * The lines that s6-overlay prints while a container starts and ends (spec/s6-compat 4.1, 4.2, 4.3.2): images, their tests
 * and people look for them. Generation 2, which stands for v1, too, writes to standard output, generation 3 to standard error.
 */
export type Generation = 2 | 3;

/** `verbosity`: the least S6_VERBOSITY at which it is printed. */
export type Line = Readonly<{ to: 'stdout' | 'stderr'; verbosity: number; text: string }>;

/** What there is to say of a directory of scripts. */
export type StageLines = Readonly<{
  begin: readonly Line[];
  running(file: string): readonly Line[];
  ended(file: string, code: number): readonly Line[];
  done(failed: boolean): readonly Line[];
}>;

export type StageName = 'fix-attrs' | 'cont-init' | 'cont-finish';

/** In generation 2 a stage is named as its directory, in generation 3 as its service. `directory`: where the file lies. */
export function stageLines(generation: Generation, stage: StageName): StageLines {
  return generation === 2 ? second(stage) : third(stage);
}

const BEGIN_OF_SECOND: Readonly<Record<StageName, string>> = {
  'fix-attrs': 'applying ownership & permissions fixes...',
  'cont-init': 'executing container initialization scripts...',
  'cont-finish': 'executing container finish scripts...',
};

function second(stage: StageName): StageLines {
  const say = (text: string): Line[] => [{ to: 'stdout', verbosity: 2, text: `[${stage}.d] ${text}` }];
  return {
    begin: say(BEGIN_OF_SECOND[stage]),
    running: (file) => say(`${base(file)}: ${stage === 'fix-attrs' ? 'applying' : 'executing'}... `),
    ended: (file, code) => say(`${base(file)}: exited ${code}.`),
    done: () => say('done.'),
  };
}

function third(stage: StageName): StageLines {
  const say = (verbosity: number, kind: 'info' | 'warning', text: string): Line[] => [{ to: 'stderr', verbosity, text: `${stage}: ${kind}: ${text}` }];
  const told = stage === 'cont-init';
  return {
    begin: [],
    running: (file) => say(2, 'info', `${stage === 'fix-attrs' ? 'applying' : 'running'} ${file}`),
    ended: (file, code) => (told ? say(2, 'info', `${file} exited ${code}`) : []),
    done: (failed) => (failed ? say(1, 'warning', stage === 'fix-attrs' ? 'some fix files failed to apply' : 'some scripts exited nonzero') : []),
  };
}

const base = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** The lines that belong to no directory of scripts. */
export const overlayLines = {
  prepared: (generation: Generation): readonly Line[] => (generation === 3 ? [] : [
    out('[s6-init] making user provided files available at /var/run/s6/etc...exited 0.'),
    out('[s6-init] ensuring user provided files have correct perms...exited 0.'),
  ]),
  servicesStarting: (generation: Generation, names: readonly { name: string; announcesReadiness: boolean }[]): readonly Line[] => (generation === 2
    ? [out('[services.d] starting services')]
    : names.map(({ name, announcesReadiness }) =>
      error(2, `services-up: info: copying legacy longrun ${name}${announcesReadiness ? '' : ' (no readiness notification)'}`))),
  servicesStarted: (generation: Generation, failed: boolean): readonly Line[] => {
    if (generation === 2) return [out('[services.d] done.')];
    return failed ? [error(1, 'services-up: warning: some legacy longruns failed to start')] : [];
  },
  commandEnded: (generation: Generation, command: string, code: number): readonly Line[] =>
    (generation === 2 ? [out(`[cmd] ${command} exited ${code}`)] : []),
  waitingForServices: (generation: Generation): readonly Line[] => (generation === 2 ? [out('[s6-finish] waiting for services.')] : []),
  endingRest: (generation: Generation): readonly Line[] => (generation === 2 ? [out('[s6-finish] sending all processes the TERM signal.')] : []),
  syncing: (generation: Generation): readonly Line[] => (generation === 2 ? [out('[s6-finish] syncing disks.')] : []),
  hookEnded: (hook: string, code: number, behaviour: number): readonly Line[] =>
    (code === 0 ? [error(2, `rc.init: info: hook ${hook} exited 0`)]
      : [error(behaviour >= 2 ? 0 : 1, `rc.init: ${behaviour >= 2 ? 'fatal' : 'warning'}: hook ${hook} exited ${code}`)]),
  bootFailed: (behaviour: number): readonly Line[] => [
    ...(behaviour >= 1 ? [error(1, 'rc.init: warning: not all services could be brought up; the lines above say which, and why')] : []),
    ...(behaviour >= 2 ? [error(0, 'rc.init: fatal: stopping the container.')] : []),
  ],
} as const;

const out = (text: string): Line => ({ to: 'stdout', verbosity: 2, text });
const error = (verbosity: number, text: string): Line => ({ to: 'stderr', verbosity, text });
