import type { AnnouncementName } from '../core/announcements.ts';

/**
 * THE list of what a hook finds in its environment about the event, besides the container environment. The reference
 * is held against it. A variable that says nothing about this event is not set, whatever the container has under its name.
 */
export const HOOK_VARIABLES = {
  N6_EVENT: { value: (event) => event.event, sentence: 'name of the event' },
  N6_SEQ: { value: (event) => event.seq, sentence: 'number of the event, counted from the start of the supervisor' },
  N6_AT: { value: (event) => event.at, sentence: 'time of the event, ISO 8601' },
  N6_SERVICE: { value: (event) => event.service, sentence: 'name of the service, if the event is about one' },
  N6_PID: { value: (event) => event['pid'], sentence: 'the process, if the event is about one' },
  N6_EXIT_CODE: { value: (event) => event['exitCode'], sentence: 'exit code of a process that ended by itself' },
  N6_SIGNAL: { value: (event) => event['signal'], sentence: 'name of the signal that ended a process, such as SIGKILL' },
  N6_MEMBER: { value: (event) => memberField(event, 'name'), sentence: 'name of the member, for the member events' },
  N6_MEMBER_ADDRESS: { value: (event) => memberField(event, 'address'), sentence: 'its address' },
} as const satisfies Record<string, { value: (event: HookEvent) => unknown; sentence: string }>;

/** An announcement as everybody sees it: numbered and dated (contract section 6). */
export type HookEvent = Readonly<{ seq: number; at: string; event: AnnouncementName; service?: string } & Record<string, unknown>>;

export function hookEnvironment(event: HookEvent, container: Readonly<Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = { ...container };
  for (const [name, { value }] of Object.entries(HOOK_VARIABLES)) {
    delete environment[name];
    const said = value(event);
    if (typeof said === 'string' || typeof said === 'number') environment[name] = withoutNul(String(said));
  }
  return environment;
}

function memberField(event: HookEvent, field: 'name' | 'address'): unknown {
  const member = event['member'];
  return typeof member === 'object' && member !== null ? (member as Record<string, unknown>)[field] : undefined;
}

/** A name that came over the network may hold a NUL, which no environment can (execve(2)); the JSON on stdin has it whole. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');
