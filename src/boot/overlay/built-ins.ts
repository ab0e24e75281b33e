/** The oneshots that s6-overlay brings itself (spec 4.3 item 7): fix-attrs, legacy-cont-init, legacy-services. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { announcesReadiness, startsByItself } from '../../core/definition.ts';
import type { Exit } from '../../core/exit.ts';
import { overlayLines, stageLines, type Line, type StageLines } from '../../core/overlay-messages.ts';
import type { Run } from '../../supervisor/runs.ts';
import { applyFixAttrs } from './attributes.ts';
import type { OverlayOptions } from './overlay.ts';
import { runScripts } from './scripts.ts';

export type BuiltIns = Readonly<{
  /** undefined: none of these. `done` is called once. */
  oneshot(name: string, direction: 'up' | 'down', done: (exit: Exit) => void): Run | undefined;
  noteCommand(pid: number): void;
}>;

/** Milliseconds that services.d may take to stop, and in v2 to be waited for (spec 4.9). */
const SERVICES_GRACE = 3000;
const SECOND_WAITS = 5000;
const NOTHING: Run = { abort: () => undefined };

export type BuiltInsOptions = OverlayOptions & Readonly<{ say(lines: readonly Line[]): void }>;

export function createBuiltIns({ plan, image, catalogue, supervisor, changes, runs, look, report, say }: BuiltInsOptions): BuiltIns {
  const { settings } = plan;
  const { generation } = image;
  const places = path.dirname(plan.layout.containerEnvironment);

  function scripts(directory: string, lines: StageLines, limit: number | undefined, done: (code: number) => void, stopAtFailure = false): Run {
    return runScripts(runs, {
      directory, lines, say, limit, stopAtFailure,
      copies: path.join(places, 'copies', path.basename(directory)),
      workingDirectory: process.cwd(),
      environment: () => plan.environment,
      failed: (file, failure) => report({ type: 'scriptFailed', file, failure }),
    }, done);
  }

  const table: Readonly<Record<string, Readonly<Record<'up' | 'down', (done: (code: number) => void) => Run>>>> = {
    'fix-attrs': {
      up(done) {
        if (!existsSync(image.attributes)) return nothing(done);
        const controller = new AbortController();
        const lines = stageLines(generation, 'fix-attrs');
        say(lines.begin);
        applyFixAttrs(image.attributes, {
          hidden: settings.S6_FIX_ATTRS_HIDDEN,
          applying: (file) => say(lines.running(file)),
          applied: (file, ok) => say(lines.ended(file, ok ? 0 : 1)),
          abort: controller.signal,
        }).then(({ failed, problems }) => {
          say(lines.done(failed));
          for (const problem of problems) report({ type: 'problem', problem });
          // A wrong owner is told; the service that minds will say so, too.
          done(0);
        }, (error: unknown) => {
          report({ type: 'unexpected', where: 'fix-attrs', error: String(error) });
          done(1);
        });
        return { abort: () => controller.abort() };
      },
      down: nothing,
    },
    'legacy-cont-init': {
      up: (done) => scripts(image.initScripts, stageLines(generation, 'cont-init'), undefined,
        (code) => done(settings.S6_BEHAVIOUR_IF_STAGE2_FAILS >= 2 ? code : 0), settings.S6_BEHAVIOUR_IF_STAGE2_FAILS >= 2),
      down: (done) => scripts(image.finishScripts, stageLines(generation, 'cont-finish'), settings.S6_KILL_FINISH_MAXTIME || undefined, () => done(0)),
    },
    'legacy-services': {
      up(done) {
        catalogue.open();
        look();
        let run: Run = NOTHING;
        let aborted = false;
        plan.yaml.whenLoaded(() => void (aborted || (run = awaitServices(done))));
        return {
          abort() {
            aborted = true;
            run.abort();
          },
        };
      },
      down(done) {
        const limit = settings.S6_SERVICES_GRACETIME ?? SERVICES_GRACE;
        const { outcome, abort } = changes.bring('down', catalogue.others(), limit === 0 ? undefined : limit);
        void outcome.then(() => done(0));
        return { abort };
      },
    },
  };

  function awaitServices(done: (code: number) => void): Run {
    const services = catalogue.others().flatMap((name) => supervisor.roster.get(name)?.definition ?? []);
    say(overlayLines.servicesStarting(generation, services.map((definition) =>
      ({ name: definition.name, announcesReadiness: announcesReadiness(definition) }))));
    const end = (all: boolean): void => {
      say(overlayLines.servicesStarted(generation, !all));
      done(0);
    };
    if (!settings.S6_CMD_WAIT_FOR_SERVICES || plan.command.length === 0) {
      end(true);
      return NOTHING;
    }
    const waited = services.filter(startsByItself).map(({ name }) => name);
    const limit = settings.S6_CMD_WAIT_FOR_SERVICES_MAXTIME ?? (generation === 2 ? SECOND_WAITS : undefined);
    const { outcome, abort } = changes.bring('up', waited, limit === 0 ? undefined : limit);
    void outcome.then(({ ok }) => end(ok));
    return { abort };
  }

  function nothing(done: (code: number) => void): Run {
    done(0);
    return NOTHING;
  }

  return {
    oneshot: (name, direction, done) => (Object.hasOwn(table, name) ? table[name]![direction]((code) => done({ code })) : undefined),
    noteCommand(pid) {
      try {
        // Read by whoever wants to signal CMD (spec 4.5).
        writeFileSync(path.join(places, 'cmdpid'), `${pid}\n`);
      } catch (error) {
        report({ type: 'note', level: 'debug', text: `cannot write ${places}/cmdpid: ${String(error)}` });
      }
    },
  };
}
