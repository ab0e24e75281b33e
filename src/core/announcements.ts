import type { Exit } from './exit.ts';

/**
 * THE list of what n6 tells the world: hooks, `svc events`, the API, s6 `event/` directories (contract section 6).
 * The sentence is what `svc hooks` and the reference print.
 */
export const ANNOUNCEMENTS = {
  'service-starting': 'run is about to be started',
  'service-up': 'run has been started',
  'service-ready': 'the service said that it is ready',
  'service-unhealthy': 'a health check failed often enough',
  'service-healthy': 'a health check succeeds again',
  'service-stopping': 'its stop has begun: by its first signal, or its stop command',
  'service-exited': 'run has ended',
  'service-finished': 'finish has ended, or there is none',
  'service-failed': 'the service will not be started again unless somebody asks',
  'service-down': 'the service is at rest and is not wanted up',
  'service-reloaded': 'the reload signal has been sent, or a reload that is looked at has ended',
  'service-added': 'a service directory has appeared',
  'service-removed': 'a service directory has gone and its service is forgotten',
  'config-rendered': 'a template gave a new, valid configuration',
  'config-rejected': 'a rendered configuration did not pass its check',
  'member-join': 'a member joined the cluster',
  'member-leave': 'a member left the cluster',
  'member-failed': 'a member stopped answering',
  'member-update': 'a member changed its tags',
  'member-reap': 'a member that was gone has been forgotten',
  'members-changed': 'the list of members is another one than before',
  'hook-failed': 'a hook could not be run, failed, or took too long',
  'supervisor-started': 'the first services have been started',
  'supervisor-reexecuted': 'the supervisor replaced itself and kept its services',
  'shutdown-started': 'the ordered shutdown has begun',
} as const;

export type AnnouncementName = keyof typeof ANNOUNCEMENTS;
export const ANNOUNCEMENT_NAMES = Object.keys(ANNOUNCEMENTS) as AnnouncementName[];
export const isAnnouncementName = (name: string): name is AnnouncementName => Object.hasOwn(ANNOUNCEMENTS, name);

/** One event as the core says it. The supervisor adds `seq` and `at` (ISO 8601) before anybody sees it. */
export type Announcement = Readonly<{ event: AnnouncementName; service?: string; pid?: number } & ExitFields & Record<string, unknown>>;
type ExitFields = { exitCode?: number; signal?: string };

/** The public form of an {@link Exit}: `exitCode` for an exit, `signal` (a name) for a death by signal. */
export const exitFields = (exit: Exit): ExitFields => ('code' in exit ? { exitCode: exit.code } : { signal: exit.signal });
