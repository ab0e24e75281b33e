/** The reference and the lists that it is about are held together: what one has, the other has. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ANNOUNCEMENTS, ANNOUNCEMENT_NAMES } from '../src/core/announcements.ts';
import { tell } from '../src/core/messages.ts';
import { PLAIN, RESTART_POLICIES, type ReloadPlan, type RestartPolicy } from '../src/core/policy.ts';
import { earliestRestart, RETRY_HOPELESS, RETRY_TEMPORARY } from '../src/core/restart.ts';
import { delayOf, RESET_AFTER, SHORTEST_BACKOFF } from '../src/core/retry.ts';
import { step } from '../src/core/service.ts';
import { readSettings, SETTINGS, type Setting } from '../src/core/settings.ts';
import { KILL_AFTER } from '../src/hooks/execute.ts';
import { LONGEST_QUEUE } from '../src/hooks/run.ts';
import { HOOK_VARIABLES } from '../src/hooks/variables.ts';
import { becameReady, downWanted, exited, healthChanged, reloadWanted, service, spawned, upWanted } from './core/play.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The rows of the table with this head, cells trimmed. */
function table(text: string, head: string): string[][] {
  const lines = text.split('\n');
  const begin = lines.indexOf(head);
  expect(begin, `a table "${head}"`).toBeGreaterThanOrEqual(0);
  const rows = lines.slice(begin + 2);
  return rows.slice(0, rows.findIndex((line) => !line.startsWith('|'))).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}

describe('docs/reference/events.md', () => {
  const text = read('docs/reference/events.md');
  const events = table(text, '| event | when | with |');

  test('has every event with its sentence, and no other', () => {
    expect(events.map(([name, sentence]) => [name, sentence])).toEqual(Object.entries(ANNOUNCEMENTS).map(([name, sentence]) => [`\`${name}\``, sentence]));
  });

  test('tells of every event of the core what it carries', () => {
    for (const [name, fields] of announcedByTheCore()) {
      const [, , told] = events.find(([event]) => event === `\`${name}\``)!;
      expect(words(told!).filter((field) => field !== 'signal').sort(), name).toEqual([...fields].sort());
    }
  });

  test('tells which events nobody tells yet', () => {
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && file !== path.join('core', 'announcements.ts'))
      .map((file) => read(path.join('src', file))).join('\n');
    const unheard = ANNOUNCEMENT_NAMES.filter((name) => !sources.includes(`'${name}'`));
    const paragraph = /^Names that nobody tells yet[^:]*:([^.]*)\.$/m.exec(text);
    expect(words(paragraph?.[1] ?? '')).toEqual(unheard);
  });

  test('has every variable of a hook with its sentence, and no other', () => {
    expect(table(text, '| variable | what |')).toEqual(Object.entries(HOOK_VARIABLES).map(([name, { sentence }]) => [`\`${name}\``, sentence]));
  });

  test('has the numbers of the code', () => {
    expect(text).toContain(`At most ${LONGEST_QUEUE.toLocaleString('en')} events wait`);
    expect(text).toContain('five seconds later KILL');
    expect(KILL_AFTER).toBe(5000);
  });
});

describe('docs/reference/settings.md', () => {
  const text = read('docs/reference/settings.md');

  test('has every setting with its values, default and sentence, and no other', () => {
    const values = (kind: Setting['kind']): string => {
      if (kind === 'switch') return '`1` `0`';
      if (kind === 'any') return '`0` any';
      if (typeof kind === 'string') return kind;
      return kind.map((value) => `\`${value}\``).join(' ');
    };
    const shown = (fallback: Setting['fallback']): string => {
      if (fallback === undefined) return 'none';
      const text = typeof fallback === 'object' ? fallback.join(' ') : String(Number(fallback) >= 0 ? Number(fallback) : fallback);
      return text === '' ? 'none' : `\`${text}\``;
    };
    expect(table(text, '| setting | values | default | what |')).toEqual(Object.entries<Setting>(SETTINGS).map(([name, { kind, fallback, sentence }]) =>
      [`\`${name}\``, values(kind), shown(fallback), sentence]));
  });

  test('says what replaces what has no effect', () => {
    const settings = Object.entries<Setting>(SETTINGS).filter(([, { advice }]) => advice !== undefined);
    expect(table(text, '| without effect | instead |')).toEqual(settings.map(([name, { advice }]) => [`\`${name}\``, advice!.text]));
  });

  test('shows the sentence that a mistake leads to', () => {
    const [problem] = readSettings({ N6_GRACE: '8s' }).problems;
    expect(text).toContain(`    ${tell({ type: 'setting', problem: problem!, fallback: '8000' }).text}\n`);
  });
});

describe('docs/explanation/restarts.md', () => {
  const text = read('docs/explanation/restarts.md');
  const seconds = (cell: string): number => Number(/[\d.]+/.exec(cell)?.[0]) * (cell.includes('hour') ? 3600 : 1) * 1000;
  /** Milliseconds after the death. */
  const delay = (cell: string, finish: number): number =>
    cell === 'at once' ? 0 : cell.startsWith('as soon as') ? finish : cell.includes('end of `finish`') ? finish + seconds(cell) : seconds(cell);

  test('its table of rule n6 is what the code does', () => {
    const rows = table(text, '| it lived | `finish` took | next start |');
    for (const [lived, finish, next] of rows) {
      const diedAt = seconds(lived!);
      const endedAt = diedAt + seconds(finish!);
      const start = Math.max(endedAt, earliestRestart('n6', { startedAt: 0, readyAt: undefined, diedAt, endedAt, asked: false }));
      expect(start - diedAt, lived).toBe(next!.startsWith('1 s after its start') ? 1000 - diedAt : delay(next!, seconds(finish!)));
    }
    expect(rows).toHaveLength(6);
  });

  test('its table of rule s6 is what the code does', () => {
    const rows = table(text, '| it lived | ready | `finish` took | next start |');
    for (const [lived, ready, finish, next] of rows) {
      const diedAt = seconds(lived!);
      const endedAt = diedAt + seconds(finish!);
      const readyAt = ready === 'never' ? undefined : seconds(ready!);
      const start = earliestRestart('s6', { startedAt: 0, readyAt, diedAt, endedAt, asked: false });
      expect(start - diedAt, lived).toBe(delay(next!, seconds(finish!)));
    }
    expect(rows).toHaveLength(5);
  });

  test('its table of restart policies is what the code does', () => {
    const outcome = (restart: RestartPolicy, code: number): string => {
      let current = service({ policy: { ...PLAIN, restart } });
      for (const event of [{ ...upWanted, at: 0 }, { ...spawned(7), at: 0 }, { ...exited(7, code), at: 5000 }]) current = step(current, event).service;
      return current.state.name === 'spawning' ? 'started again' : `\`${current.state.name}\``;
    };
    expect(table(text, '| `restart` | after a success | after a failure |'))
      .toEqual(RESTART_POLICIES.map((restart) => [`\`${restart}\``, outcome(restart, 0), outcome(restart, 1)]));
  });

  test('its table of the back-off is what the code does', () => {
    const rows = table(text, '| restart in a row | waits |');
    for (const [tries, waits] of rows) {
      expect(delayOf({ initial: 1000, factor: 2, max: 30_000, jitter: 0, resetAfter: 10_000 }, Number(tries), 0.5), tries).toBe(seconds(waits!));
    }
    expect(rows).toHaveLength(5);
    expect(text).toContain(`shorter than ${SHORTEST_BACKOFF} ms`);
    expect(text).toContain(`never shorter than ${RETRY_TEMPORARY / 1000} s`);
    expect(text).toContain(`(${RESET_AFTER / 1000} s without a \`backoff\`)`);
  });

  test('its table of starts that failed is what the code does', () => {
    expect(table(text, '| why | next try |').map(([, next]) => seconds(next!))).toEqual([RETRY_HOPELESS, RETRY_TEMPORARY]);
  });
});

const words = (text: string): string[] => [...text.matchAll(/`([\w-]+)`/g)].map(([, word]) => word!);

/** What the core says in a life in which everything happens: event, and the names of what it carries. */
function announcedByTheCore(): Map<string, string[]> {
  const lives = [
    [upWanted, spawned(7), becameReady(7), reloadWanted, downWanted, exited(7), spawned(8), exited(8)],
    [upWanted, spawned(7), exited(7, 1), spawned(8), exited(8, 125)],
    [upWanted, spawned(7), healthChanged(7, false), healthChanged(7, true), reloadWanted, exited(7, 1)],
    [upWanted, spawned(7), reloadWanted, { type: 'reloadEnded', pid: 7, failure: undefined, how: 'runtime' } as const],
  ];
  const reload: ReloadPlan = { signal: undefined, command: undefined, check: ['check'], verify: undefined, within: 1000 };
  const found = new Map<string, string[]>();
  for (const life of lives) {
    let current = service({ hasFinish: true, notificationDescriptor: 3, policy: { ...PLAIN, reload } });
    for (const event of life) {
      const next = step(current, { ...event, at: 0 });
      current = next.service;
      for (const effect of next.effects) {
        if (effect.type !== 'announce') continue;
        const { event: name, ...fields } = effect.announcement;
        found.set(name, [...new Set([...found.get(name) ?? [], ...Object.keys(fields)])]);
      }
    }
  }
  expect(found.size).toBe(11);
  return found;
}
