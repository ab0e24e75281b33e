import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SpawnStep } from '../../src/core/events.ts';
import {
  errnoText, exitText, nearest, noSuchService, problemText, seconds, tell, type Level, type Report,
} from '../../src/core/messages.ts';

/** For every report: how loud it is, the values its sentence must name, and what it must tell a person to do. */
type Expected = { [T in Report['type']]: { report: Extract<Report, { type: T }>; level: Level; names: string[]; remedy: RegExp } };
/** What only tells how things went leaves nothing to do. */
const none = /(?:)/;

const EXPECTED: Expected = {
  impossible: {
    report: { type: 'impossible', service: 'web', state: 'down', event: 'spawned' },
    level: 'error', names: ['down', 'spawned'], remedy: /please report this/,
  },
  spawnFailed: {
    report: {
      type: 'spawnFailed', service: 'web', directory: '/services/web', program: 'run',
      failure: { code: 'EACCES', step: 'mode', subject: '/services/web/run', hopeless: true },
    },
    level: 'error', names: ['./run', '/services/web/run', 'EACCES'], remedy: /chmod \+x \/services\/web\/run$/,
  },
  scriptFailed: {
    report: { type: 'scriptFailed', file: '/etc/cont-init.d/10-x', failure: { code: 'ENOENT', step: 'interpreter', subject: '/bin/nosh', hopeless: true } },
    level: 'error', names: ['/etc/cont-init.d/10-x', '/bin/nosh', 'ENOENT'], remedy: /correct it, or take it away/,
  },
  killed: {
    report: { type: 'killed', service: 'web', state: 'stopping', pid: 7, after: 3000.4, limit: 'timeout-kill' },
    level: 'warn', names: ['7', '3000 ms', 'timeout-kill', 'SIGKILL'], remedy: none,
  },
  helperFailed: {
    report: { type: 'helperFailed', service: 'web', helper: 'stop.command', reason: 'exit 3' },
    level: 'warn', names: ['stop.command', 'exit 3'], remedy: /look at what it printed$/,
  },
  notTaken: {
    report: { type: 'notTaken', service: 'web', faults: ['service.yaml:3: expected a port, got 99999', 'service.yaml:4: unknown key'] },
    level: 'warn', names: ['service.yaml:3', '99999', 'and 1 more', 'goes on'], remedy: /correct it, then: svc rescan$/,
  },
  unkillable: {
    report: { type: 'unkillable', service: 'web', state: 'stopping', pid: 7 },
    level: 'error', names: ['7', 'SIGKILL', 'uninterruptible'], remedy: /cat \/proc\/7\/status/,
  },
  problem: {
    report: { type: 'problem', problem: { service: 'web', file: '/services/web/timeout-kill', value: '3s', expected: 'milliseconds', remedy: 'write 3000' } },
    level: 'warn', names: ['/services/web/timeout-kill', '"3s"', 'milliseconds'], remedy: /write 3000/,
  },
  setting: {
    report: { type: 'setting', problem: { name: 'N6_GRACE', value: '8s', expected: 'a number of milliseconds' }, fallback: '8000' },
    level: 'warn', names: ['N6_GRACE', '"8s"', 'a number of milliseconds'], remedy: /going on with 8000/,
  },
  unreadableScanDirectory: {
    report: { type: 'unreadableScanDirectory', directory: '/services', code: 'ENOENT' },
    level: 'error', names: ['/services', 'no such file', 'ENOENT'], remedy: /mkdir -p \/services/,
  },
  unwritableScanDirectory: {
    report: { type: 'unwritableScanDirectory', directory: '/services', code: 'EROFS', instead: '/tmp/n6-0' },
    level: 'warn', names: ['/services', 'EROFS', '/tmp/n6-0'], remedy: /svc --dir \/tmp\/n6-0/,
  },
  runtimeElsewhere: {
    report: { type: 'runtimeElsewhere', wanted: '/run', directory: '/tmp/n6-0', code: 'EACCES' },
    level: 'warn', names: ['/run', '/tmp/n6-0', 'EACCES', '/run/service', '/run/s6', '/var/run/s6'], remedy: /mount a tmpfs with its uid/,
  },
  directoryGone: {
    report: { type: 'directoryGone', service: 'web', directory: '/services/web' },
    level: 'info', names: ['/services/web'], remedy: /svc rescan/,
  },
  started: {
    report: { type: 'started', version: '0.1.0', pid: 1, directory: '/services', services: 3, milliseconds: 120.4 },
    level: 'info', names: ['0.1.0', 'pid 1', '/services', '3 services', '120 ms'], remedy: none,
  },
  commandFailed: {
    report: { type: 'commandFailed', command: 'nope', code: 'ENOENT' },
    level: 'error', names: ['nope', 'ENOENT'], remedy: /check CMD and PATH/,
  },
  commandEnded: { report: { type: 'commandEnded', command: 'sh', exit: { code: 7 } }, level: 'debug', names: ['sh', 'exit 7'], remedy: none },
  shutdown: { report: { type: 'shutdown', reason: 'received SIGTERM' }, level: 'info', names: ['received SIGTERM'], remedy: none },
  stillAlive: {
    report: { type: 'stillAlive', processes: [{ pid: 7, command: 'sleep' }, { pid: 8, command: 'cat' }] },
    level: 'warn', names: ['SIGKILL', '7 (sleep)', '8 (cat)'], remedy: none,
  },
  ended: { report: { type: 'ended', code: 143 }, level: 'info', names: ['143'], remedy: none },
  hookFailed: {
    report: { type: 'hookFailed', hook: '/etc/n6/hooks.d/service-up/10-tell', event: 'service-up', reason: 'exit 3' },
    level: 'warn', names: ['/etc/n6/hooks.d/service-up/10-tell', 'service-up', 'exit 3'], remedy: none,
  },
  controlLost: {
    report: { type: 'controlLost', path: '/run/n6/control.sock', code: 'EADDRINUSE' },
    level: 'warn', names: ['/run/n6/control.sock', 'EADDRINUSE'], remedy: /services go on/,
  },
  watchLost: { report: { type: 'watchLost', directory: '/services', reason: 'ENOSPC' }, level: 'warn', names: ['/services', 'ENOSPC'], remedy: /svc rescan/ },
  unexpected: {
    report: { type: 'unexpected', where: 'the loop', error: 'Error: no' },
    level: 'error', names: ['the loop', 'Error: no'], remedy: /please report this/,
  },
  note: { report: { type: 'note', level: 'debug', service: 'web', text: 'a word' }, level: 'debug', names: ['a word'], remedy: none },
};

describe('every report has its level, names its values and tells what to do', () => {
  for (const [type, { report, level, names, remedy }] of Object.entries(EXPECTED)) {
    test(type, () => {
      const told = tell(report);
      expect(told.level).toBe(level);
      for (const name of names) expect(told.text).toContain(name);
      expect(told.text).toMatch(remedy);
      expect(told.text).not.toMatch(/undefined|\[object|NaN|\n/);
    });
  }
});

test('a report tells whom it is about', () => {
  expect(tell(EXPECTED.killed.report).service).toBe('web');
  expect(tell(EXPECTED.problem.report).service).toBe('web');
  expect(tell(EXPECTED.ended.report).service).toBeUndefined();
});

test('a finish that is killed is told as such', () => {
  expect(tell({ ...EXPECTED.killed.report, state: 'finishing', limit: 'timeout-finish' }).text).toContain('timeout-finish');
});

describe('every step of a start that failed is named, with what to do', () => {
  const remedies: Record<SpawnStep, RegExp> = {
    lock: /fuser/, namespace: /CAP_SYS_ADMIN/,
    directory: /ls -ld/, file: /create it/, mode: /chmod \+x/, hashbang: /#!\/bin\/sh/, interpreter: /install it/, descriptor: /ulimit -n/,
    process: /trying again/,
    account: /service\.yaml/, tool: /service\.yaml/, environment: /service\.yaml/, secret: /service\.yaml/, rights: /service\.yaml/,
  };
  for (const [step, remedy] of Object.entries(remedies) as [SpawnStep, RegExp][]) {
    test(step, () => {
      const { text } = tell({ ...EXPECTED.spawnFailed.report, failure: { code: 'EXXX', step, subject: 'SUBJECT', hopeless: true } });
      expect(text).toMatch(remedy);
      expect(text).toContain('EXXX');
      if (step !== 'process') expect(text).toContain('SUBJECT');
    });
  }
});

test('a problem without a value quotes none, and one with control characters quotes them harmlessly', () => {
  const problem = { service: 'web', file: 'run', value: undefined, expected: 'an executable', remedy: 'chmod +x run' };
  expect(problemText(problem)).toBe('run: expected an executable; chmod +x run');
  expect(problemText({ ...problem, value: '\u001b[2J\n' })).toBe('run: expected an executable, got "\\u001b[2J\\n"; chmod +x run');
});

test('errnos and exits in words', () => {
  expect(errnoText('EACCES')).toBe('permission denied (EACCES)');
  expect(errnoText('EXDEV')).toBe('EXDEV');
  expect(exitText({ code: 0 })).toBe('exit 0');
  expect(exitText({ signal: 'SIGSEGV', number: 11, dumped: true })).toBe('killed by SIGSEGV');
});

describe('durations fit a column of six characters', () => {
  for (const [milliseconds, text] of [
    [0, '0 ms'], [0.4, '0 ms'], [300, '300 ms'], [999, '999 ms'], [1000, '1.0 s'], [2549, '2.5 s'], [9999, '9.9 s'], [10_000, '10 s'], [59_999, '59 s'],
    [60_000, '1m00s'], [192_000, '3m12s'], [3_599_999, '59m59s'], [3_600_000, '1h00m'], [14_700_000, '4h05m'], [86_399_999, '23h59m'],
    [86_400_000, '1d00h'], [183_600_000, '2d03h'], [8_639_999_999, '99d23h'],
  ] as const) test(text, () => expect(seconds(milliseconds)).toBe(text));

  test('for the first hundred days', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 100 * 86_400_000, maxExcluded: true, noNaN: true }), (milliseconds) => {
      expect(seconds(milliseconds).length).toBeLessThanOrEqual(6);
    }), { numRuns: 2000, examples: [[999.6]] });
  });
});

describe('did you mean', () => {
  const known = ['web', 'haproxy', 'serf'];
  for (const [word, meant] of [
    ['wbe', 'web'], ['we', 'web'], ['webb', 'web'], ['haprxy', 'haproxy'], ['ahproxy', 'haproxy'], ['surf', 'serf'], ['database', undefined], ['x', undefined],
  ] as const) test(`${word}: ${meant ?? 'nothing near'}`, () => expect(nearest(word, known)).toBe(meant));

  test('in a sentence', () => {
    expect(noSuchService('wbe', known)).toBe('no service named "wbe"; did you mean "web"?');
    expect(noSuchService('x*', known)).toBe('no service matches "x*"');
    expect(noSuchService('web', [])).toBe('no service named "web"');
  });

  test('a word is nearest to itself, whatever it is', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), fc.array(fc.string(), { maxLength: 5 }), (word, others) => {
      expect(nearest(word, [...others, word])).toBe(word);
    }));
  });
});
