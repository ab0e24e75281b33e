/**
 * Writes what is derived from THE lists of keys of `service.yaml` and `n6.yaml`: the JSON Schemas, and the tables of the
 * references between their markers. `npm run schema` writes; test/servicedir/yaml compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { SERVICE, SERVICE_SHAPE } from '../src/servicedir/yaml/keys.ts';
import { MEMBERSHIP, N6, N6_SHAPE } from '../src/servicedir/yaml/n6-keys.ts';
import { SAME } from '../src/servicedir/yaml/rules.ts';
import type { Keys } from '../src/servicedir/yaml/shape.ts';
import { HELPERS } from '../src/templates/helpers.ts';
import { TEMPLATE, TEMPLATE_SHAPE } from '../src/templates/keys.ts';

const root = path.resolve(import.meta.dirname, '..');
export const SCHEMA = path.join(root, 'schema/service.schema.json');
export const REFERENCE = path.join(root, 'docs/reference/service-yaml.md');
export const N6_SCHEMA = path.join(root, 'schema/n6.schema.json');
export const N6_REFERENCE = path.join(root, 'docs/reference/n6-yaml.md');

/** The text of the schema: JSON Schema, draft 2020-12. */
export const schemaText = (): string => textOf('service.yaml of n6', 'What a service can say beside its files in s6 format.', SERVICE_SHAPE.schema);
export const n6SchemaText = (): string => textOf('n6.yaml of n6', 'Settings of n6 itself, and who knows the members of the cluster.', N6_SHAPE.schema);

function textOf(title: string, description: string, shape: unknown): string {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', title, description, ...withExamples(shape) as object };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

export const TEMPLATE_SCHEMA = path.join(root, 'schema/template.schema.json');
export const TEMPLATE_REFERENCE = path.join(root, 'docs/reference/templates.md');

/** The same of files of templates.d. */
export function templateSchemaText(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'templates.d/NAME.yaml of n6',
    description: 'A template, the file that is made of it, its check, and who reads it.',
    ...withExamples(TEMPLATE_SHAPE.schema) as object,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The text of the reference of templates with the tables as the lists have them now. */
export function withTemplateTables(text: string): string {
  const below = (name: string, keys: Keys): string[] => Object.entries(keys).flatMap(([inner, { shape: { nested } }]) =>
    (nested === undefined ? [] : [`### ${name}${inner}\n\n${table(nested)}`, ...below(`${name}${inner}.`, nested)]));
  const helpers = Object.values(HELPERS).map(({ usage, sentence }) => `| \`${cell(usage)}\` | ${cell(sentence)} |`);
  const inKeys = between(text, 'keys', [table(TEMPLATE), ...below('', TEMPLATE)].join('\n\n'));
  return between(inKeys, 'helpers', ['| helper | gives |', '| --- | --- |', ...helpers].join('\n'));
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
  return between(between(text, 'keys', keyTables(SERVICE)), 'conflicts', conflictTable());
}

/** The same of the reference of n6.yaml. */
export const withN6Tables = (text: string): string =>
  between(between(text, 'keys', table(N6)), 'membership', [table(MEMBERSHIP), nestedTables(MEMBERSHIP)].join('\n\n'));

function between(text: string, name: string, content: string): string {
  const [begin, end] = ['begin', 'end'].map((word) => `<!-- ${name}, written by npm run schema: ${word} -->`) as [string, string];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`cannot write the tables: expected the lines "${begin}" and "${end}"; put them back`);
  return `${text.slice(0, from)}${begin}\n${content}\n${text.slice(to)}`;
}

const keyTables = (keys: Keys): string => [table(keys), nestedTables(keys)].join('\n\n');

const nestedTables = (keys: Keys): string => Object.entries(keys).flatMap(([name, { shape }]) =>
  (shape.nested === undefined ? [] : [`### ${name}\n\n${table(shape.nested)}`])).join('\n\n');

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
  writeFileSync(N6_SCHEMA, n6SchemaText());
  writeFileSync(N6_REFERENCE, withN6Tables(readFileSync(N6_REFERENCE, 'utf8')));
  writeFileSync(TEMPLATE_SCHEMA, templateSchemaText());
  writeFileSync(TEMPLATE_REFERENCE, withTemplateTables(readFileSync(TEMPLATE_REFERENCE, 'utf8')));
}
