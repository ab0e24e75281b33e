/** The language of templates: what it gives, and what it says of mistakes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TEMPLATE_REFERENCE, TEMPLATE_SCHEMA, templateSchemaText, withTemplateTables } from '../../scripts/write-schema.ts';
import { RENDER_OUTCOMES, TEMPLATE_STATES } from '../../src/core/template.ts';
import { compile } from '../../src/templates/handlebars.ts';
import type { Data } from '../../src/templates/helpers.ts';
import { TemplateError, type Root } from '../../src/templates/strict.ts';

const DATA: Readonly<Record<Root, Data>> = {
  members: [
    { name: 's1', address: '10.0.0.1', role: 'backend', tags: { zone: 'b', port: '81' }, status: 'alive' },
    { name: 's"2 {{env.TAG}}', address: '10.0.0.2', role: 'backend', tags: {}, status: 'alive' },
  ],
  services: { node: { name: 'node', state: 'up', instances: [{ name: 'node@1', number: 1, port: 3001, state: 'ready' }] } },
  env: { TAG: '<v1>' }, files: { site: { port: 80, list: [10, 9, 2], on: true } }, values: {}, template: { name: 't' },
};

const given: readonly (readonly [template: string, text: string])[] = [
  ['{{#each members}}{{name}}={{default tags.port "3000"}};{{else}}none{{/each}}', 's1=81;s"2 {{env.TAG}}=3000;'],
  ['{{env.TAG}} {{{env.TAG}}} {{env "TAG"}} {{env "NO" "other"}}', '<v1> <v1> <v1> other'],
  ['{{#each members as |m i|}}{{i}}{{m.name}}{{#if m.tags.zone}}@{{m.tags.zone}}{{/if}} {{/each}}', '0s1@b 1s"2 {{env.TAG}} '],
  ['{{#each members}}{{#unless @first}},{{/unless}}{{@index}}{{../template.name}}{{@root.env.TAG}}{{/each}}', '0t<v1>,1t<v1>'],
  ['{{#each services}}{{@key}}:{{#each instances}}{{port}}{{/each}}{{/each}}', 'node:3001'],
  ['{{#each services.node.instances}}{{name}}{{/each}}', 'node@1'],
  ['{{join (sort files.site.list) ","}} {{length members}} {{join (sort (keys env)) " "}}', '2,9,10 2 TAG'],
  ['{{#each (where members "tags.zone" "b")}}{{name}}{{/each}}', 's1'],
  ['{{#each (sort members "address")}}{{word name}} {{/each}}', 's1 s_2___env.TAG__ '],
  ['{{#each (reverse members)}}{{json name}} {{/each}}', '"s\\"2 {{env.TAG}}" "s1" '],
  ['{{#if (and (eq env.TAG "<v1>") (ne 1 2) (not nothing.here) (or nope files.site.on))}}yes{{/if}}', 'yes'],
  ['{{#if (and (lt 2 10) (ge files.site.port 80) (includes files.site.list 9) (gt 3 2) (le 2 2))}}yes{{/if}}', 'yes'],
  ['{{add files.site.port 1 "2"}} {{concat "a" 1}} {{upper "a"}}{{lower "B"}}{{trim " c "}} {{replace "a.b" "." "-"}} {{first (split "x y" " ")}}',
    '83 a1 Abc a-b x'],
  ['{{#*inline "row"}}[{{name}}]{{/inline}}{{#each members}}{{> row}}{{/each}}', '[s1][s"2 {{env.TAG}}]'],
  ['{{#with files.site}}{{port}}{{/with}}{{!-- no --}}{{~#if true}} x {{~/if}}', '80 x'],
  ['{{default (lookup env "NO") (lookup env "TAG")}}{{#if (lookup env "NO")}}1{{else}}2{{/if}}', '<v1>2'],
];

test.each(given)('%s', (template, text) => expect(compile(template).render(DATA)).toBe(text));

const mistakes: readonly (readonly [template: string, line: number, reason: string])[] = [
  ['a\n{{#each membrs}}x{{/each}}', 2, 'expected a field named "membrs"; did you mean "members"?'],
  ['\n\n{{env.TGA}}', 3, 'expected a field named "TGA" for env.TGA; did you mean "TAG"?'],
  ['{{#each members}}\n{{tags.zone}}{{/each}}', 2, 'expected a field named "zone" for tags.zone; it is a mapping'],
  ['{{#each services.nod.instances}}{{/each}}', 1, 'did you mean "node"?'],
  ['{{env "NO"}}', 1, 'expected the variable NO in the container environment'],
  ['{{members}}', 1, 'expected text for {{members}}, got a list'],
  ['{{template.constructor}}{{x}}', 1, 'expected a field named "constructor"'],
  ['{{__proto__}}', 1, 'expected a field named "__proto__"'],
  ['{{members.constructor.constructor}}', 1, 'expected a field named "constructor"'],
  ['{{lookup env "toString"}}', 1, 'expected a field named "toString"'],
  ['{{#each env.TAG}}{{/each}}', 1, 'expected a list or a mapping for each, got text'],
  ['{{defualt env.TAG "x"}}', 1, 'did you mean "default"?'],
  ['{{log "x"}}', 1, 'expected the name of a helper, got "log"'],
  ['{{#log "x"}}{{/log}}', 1, 'expected a block of each, if, unless, with'],
  ['{{#members}}{{/members}}', 1, 'write {{#each members}}'],
  ['{{join members}}', 1, 'expected (join LIST SEPARATOR [PATH]), got 1 values'],
  ['{{> other}}', 1, 'expected {{> NAME}} of an inline partial'],
  ['x\n{{#each members}\n', 2, 'cannot be understood near'],
  ['x\n{{#each members}}', 2, 'it ends too early'],
  ['{{#if a}}'.repeat(5000), 1, 'at most 50 blocks'],
  [`{{default ${'('.repeat(3000)}`, 1, 'at most 50 blocks or brackets'],
  ['{{x}}'.repeat(3000), 1, 'at most 2000 values'],
];

test.each(mistakes)('%s', (template, line, reason) => {
  const began = performance.now();
  let error: unknown;
  try {
    compile(template).render(DATA);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(TemplateError);
  expect((error as TemplateError).message).toContain(reason);
  expect((error as TemplateError).line).toBe(line);
  expect(performance.now() - began).toBeLessThan(5000);
});

test('what a template looks at is known', () => {
  const uses = (template: string): string[] => [...compile(template).uses].sort();
  expect(uses('{{#each members}}{{name}}{{@root.env.X}}{{/each}}{{env "Y" ""}}')).toEqual(['env', 'members']);
  expect(uses('{{services.a.state}}')).toEqual(['services']);
  expect(uses('nothing')).toEqual([]);
});

describe('derived', () => {
  test('the schema, and the tables of the reference (npm run schema)', () => {
    expect(readFileSync(TEMPLATE_SCHEMA, 'utf8')).toBe(templateSchemaText());
    const reference = readFileSync(TEMPLATE_REFERENCE, 'utf8');
    expect(reference).toBe(withTemplateTables(reference));
  });

  test('outcomes and states', () => {
    const reference = readFileSync(TEMPLATE_REFERENCE, 'utf8');
    for (const [word, sentence] of Object.entries({ ...RENDER_OUTCOMES, ...TEMPLATE_STATES })) expect(reference).toContain(`| \`${word}\` | ${sentence} |\n`);
  });
});
