/** The lists that parsers, help and documents are derived from. */
import { describe, expect, test } from 'vitest';
import { ANNOUNCEMENT_NAMES, exitFields, isAnnouncementName } from '../../src/core/announcements.ts';
import { COMMAND_NAMES, COMMANDS, GOALS, isCommandName, isGoal } from '../../src/core/commands.ts';
import { DEFAULTS } from '../../src/core/definition.ts';
import { PLAIN } from '../../src/core/policy.ts';
import { step } from '../../src/core/service.ts';
import { EVENTS } from './everything.ts';
import { service } from './play.ts';

/** Contract section 6. */
const CONTRACT_EVENTS = `
  service-starting service-up service-ready service-unhealthy service-healthy service-stopping service-exited service-finished service-failed
  service-down service-reloaded service-added service-removed config-rendered config-rejected member-join member-leave member-failed
  member-update member-reap members-changed hook-failed supervisor-started supervisor-reexecuted shutdown-started`;

test('the events are those of contract section 6', () => {
  expect([...ANNOUNCEMENT_NAMES].sort()).toEqual(CONTRACT_EVENTS.trim().split(/\s+/).sort());
});

describe('a word of a list is told from any other', () => {
  for (const [name, is, word] of [
    ['event', isAnnouncementName, 'service-up'], ['command', isCommandName, 'restart'], ['goal', isGoal, 'ready'],
  ] as const) {
    test(name, () => {
      expect(is(word)).toBe(true);
      for (const other of ['', 'toString', '__proto__', word.toUpperCase()]) expect(is(other)).toBe(false);
    });
  }
});

test('every command is an event that the core takes', () => {
  for (const name of COMMAND_NAMES) {
    const type = COMMANDS[name].event;
    expect(EVENTS).toContain(type);
    const { effects } = step(service(), type === 'signalWanted' ? { type, at: 0, signal: 'SIGTERM' } : { type, at: 0 });
    expect(effects.filter((effect) => effect.type === 'report')).toEqual([]);
  }
});

test('letters are those of s6-svc, each once; goals are those that can be waited for', () => {
  const letters = COMMAND_NAMES.flatMap((name) => COMMANDS[name].letter ?? []);
  expect([...letters].sort()).toEqual(['c', 'd', 'l', 'o', 'p', 'u']);
  for (const name of COMMAND_NAMES) expect([undefined, ...GOALS]).toContain(COMMANDS[name].goal);
});

test('an exit is told by its code or by its signal, never by both', () => {
  expect(exitFields({ code: 0 })).toEqual({ exitCode: 0 });
  expect(exitFields({ signal: 'SIGKILL', number: 9, dumped: false })).toEqual({ signal: 'SIGKILL' });
});

test('the defaults are those of s6-supervise (spec 1.1)', () => {
  expect(DEFAULTS).toEqual({
    startsDown: false, notificationDescriptor: undefined, hasFinish: false, stopSignal: 'SIGTERM', reloadSignal: 'SIGHUP', killAfter: undefined,
    finishWithin: 5000, tallySize: 100, killsGroup: false, lockDescriptor: undefined, pidNamespace: false,
    stdinPipe: undefined, stdoutPipe: undefined, policy: PLAIN,
  });
});
