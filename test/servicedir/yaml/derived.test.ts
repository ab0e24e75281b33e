/** What is derived from THE list of keys: the schema, the tables of the reference; and every example of both is read without a complaint. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REFERENCE, SCHEMA, schemaText, withTables } from '../../../scripts/write-schema.ts';
import { SERVICE } from '../../../src/servicedir/yaml/keys.ts';
import type { Keys } from '../../../src/servicedir/yaml/shape.ts';
import { readYaml, RUN } from './help.ts';

test('the committed schema is that of the list (npm run schema)', () => expect(readFileSync(SCHEMA, 'utf8')).toBe(schemaText()));

test('the tables of the reference are those of the list (npm run schema)', () => {
  const reference = readFileSync(REFERENCE, 'utf8');
  expect(reference).toBe(withTables(reference));
});

/** What else has to be said for an example to make sense. */
const BESIDE: Readonly<Record<string, string>> = {
  'schedule': 'once: true', 'give-up': 'restart: on-failure', 'schedule.zone': 'cron: "0 3 * * *"',
  'ready.interval': 'tcp: 80', 'ready.try-timeout': 'tcp: 80', 'ready.timeout': 'tcp: 80',
  'health.interval': 'tcp: 80', 'health.timeout': 'tcp: 80', 'health.retries': 'tcp: 80', 'health.start-period': 'tcp: 80', 'health.on-failure': 'tcp: 80',
  'logs.size': 'directory: /l', 'logs.age': 'directory: /l', 'logs.count': 'directory: /l', 'logs.compress': 'directory: /l',
  'give-up.within': 'after: 5', 'give-up.then': 'after: 5', 'limits.soft': 'hard: 4096', 'limits.hard': 'soft: 1024',
  'ionice.level': 'class: best-effort', 'watch.then': 'paths: [a]', 'watch.quiet': 'paths: [a]',
};

const nestedKeys = (keys: Keys | undefined): Keys => keys ?? {};

const examples = Object.entries(SERVICE).flatMap(([name, { example, shape }]) => {
  const below = Object.entries(nestedKeys(shape.nested)).map(([inner, key]) => {
    const beside = BESIDE[`${name}.${inner}`];
    const mapping = `{ ${inner}: ${key.example}${beside === undefined ? '' : `, ${beside}`} }`;
    return `${name}: ${name === 'needs' ? `{ db: ${mapping} }` : name === 'limits' ? `{ nofile: ${mapping} }` : mapping}`;
  });
  return [`${name}: ${example}`, ...below].map((text) => (BESIDE[name] === undefined ? text : `${text}\n${BESIDE[name]}`));
});

test.each(examples)('%s', (text) => {
  const { told } = readYaml(text, /^(?:command|once: \{ up)/.test(text) ? {} : RUN);
  expect(told.filter((sentence) => !sentence.includes('no instances yet'))).toEqual([]);
});

test('the how-to', () => {
  const text = readFileSync(path.resolve(import.meta.dirname, '../../../docs/how-to/describe-a-service.md'), 'utf8');
  const files = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml]) => yaml!);
  expect(files.length).toBeGreaterThan(3);
  for (const yaml of files) expect(readYaml(yaml, /^command:|\{ up:/m.test(yaml) ? {} : RUN).told, yaml).toEqual([]);
});
