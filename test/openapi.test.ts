/** schema/openapi.json is made of the lists that the server is made of, and is a valid description. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { OPENAPI, openapiText } from '../scripts/write-openapi.ts';
import { PARAMETERS, PATH_PARAMETERS } from '../src/control/parameters.ts';
import { PROBLEMS } from '../src/control/problem.ts';
import { ENDPOINTS } from '../src/control/protocol.ts';
import { document, faults, operations } from './help/openapi.ts';

test('the committed description is that of the lists and types (npm run schema)', () => expect(readFileSync(OPENAPI, 'utf8')).toBe(openapiText()));

test('it is OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(readFileSync(OPENAPI, 'utf8'))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('every resource is described, and no other', () => {
  const described = Object.entries(document.paths).flatMap(([at, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${at}`));
  expect(described.sort()).toEqual(Object.values(ENDPOINTS).map(({ method, path: at }) => `${method} ${at}`).sort());
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(ENDPOINTS).sort());
});

test('every parameter in a path has a meaning', () => {
  const named = Object.values(ENDPOINTS).flatMap(({ path: at }) => [...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!));
  expect(Object.keys(PATH_PARAMETERS).sort()).toEqual([...new Set(named)].sort());
});

test('control-api.md says of each parameter what the list says', () => {
  const api = readFileSync(path.join(import.meta.dirname, '../docs/reference/control-api.md'), 'utf8');
  const section = api.slice(api.indexOf('| parameter |'), api.indexOf('## Who may do what'));
  expect([...section.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, meaning]) => [name, meaning]))
    .toEqual(Object.entries(PARAMETERS).map(([name, { meaning }]) => [name, meaning]));
});

/** The checker of the tests has to see what is wrong, or it proves nothing. */
test('what is missing, of another type, or not described is a fault', () => {
  const supervisor = { version: '1', pid: 1, startedAt: '', directory: '', shuttingDown: false, reexecutions: 0, seq: 0 };
  const told = (value: object): string[] => faults('supervisor', 200, 'application/json', JSON.stringify(value));
  expect(told({ schema: 1, supervisor })).toEqual([]);
  expect(told({ schema: 2, supervisor })).toHaveLength(1);
  expect(told({ schema: 1 })).toHaveLength(1);
  expect(told({ schema: 1, supervisor: { ...supervisor, pid: '1' } })).toHaveLength(1);
  expect(told({ schema: 1, supervisor: { ...supervisor, more: 1 } })).toHaveLength(1);
  const problem = { schema: 1, type: 'about:blank', title: '', status: 404, code: 'no-such-service', detail: '' };
  const refused = (status: number, value: object): string[] => faults('supervisor', status, 'application/problem+json', JSON.stringify(value));
  expect(refused(404, problem)).toEqual([]);
  expect(refused(400, problem)).toHaveLength(1);
  expect(refused(PROBLEMS.internal.status, { ...problem, code: 'no-such-code' })).not.toEqual([]);
  expect(faults('supervisor', 200, 'text/html', '')).toHaveLength(1);
});
