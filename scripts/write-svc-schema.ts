/**
 * Writes schema/svc.schema.json, the description of what `svc … --json` prints: from the types that the commands are held to.
 * `npm run schema` writes; test/svc-schema.test.ts compares, and test/scenarios/23-svc-json.test.ts holds real output against it.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { whole } from './write-openapi.ts';
import { describeTypes, type Schema } from './openapi-types.ts';

const root = path.resolve(import.meta.dirname, '..');
export const SVC_SCHEMA = path.join(root, 'schema/svc.schema.json');

/** JSON Schema, draft 2020-12: `#/$defs/COMMAND` is what `svc COMMAND --json` prints. */
export function svcSchemaText(): string {
  const types = describeTypes([path.join(root, 'src/cli/documents.ts')]);
  const documents = Object.entries(types.propertiesOf('Documents')).map(([command, schema]): [string, Schema] => [command, whole(schema, types)]);
  const lines = Object.entries(types.propertiesOf('Lines'));
  const text = JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What svc --json prints',
    description: '#/$defs/COMMAND is the object that svc COMMAND --json prints; with --watch each line is one. Of logs and events each line is an object.',
    $defs: { ...Object.fromEntries([...documents, ...lines].sort(([a], [b]) => (a < b ? -1 : 1))), ...types.components },
  }, null, 2);
  return `${text.replaceAll('"#/components/schemas/', '"#/$defs/')}\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(SVC_SCHEMA, svcSchemaText());
