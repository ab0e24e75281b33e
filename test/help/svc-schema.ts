/** Output of `svc … --json`, held against schema/svc.schema.json: also what is not described is a fault. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { closed } from './openapi.ts';

const schema = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../schema/svc.schema.json'), 'utf8')) as object;
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: true, validateFormats: false });
ajv.addSchema(closed({ $id: 'svc', ...schema }) as object);

/** What is wrong with one document, or one line; empty: nothing. */
export function documentFaults(command: string, text: string): string[] {
  const validate = ajv.getSchema(`svc#/$defs/${command}`);
  if (validate === undefined) return [`nothing is described for svc ${command} --json`];
  if (validate(JSON.parse(text)) === true) return [];
  return validate.errors!.map(({ instancePath, message, params }) => `svc ${command}: ${instancePath} ${message} ${JSON.stringify(params)}`);
}
