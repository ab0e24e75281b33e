/** All that is asked of one life of a service, and heard from it. It ends with its process, and leaves nothing behind. */
import type { Event } from '../core/events.ts';
import { announcesReadiness } from '../core/definition.ts';
import type { Probe } from '../core/policy.ts';
import type { Service } from '../core/service.ts';
import type { In } from '../core/state.ts';
import type { Datagram } from '../kernel/datagrams.ts';
import { keepAsking, type Try } from './asking.ts';
import { tryConnection } from './connect.ts';
import { tryCommand, type Commands } from './exec.ts';
import { watchHealth, type HealthWatch } from './health.ts';
import { tryHttp } from './http.ts';
import { createHearing } from './hearing.ts';

export type Life = Readonly<{
  /** When it began: tells it from the next life. */
  startedAt: number;
  /** The service has changed, and is running. */
  update(service: In<'running'>): void;
  /** It has been asked to stop: nothing is asked any more, and what it says is still heard. */
  stopAsking(): void;
  heard(datagram: Datagram): void;
  /** A line of its output was the one. */
  matched(): void;
  end(): void;
}>;

export type LifeOptions = Commands & Readonly<{
  /** Gives an event, as the supervisor does. */
  give(event: Told): void;
  /** READY=1 after RELOADING=1. */
  reloaded(): void;
  complain(text: string): void;
  /** The service whose `run` or `finish` has this pid. */
  nameOf(pid: number): string | undefined;
}>;

/** What probes tell, but for the time. */
export type Told = WithoutTime<Extract<Event, { type: 'becameReady' | 'healthChanged' | 'mainPidTold' | 'statusTold' }>>;
type WithoutTime<E> = E extends { at: number } ? Omit<E, 'at'> : never;

export function beginLife(first: In<'running'>, options: LifeOptions): Life {
  const { give, kernel } = options;
  const { definition, startedAt } = first;
  const { ready: readiness, health } = definition.policy;
  let service = first;
  let asking: (() => void) | undefined;
  let watch: HealthWatch | undefined;
  let known = first.state.health === undefined ? undefined : first.state.health === 'healthy';
  let over = false;

  const becomeReady = (): void => give({ type: 'becameReady', pid: service.state.pid });

  function tryOf(probe: Probe): Try {
    switch (probe.by) {
      case 'tcp': return tryConnection({ host: probe.host, port: probe.port }, `${probe.host}:${probe.port}`);
      case 'unix': return tryConnection({ path: probe.path }, probe.path);
      case 'http': return tryHttp(probe.url);
      case 'exec': return tryCommand(options, definition, probe.command);
    }
  }

  function stopAsking(): void {
    asking?.();
    watch?.stop();
    asking = watch = undefined;
  }

  /** Health counts once it is ready: until then it is the limit for becoming ready that counts. */
  function beginHealth(): void {
    if (health === undefined || watch !== undefined) return;
    watch = watchHealth({
      health, known,
      attempt: health.probe === undefined ? undefined : tryOf(health.probe),
      name: definition.name,
      countsFrom: startedAt + health.startPeriod,
      now: () => kernel.now(),
      changed(healthy, detail) {
        known = healthy;
        give({ type: 'healthChanged', pid: service.state.pid, healthy, detail });
      },
    });
  }

  function beginReadiness(): void {
    if (asking !== undefined || readiness === undefined || !('interval' in readiness)) return;
    asking = keepAsking(tryOf(readiness), readiness, 0, (failure) => {
      if (failure === undefined) becomeReady();
    });
  }

  function arrange(): void {
    if (over || service.state.paused) return stopAsking();
    if (announcesReadiness(definition) && !service.state.ready) return beginReadiness();
    asking?.();
    asking = undefined;
    beginHealth();
  }

  const hearing = createHearing({
    ...options, definition,
    pid: () => service.state.pid,
    wasReady: first.state.ready,
    ready: () => (readiness?.by === 'notify' ? becomeReady() : undefined),
    alive: (watchdog) => watch?.heard(watchdog),
    expectEvery: (milliseconds) => watch?.expectEvery(milliseconds),
  });

  arrange();
  return {
    startedAt,
    update(changed) {
      service = changed;
      arrange();
    },
    stopAsking,
    heard: (datagram) => {
      if (!over) hearing(datagram);
    },
    matched: becomeReady,
    end() {
      over = true;
      stopAsking();
    },
  };
}

export const isRunning = (service: Service): service is In<'running'> => service.state.name === 'running';
