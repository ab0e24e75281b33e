/** Where hooks lie: those for all services, and those of one. Small, because it is asked before anything is loaded that runs them. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ANNOUNCEMENT_NAMES, isAnnouncementName, type AnnouncementName } from '../core/announcements.ts';
import { nearest } from '../core/messages.ts';
import { findHooks, type Found } from './find.ts';

export type About = Readonly<{ event: AnnouncementName; service?: string }>;

/** One that would run, or that lies there and does not: `ignored` says why. `service`: the one whose hook it is; undefined: it is for all. */
export type Placed = Readonly<{ event: string; service: string | undefined; hook: string; ignored: string | undefined }>;

export type HookPlaces = Readonly<{
  /** Whether there may be any for it: two looks at the file system. */
  has(about: About): boolean;
  /** In the order in which they run: those for all first, then those of the service. */
  find(about: About): Found;
  /** Everything that lies there. */
  all(services: readonly string[]): Placed[];
}>;

/**
 * `directories`: each may hold EVENT/ directories; where two hold one for the same event, the hooks of the first are run first. `directoryOf`:
 * of a service, in which `hooks/EVENT` is a hook, or a directory of hooks; undefined: there is none.
 */
export function createHookPlaces(directories: readonly string[], directoryOf: (service: string) => string | undefined): HookPlaces {
  function placesOf({ service }: Pick<About, 'service'>): string[] {
    const own = service === undefined ? undefined : directoryOf(service);
    return [...directories, ...(own === undefined ? [] : [path.join(own, 'hooks')])];
  }

  function find({ event, service }: About): Found {
    const found = placesOf({ ...(service === undefined ? {} : { service }) }).map((place) => findHooks(place, event));
    return { hooks: found.flatMap(({ hooks }) => hooks), ignored: found.flatMap(({ ignored }) => ignored) };
  }

  const inPlace = (place: string, service: string | undefined): Placed[] => eventsIn(place).flatMap((event): Placed[] => {
    if (!isAnnouncementName(event)) {
      const near = nearest(event, ANNOUNCEMENT_NAMES);
      const advice = near === undefined ? 'see the list of events' : `did you mean ${near}?`;
      return [{ event, service, hook: path.join(place, event), ignored: `there is no event of that name; ${advice}` }];
    }
    const { hooks, ignored } = findHooks(place, event);
    return [
      ...hooks.map((hook): Placed => ({ event, service, hook, ignored: undefined })),
      ...ignored.map(({ path: hook, reason }): Placed => ({ event, service, hook, ignored: reason })),
    ];
  });

  return {
    has: (about) => placesOf(about).some((place) => existsSync(path.join(place, about.event))),
    find,
    all: (services) => [
      ...directories.flatMap((place) => inPlace(place, undefined)),
      ...services.flatMap((service) => {
        const own = directoryOf(service);
        return own === undefined ? [] : inPlace(path.join(own, 'hooks'), service);
      }),
    ],
  };
}

/** In order of names. One that cannot be read has none: findHooks says why. */
function eventsIn(place: string): string[] {
  try {
    return readdirSync(place).filter((name) => !name.startsWith('.')).sort();
  } catch {
    return [];
  }
}
