/** Runs the scripts of a stage directory one after another, as s6-overlay does with cont-init.d and cont-finish.d. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { CANNOT_EXECUTE, NOT_FOUND } from '../../core/exit-codes.ts';
import { shellCode } from '../../core/exit.ts';
import type { SpawnFailure } from '../../core/events.ts';
import type { Line, StageLines } from '../../core/overlay-messages.ts';
import type { RunOutcome, Run, Runs } from '../../supervisor/runs.ts';

export type Stage = Readonly<{
  directory: string;
  /** Where a script is copied to that cannot be made executable in its place. */
  copies: string;
  /** Working directory of the scripts: the image's. */
  workingDirectory: string;
  environment(): readonly Buffer[];
  lines: StageLines;
  say(lines: readonly Line[]): void;
  /** Milliseconds until a script is killed; undefined: no limit. */
  limit: number | undefined;
  /** The first one that fails is the last one. */
  stopAtFailure: boolean;
  /** Why a script could not be started at all. */
  failed(file: string, failure: SpawnFailure): void;
}>;

/** Calls back once, with the code of the last script that failed or 0. Gives the way to break off: the script that runs is the last. */
export function runScripts(runs: Runs, stage: Stage, done: (code: number) => void): Run {
  const names = scriptsIn(stage.directory);
  let current: Run | undefined;
  let aborted = false;
  let worst = 0;
  if (names === undefined) {
    done(0);
    return { abort: () => undefined };
  }
  stage.say(stage.lines.begin);
  next(0);
  return {
    abort() {
      aborted = true;
      current?.abort();
    },
  };

  function next(index: number): void {
    const name = names![index];
    if (name === undefined || aborted || (worst !== 0 && stage.stopAtFailure)) {
      stage.say(stage.lines.done(worst !== 0));
      return done(worst);
    }
    const file = path.join(stage.directory, name);
    stage.say(stage.lines.running(file));
    const program = executable(file, stage.copies);
    current = runs.start({
      directory: stage.workingDirectory,
      program,
      arguments: [program],
      environment: stage.environment(),
      session: true,
      stdio: ['inherit', 'inherit', 'inherit'],
    }, {
      limit: stage.limit,
      ended(outcome) {
        current = undefined;
        if ('failure' in outcome) stage.failed(file, outcome.failure);
        const code = codeOf(outcome);
        stage.say(stage.lines.ended(file, code));
        if (code !== 0) worst = code;
        next(index + 1);
      },
    });
  }
}

/** As execline and sh say it: 127 for what is not there, 126 for what cannot be started. */
export const codeOf = (outcome: RunOutcome): number =>
  'exit' in outcome ? shellCode(outcome.exit) : outcome.failure.step === 'file' ? NOT_FOUND : CANNOT_EXECUTE;

/** In the order of their bytes; what begins with a dot is no script (spec 4.1.3). undefined: there is no such directory. */
function scriptsIn(directory: string): string[] | undefined {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.') && isFile(path.join(directory, name)))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch {
    return undefined;
  }
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    // A link that leads nowhere: told when it is started.
    return true;
  }
}

/**
 * In one image of two some script of cont-init.d has lost its mode (spec/corpus 2.4): as under s6-overlay v2 it is made
 * executable where it is, and on a read-only root a copy of it is run.
 */
function executable(file: string, copies: string): string {
  try {
    if ((statSync(file).mode & 0o111) !== 0) return file;
    try {
      chmodSync(file, 0o755);
      return file;
    } catch {
      const copy = path.join(copies, path.basename(file));
      mkdirSync(copies, { recursive: true });
      copyFileSync(file, copy);
      chmodSync(copy, 0o755);
      return copy;
    }
  } catch {
    // Told when it is started.
    return file;
  }
}
