/** schema/svc.schema.json is made of the types that commands are held to, and has every command with --json. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SVC_SCHEMA, svcSchemaText } from '../scripts/write-svc-schema.ts';
import { everyCommand } from '../src/cli/commands/index.ts';
import { documentFaults } from './help/svc-schema.ts';

const COMMAND_LIST = await everyCommand();

const text = svcSchemaText();

test('the committed schema is that of the types (npm run schema)', () => expect(readFileSync(SVC_SCHEMA, 'utf8')).toBe(text));

test('every command with --json is described, and no other', () => {
  const { $defs } = JSON.parse(text) as { $defs: object };
  const described = Object.keys($defs).filter((name) => /^[a-z]/.test(name));
  expect(described.sort()).toEqual(COMMAND_LIST.filter(({ options }) => 'json' in options).map(({ name }) => name).sort());
});

/** The checker of the tests has to see what is wrong, or it proves nothing. */
test('what is missing, of another type, or not described is a fault', () => {
  const told = (command: string, value: object): number => documentFaults(command, JSON.stringify(value)).length;
  expect(told('link', { schema: 1, linked: ['/bin/x'] })).toBe(0);
  expect(told('link', { schema: 2, linked: [] })).toBe(1);
  expect(told('link', { linked: [] })).toBe(1);
  expect(told('link', { schema: 1, linked: [1] })).toBe(1);
  expect(told('link', { schema: 1, linked: [], more: 1 })).toBe(1);
  expect(told('stop', { schema: 1, services: [{ name: 'web', outcome: 'removed' }] })).toBe(0);
  expect(told('stop', { schema: 1, services: [{ name: 'web', outcome: 'reched' }] })).toBe(1);
  expect(told('logs', { schema: 1, lost: 3 })).toBe(0);
  expect(told('logs', { schema: 1, lost: 3, seq: 1 })).not.toBe(0);
});
