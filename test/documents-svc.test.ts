/** docs/reference/svc.md and control-api.md hold every list that the code holds, and nothing else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { KEY_ENTRIES } from '../src/cli/top/keys.ts';
import { GLOBAL_OPTIONS, operandText, type Option } from '../src/cli/command.ts';
import { everyCommand } from '../src/cli/commands/index.ts';
import { HEALTH_TIMEOUT } from '../src/cli/commands/health.ts';
import { PATIENCE } from '../src/cli/stdin.ts';
import { SECRET_NAMES } from '../src/cli/secrets.ts';
import { PATIENCE as STREAM_PATIENCE, WAIT } from '../src/client/waits.ts';
import { LIMITS } from '../src/control/connections.ts';
import { QUEUE_LIMIT } from '../src/control/event-stream.ts';
import { PROBLEMS } from '../src/control/problem.ts';
import { HEALTH_LEVELS } from '../src/control/health.ts';
import { BODY_LIMIT, ENDPOINT_NAMES, ENDPOINTS, isWaitable, OUTCOMES, WAIT_GOALS } from '../src/control/protocol.ts';
import { COMMAND_NAMES } from '../src/core/commands.ts';
import { SVC_EXIT } from '../src/core/exit-codes.ts';
import { PUBLIC_STATES } from '../src/core/status.ts';
import { KEPT } from '../src/supervisor/journal.ts';

const COMMAND_LIST = await everyCommand();

const page = (name: string): string => readFileSync(path.join(import.meta.dirname, '../docs/reference', name), 'utf8');
const svc = page('svc.md');
const api = page('control-api.md');

/** The cells of the first table below a heading, without its heading and rule. */
function table(text: string, heading: string): string[][] {
  const section = text.slice(text.indexOf(`\n## ${heading}\n`)).split('\n').slice(2);
  const first = section.findIndex((line) => line.startsWith('|'));
  const rows = section.slice(first);
  return rows.slice(2, rows.findIndex((line) => !line.startsWith('|'))).map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
}

test('svc.md: commands', () => {
  const line = (name: string, operand: string): string => `\`${`svc ${name} ${operand}`.trimEnd()}\``;
  expect(table(svc, 'Commands')).toEqual(COMMAND_LIST.map(({ name, operand, sentence }) => [line(name, operandText(operand)), sentence]));
});

test('svc.md: keys of svc top', () => {
  expect(table(svc, 'svc top')).toEqual(KEY_ENTRIES.map(([, { shown, sentence }]) => [shown, sentence]));
});

test('svc.md: options', () => {
  const documented = table(svc, 'Options')
    .flatMap(([option, commands, sentence]) => commands!.split(', ').map((command) => `${command}: ${option} ${sentence}`));
  const tell = (of: string, [name, { value, short, sentence }]: [string, Option]): string =>
    `${of}: \`--${name}${value === undefined ? '' : ` ${value}`}\`${short === undefined ? '' : `, \`-${short}\``} ${sentence}`;
  const known = [
    ...Object.entries<Option>(GLOBAL_OPTIONS).map((entry) => tell(entry[0] === 'version' ? 'svc' : 'every command', entry)),
    ...COMMAND_LIST.flatMap(({ name, options }) => Object.entries(options).map((entry) => tell(name, entry))),
  ];
  expect(documented.sort()).toEqual(known.sort());
});

test('svc.md: exit codes, states, numbers', () => {
  expect(table(svc, 'Exit codes')).toEqual(Object.values(SVC_EXIT).map(({ code, sentence }) => [String(code), sentence]));
  expect(table(svc, 'States').map(([state]) => state)).toEqual(PUBLIC_STATES.map((state) => `\`${state}\``));
  expect(table(svc, 'svc health')).toEqual(Object.entries(HEALTH_LEVELS).map(([level, sentence]) => [`\`${level}\``, sentence]));
  expect(svc).toContain(`supervisor longer than ${HEALTH_TIMEOUT / 1000} s`);
  expect(svc).toContain(`at most ${WAIT / 1000} s.`);
  expect(svc).toContain(`nothing comes for ${PATIENCE / 1000} s.`);
});

test('svc.md: names of secrets, how many events are remembered', () => {
  expect(table(svc, 'svc env and svc exec').map(([words]) => words)).toEqual(Object.keys(SECRET_NAMES));
  expect(svc).toContain(`(its last ${KEPT} events)`);
  expect(svc).toContain(`is replaced within ${STREAM_PATIENCE / 1000} s`);
});

test('control-api.md: resources, parameters, commands', () => {
  expect(table(api, 'Resources')).toEqual(Object.values(ENDPOINTS)
    .map(({ method, path: target, query, body, sentence }) => [`\`${method} ${target}\``, query.join(', '), body.join(', '), sentence]));
  const section = api.slice(api.indexOf('| parameter |'), api.indexOf('## Answers'));
  const parameters = new Set(Object.values(ENDPOINTS).flatMap(({ query, body }) => [...query, ...body]));
  expect([...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name).sort()).toEqual([...parameters].sort());
  expect(api).toContain(`is one of ${COMMAND_NAMES.join(', ')}.`);
  expect(section).toContain(`only for ${COMMAND_NAMES.filter(isWaitable).join(', ')} |`);
  expect(section).toContain(`| ${WAIT_GOALS.slice(0, -1).join(', ')} or ${WAIT_GOALS.at(-1)}; ready unless given |`);
  expect(table(api, 'Answers').map(([request]) => request))
    .toEqual(ENDPOINT_NAMES.filter((name) => (ENDPOINTS[name].answers as readonly string[]).includes('json')));
});

test('control-api.md: outcomes, problems, limits', () => {
  expect(table(api, 'Outcomes')).toEqual(Object.entries(OUTCOMES).map(([outcome, sentence]) => [`\`${outcome}\``, sentence]));
  expect(table(api, 'Problems')).toEqual(Object.entries(PROBLEMS).map(([code, { status, sentence }]) => [String(status), `\`${code}\``, sentence]));
  const limits = `${LIMITS.idle} connections without a request are kept, the longest idle is closed first; ${LIMITS.busy} requests may be open at once`;
  expect(api.replaceAll('\n', ' ')).toContain(limits);
  expect(api.replaceAll('\n', ' ')).toContain(`request is given up after ${LIMITS.silence / 1000} s of silence`);
  expect(api).toContain(`${QUEUE_LIMIT.toLocaleString('en')} waiting events`);
  expect(api).toContain(`${BODY_LIMIT / 1024 / 1024} MiB`);
});
