/** Answers of a server, held against schema/openapi.json: also what is not described is a fault. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 as Ajv, type ValidateFunction } from 'ajv/dist/2020.js';
import { PROBLEMS } from '../../src/control/problem.ts';

type Operation = Readonly<{ operationId: string; responses: Readonly<Record<string, { content: Readonly<Record<string, { schema: object }>> }>> }>;
type Document = Readonly<{ paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>; components: Readonly<{ schemas: object }> }>;

export const document = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../schema/openapi.json'), 'utf8')) as Document;
export const operations: readonly Operation[] = Object.values(document.paths).flatMap((methods) => Object.values(methods));

const ajv = new Ajv({ strict: true, strictRequired: false, allErrors: true, validateFormats: false });
ajv.addSchema(closed(rebased({ $id: 'openapi', $defs: document.components.schemas })) as object);
const validators = new Map<string, ValidateFunction>();

/** What is wrong with an answer; empty: nothing. `type` is its Content-Type. */
export function faults(operationId: string, status: number, type: string | undefined, text: string): string[] {
  const operation = operations.find((known) => known.operationId === operationId);
  if (operation === undefined) return [`no operation ${operationId} is described`];
  const key = status === 200 ? '200' : 'default';
  const { content } = operation.responses[key]!;
  const media = (type ?? '').split(';')[0]!;
  const described = content[media] ?? content['*/*'];
  if (described === undefined) return [`${operationId} answers ${status} with ${media}; described is ${Object.keys(content).join(', ')}`];
  if (!media.endsWith('json')) return [];
  const value = JSON.parse(text) as Record<string, unknown>;
  const known = key === 'default' ? PROBLEMS[value['code'] as keyof typeof PROBLEMS] : undefined;
  const wrongStatus = key === 'default' && known?.status !== status ? [`${operationId}: ${status} is not the status of ${String(value['code'])}`] : [];
  const name = `${operationId} ${key} ${media}`;
  let validate = validators.get(name);
  if (validate === undefined) {
    validate = ajv.compile(closed(rebased(described.schema)) as object);
    validators.set(name, validate);
  }
  if (validate(value)) return wrongStatus;
  const told = validate.errors!.map(({ instancePath, message, params }) => `${operationId} ${instancePath} ${message} ${JSON.stringify(params)}`);
  return [...wrongStatus, ...told];
}

/** A frame of a stream. */
export function eventFaults(data: string): string[] {
  const validate = validators.get('event') ?? ajv.compile({
    anyOf: ['PublicEvent', 'LogLine', 'Lost', 'Snapshot'].map((name) => ({ $ref: `openapi#/$defs/${name}` })),
  });
  validators.set('event', validate);
  return validate(JSON.parse(data)) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** References into the document, as the validators know it. */
function rebased(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"openapi#/$defs/'));
}

/** Clients have to bear fields that are new; here each has to be described. */
export function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false } : copy;
}
