/** What the supervisor's own log says of services: one line for each change of state that somebody may want to know of later. */
import type { Announcement, AnnouncementName } from './announcements.ts';
import type { Level } from './messages.ts';

type Line = Readonly<{ level: Level; text(said: Announcement): string }>;

const LINES: Readonly<Partial<Record<AnnouncementName, Line>>> = {
  'service-starting': { level: 'debug', text: () => 'starting' },
  'service-up': { level: 'info', text: ({ pid }) => `up${pid === undefined ? '' : `, pid ${pid}`}` },
  'service-ready': { level: 'info', text: () => 'ready' },
  'service-unhealthy': { level: 'warn', text: (said) => `unhealthy${because(said)}` },
  'service-healthy': { level: 'info', text: () => 'healthy again' },
  'service-stopping': { level: 'info', text: () => 'stopping' },
  'service-exited': { level: 'info', text: (said) => `has ended${ending(said)}` },
  'service-finished': { level: 'debug', text: () => 'finished' },
  'service-failed': { level: 'warn', text: (said) => `failed${because(said)}; it is not started again unless somebody asks` },
  'service-down': { level: 'info', text: () => 'down' },
  'service-reloaded': { level: 'info', text: (said) => (said['ok'] === false ? `was not reloaded${because(said)}` : 'reloaded') },
  'service-added': { level: 'debug', text: () => 'added' },
  'service-removed': { level: 'info', text: () => 'removed' },
};

/** undefined: it is no change of a service's state. */
export function stateLine(said: Announcement): { type: 'note'; level: Level; service: string; text: string } | undefined {
  const line = LINES[said.event];
  return line === undefined || said.service === undefined ? undefined : { type: 'note', level: line.level, service: said.service, text: line.text(said) };
}

function because({ detail, reason }: Announcement): string {
  const why = detail ?? reason;
  return typeof why === 'string' && why !== '' ? `: ${why}` : '';
}

function ending({ exitCode, signal }: Announcement): string {
  if (signal !== undefined) return `: killed by ${signal}`;
  return exitCode === undefined ? '' : `: exit ${exitCode}`;
}
