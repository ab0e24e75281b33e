/** Runs the ordered shutdown that core/shutdown.ts decides. */
import { longestStop } from '../core/ending.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Report } from '../core/messages.ts';
import { shutdownStep, type Limits, type Phase, type ShutdownEffect, type ShutdownEvent } from '../core/shutdown.ts';
import type { Supervisor } from './supervisor.ts';

export type Shutdown = Readonly<{
  /** Begins it; asked again, hurries. */
  want(reason: string): void;
  /** waitid(2) says that no child is left. */
  childless(): void;
  begun(): boolean;
}>;

export type ShutdownOptions = Readonly<{
  kernel: Kernel;
  supervisor: Supervisor;
  limits: Omit<Limits, 'longestKillAfter'>;
  report(report: Report): void;
  failed(where: string, error: unknown): void;
  /** Services have stopped, or had their time: from here on nothing new may be started, hooks neither. May be called again. */
  startNothing(): void;
  /**
   * What comes before the services that are left are stopped: services in the order of their dependencies, scripts of the
   * end. Calls back once; undefined: nothing comes before.
   */
  takeDown?: ((finished: () => void) => void) | undefined;
  /** Everything has ended, or cannot be ended. Called once. */
  end(): void;
}>;

export function createShutdown(options: ShutdownOptions): Shutdown {
  const { kernel, supervisor, report } = options;
  let phase: Phase = { name: 'serving' };
  let timer: NodeJS.Timeout | undefined;
  let limits: Limits = { ...options.limits, longestKillAfter: 0 };
  let takingDown = false;
  let performing = false;

  function give(type: ShutdownEvent['type']): void {
    const next = shutdownStep(phase, { type, at: kernel.now() }, limits);
    phase = next.phase;
    performing = true;
    for (const effect of next.effects) perform(effect);
    performing = false;
  }

  function perform(effect: ShutdownEffect): void {
    try {
      (performers[effect.type] as (effect: ShutdownEffect) => void)(effect);
    } catch (error) {
      options.failed(`the shutdown's ${effect.type}`, error);
    }
  }

  const performers: { [T in ShutdownEffect['type']]: (effect: Extract<ShutdownEffect, { type: T }>) => void } = {
    stopServices() {
      if (options.takeDown === undefined) return stopAll();
      takingDown = true;
      options.takeDown(() => {
        if (!takingDown) return;
        takingDown = false;
        stopAll();
        // In the same turn as it was asked: whoever is performing looks when all that belongs to this step has been done.
        if (!performing && stopped()) progress('servicesDown');
      });
    },
    signalRest({ signals }) {
      options.startNothing();
      // Too late for any order: what has not been stopped is now asked all the same, so that nothing is started again.
      if (takingDown) stopAll();
      takingDown = false;
      if (signals.includes('SIGKILL')) {
        const processes = kernel.descendants();
        if (processes.length > 0) report({ type: 'stillAlive', processes });
      }
      for (const signal of signals) kernel.signalRest(signal);
    },
    setDeadline({ at }) {
      if (timer !== undefined) clearTimeout(timer);
      timer = setTimeout(() => progress('deadlinePassed'), Math.max(0, Math.ceil(at - kernel.now())));
    },
    end() {
      if (timer !== undefined) clearTimeout(timer);
      options.end();
    },
  };

  /** A step may find its successor already true: the last service may be down, the last child gone, before anybody waits for it. */
  function progress(type: ShutdownEvent['type']): void {
    give(type);
    if (stopped()) give('servicesDown');
    if ((phase.name === 'ending' || phase.name === 'killing') && kernel.childless()) give('nothingLeft');
  }

  function stopAll(): void {
    for (const name of supervisor.roster.names()) supervisor.stop(name);
  }

  const stopped = (): boolean => phase.name === 'stoppingServices' && !takingDown && supervisor.roster.restless() === 0;

  supervisor.watch(() => {
    if (!performing && stopped()) progress('servicesDown');
  });

  return {
    want(reason) {
      if (phase.name === 'serving') {
        report({ type: 'shutdown', reason });
        supervisor.announce({ event: 'shutdown-started', reason });
        const running = supervisor.roster.all().filter(({ state }) => 'pid' in state || state.name === 'spawning');
        limits = { ...limits, longestKillAfter: Math.max(0, ...running.map(({ definition }) => longestStop(definition))) };
      }
      progress('shutdownWanted');
    },
    childless: () => progress('nothingLeft'),
    begun: () => phase.name !== 'serving',
  };
}
