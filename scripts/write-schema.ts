/**
 * Writes what is derived from THE list of keys of `service.yaml`: the JSON Schema, and the tables of the reference between
 * their markers. `npm run schema` writes; test/servicedir/yaml/derived.test.ts compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { SERVICE, SERVICE_SHAPE } from '../src/servicedir/yaml/keys.ts';
import { SAME } from '../src/servicedir/yaml/rules.ts';
import type { Keys } from '../src/servicedir/yaml/shape.ts';

const root = path.resolve(import.meta.dirname, '..');
export const SCHEMA = path.join(root, 'schema/service.schema.json');
export const REFERENCE = path.join(root, 'docs/reference/service-yaml.md');

/** The text of the schema: JSON Schema, draft 2020-12. */
export function schemaText(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'service.yaml of n6',
    description: 'What a service can say beside its files in s6 format.',
    ...withExamples(SERVICE_SHAPE.schema) as object,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The list has its examples as they are written. */
function withExamples(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withExamples);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([name, value]) =>
    [name, name === 'examples' && Array.isArray(value) ? value.map((text: string): unknown => parse(text)) : withExamples(value)]));
}

/** The text of a reference with the tables as the list has them now. Throws when a marker is missing. */
export function withTables(text: string): string {
  return between(between(text, 'keys', keyTables()), 'conflicts', conflictTable());
}

function between(text: string, name: string, content: string): string {
  const [begin, end] = ['begin', 'end'].map((word) => `<!-- ${name}, written by npm run schema: ${word} -->`) as [string, string];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`cannot write into ${REFERENCE}: expected the lines "${begin}" and "${end}"; put them back`);
  return `${text.slice(0, from)}${begin}\n${content}\n${text.slice(to)}`;
}

function keyTables(): string {
  const nested = Object.entries(SERVICE).flatMap(([name, { shape }]) =>
    (shape.nested === undefined ? [] : [`### ${name}\n\n${table(shape.nested)}`]));
  return [table(SERVICE), ...nested].join('\n\n');
}

function table(keys: Keys): string {
  const rows = Object.entries(keys).map(([name, { shape, meaning, otherwise, example }]) =>
    `| \`${name}\` | ${[meaning, shape.expected, otherwise].map(cell).join(' | ')} | \`${cell(`${name}: ${example}`)}\` |`);
  return ['| key | meaning | value | default | example |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function conflictTable(): string {
  const rows = SAME.map(([file, keys]) => `| \`${file}\` | ${keys.map((key) => `\`${key}\``).join(', ')} |`);
  return ['| file | key |', '| --- | --- |', ...rows].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

if (process.argv[1] === import.meta.filename) {
  writeFileSync(SCHEMA, schemaText());
  writeFileSync(REFERENCE, withTables(readFileSync(REFERENCE, 'utf8')));
}
