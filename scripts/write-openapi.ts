/**
 * Writes schema/openapi.json, the description of the control API: from THE lists of resources and parameters, and from the
 * types of the answers. `npm run schema` writes; test/openapi.test.ts compares, and holds a running server against it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PARAMETERS, PATH_PARAMETERS, REQUIRED, type Parameter } from '../src/control/parameters.ts';
import { ENDPOINTS, ENDPOINT_NAMES, SCHEMA, type EndpointName } from '../src/control/protocol.ts';
import { describeTypes, type Described, type Schema } from './openapi-types.ts';

const root = path.resolve(import.meta.dirname, '..');
export const OPENAPI = path.join(root, 'schema/openapi.json');

/** The description's text: OpenAPI 3.1. */
export function openapiText(): string {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const types = describeTypes(['protocol.ts', 'backend.ts', 'logs.ts', 'problem.ts'].map((file) => path.join(root, 'src/control', file)));
  const answers = types.propertiesOf('Answers');
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of ENDPOINT_NAMES) {
    const { method, path: at } = ENDPOINTS[endpoint];
    paths[at] = { ...paths[at], [method.toLowerCase()]: operation(endpoint, answers[endpoint], types) };
  }
  types.schemaOf('ProblemDocument');
  return `${JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'Control API of n6', version,
      description: 'HTTP/1.1 on the Unix socket /run/n6/control.sock, or DIR/.n6/control.sock; on TCP where N6_LISTEN says so, with the token.',
      license: { name: 'ISC', identifier: 'ISC' },
    },
    servers: [
      { url: 'http://n6', description: 'through the Unix socket; the host does not matter: curl --unix-socket /run/n6/control.sock http://n6/v1/services' },
      { url: 'http://{address}', description: 'N6_LISTEN', variables: { address: { default: '127.0.0.1:8080' } } },
    ],
    security: [{ token: [] }, {}],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'on TCP alone: N6_TOKEN_FILE' } },
      schemas: types.components,
    },
  }, null, 2)}\n`;
}

function operation(endpoint: EndpointName, answer: Schema | undefined, types: Described): Record<string, unknown> {
  const { method, path: at, query, sentence, answers } = ENDPOINTS[endpoint];
  const kinds: readonly string[] = answers;
  const inPath = [...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter(name!, 'path', PATH_PARAMETERS[name!]!));
  const description = endpoint === 'logs' ? 'as after' : 'as since';
  const resumption = { in: 'header', name: 'Last-Event-ID', description, schema: { type: 'integer', minimum: 0 } };
  const resumes = kinds.includes('stream') ? [resumption] : [];
  const parameters = [...inPath, ...query.map((name) => parameter(name, 'query', PARAMETERS[name])), ...resumes];
  const content = Object.assign({}, ...kinds.map((kind): object => {
    switch (kind) {
      case 'json': return { 'application/json': { schema: whole(answer!, types) } };
      case 'stream': return { 'text/event-stream': { schema: streamed(endpoint, types) } };
      case 'text': return { 'application/openmetrics-text': { schema: { type: 'string' } } };
      default: return { '*/*': { schema: {} } };
    }
  })) as object;
  return {
    operationId: endpoint,
    summary: sentence,
    ...(kinds.includes('file') ? { security: [{}] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(method === 'POST' ? { requestBody: { content: { 'application/json': { schema: bodyOf(endpoint) } } } } : {}),
    responses: {
      200: { description: 'fulfilled', content },
      default: {
        description: 'a problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDocument' } } },
      },
    },
  };
}

/** The fields of an answer, beside `schema`, which all have. */
export function whole(answer: Schema, { components }: Described): Schema {
  const { $ref } = answer as { $ref?: string };
  const fields = ($ref === undefined ? answer : components[path.basename($ref)]!) as { properties?: Schema; required?: readonly string[] };
  const schema = { type: 'integer', const: SCHEMA, description: 'version of the shape; fields may be added to a version, never changed' };
  return { type: 'object', properties: { schema, ...fields.properties }, required: ['schema', ...fields.required ?? []] };
}

/** OpenAPI 3.1 has no word for the items of a stream: they are in the components. */
const streamed = (endpoint: EndpointName, types: Described): Schema => ({
  type: 'string',
  description: 'server-sent events; the `data` of each frame is one line of JSON',
  contentMediaType: 'application/json',
  contentSchema: {
    anyOf: (endpoint === 'logs' ? ['LogLine', 'Lost'] : ['PublicEvent', 'Lost', 'Snapshot']).map((name) => types.schemaOf(name)),
  },
});

function bodyOf(endpoint: EndpointName): Schema {
  const { body } = ENDPOINTS[endpoint];
  const required = REQUIRED[endpoint] ?? [];
  return {
    type: 'object',
    properties: Object.fromEntries(body.map((name) => [name, { ...PARAMETERS[name].schema, description: plainText(PARAMETERS[name].meaning) }])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function parameter(name: string, place: 'path' | 'query', { schema, repeatable, meaning }: Parameter): object {
  return {
    name, in: place,
    ...(place === 'path' ? { required: true } : {}),
    description: plainText(meaning),
    schema: repeatable === true && place === 'query' ? { type: 'array', items: schema } : schema,
    ...(repeatable === true && place === 'query' ? { explode: true } : {}),
  };
}

/** Without the links of the reference. */
const plainText = (text: string): string => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');

if (process.argv[1] === import.meta.filename) writeFileSync(OPENAPI, openapiText());
