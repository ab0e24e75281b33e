/**
 * The only file that knows Handlebars. Templates are for configuration files: nothing is escaped, a field that is not
 * there is an error with its line (strict.ts), and nothing but data can be reached.
 */
import Handlebars from 'handlebars';
import { nearest } from '../core/messages.ts';
import { Complaint, HELPERS, kindOf, text, valueIn, type Data } from './helpers.ts';
import { BLOCKS, DEEPEST, INTERNAL, isBlock, makeStrict, TemplateError, type Root } from './strict.ts';

export type Compiled = Readonly<{
  /** As it is written. */
  text: string;
  /** What it looks at: whatever else changes does not matter to it. */
  uses: ReadonlySet<Root>;
  /** Throws TemplateError. */
  render(data: Readonly<Record<Root, Data>>): string;
}>;

const INTERNALS: readonly string[] = Object.values(INTERNAL);

/** Throws TemplateError for a mistake that shows without data. */
export function compile(source: string): Compiled {
  const program = parse(source);
  const uses = makeStrict(program);
  const handlebars = Handlebars.create();
  for (const name of Object.keys(handlebars.helpers)) if (!isBlock(name)) handlebars.unregisterHelper(name);
  const environment = { values: {} as Readonly<Record<string, string>> };
  register(handlebars, environment);
  let template: HandlebarsTemplateDelegate | undefined;
  return {
    text: source,
    uses,
    render(data) {
      environment.values = data.env as Readonly<Record<string, string>>;
      try {
        template ??= handlebars.compile(program, {
          noEscape: true, knownHelpersOnly: true,
          knownHelpers: Object.fromEntries([...BLOCKS, ...INTERNALS].map((name) => [name, true])),
        });
        // Said, so that Handlebars does not write about it to the standard error.
        return template(data, { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });
      } catch (error) {
        throw understood(error);
      }
    },
  };
}

function parse(source: string): hbs.AST.Program {
  refuseDepth(source);
  try {
    return Handlebars.parse(source);
  } catch (error) {
    throw understood(error);
  }
}

/** More than anybody writes: what the parser and the compiler take grows faster than these. */
const MOST_SIGNS = 2000;

/** Before the parser, which takes minutes for what nobody writes. */
function refuseDepth(source: string): void {
  const complain = (index: number, expected: string): never => {
    throw new TemplateError(source.slice(0, index).split('\n').length, `expected at most ${expected}; make less of them`);
  };
  let signs = 0;
  let blocks = 0;
  let brackets: number | undefined;
  for (const { 0: sign, index } of source.matchAll(/\{\{~?[#^/]?|\}\}|[()]/g)) {
    if (sign.startsWith('{{')) {
      signs++;
      brackets = 0;
      if (sign.endsWith('#')) blocks++;
      else if (sign.endsWith('/')) blocks--;
    } else if (sign === '}}') {
      brackets = undefined;
    } else if (brackets !== undefined) {
      brackets += sign === '(' ? 1 : -1;
    }
    if (signs > MOST_SIGNS) complain(index, `${MOST_SIGNS} values and blocks in one template`);
    if (blocks > DEEPEST || (brackets ?? 0) > DEEPEST) complain(index, `${DEEPEST} blocks or brackets inside of each other`);
  }
}

/** Handlebars shows the line and an arrow below it; the sentence after it is kept. */
function understood(error: unknown): TemplateError {
  if (error instanceof TemplateError) return error;
  const { message = String(error), lineNumber } = error as { message?: string; lineNumber?: number };
  const line = lineNumber ?? Number(/^(?:Parse error|Lexical error) on line (\d+)/.exec(message)?.[1] ?? 1);
  if (/^(Parse|Lexical) error/.test(message)) {
    const [, shown = '', , expected = ''] = message.split('\n');
    const got = /got '(.*)'$/.exec(expected)?.[1];
    return new TemplateError(line, `expected a template of Handlebars; it cannot be understood near "${shown.replace(/^\.\.\./, '').slice(-60).trim()}"`
      + `${got === undefined ? '' : ` (${got === 'EOF' ? 'it ends too early' : got.toLowerCase()})`}`);
  }
  const reason = message.replace(/ - \d+:\d+$/, '').replace(/\s+/g, ' ').slice(0, 200);
  return new TemplateError(line, error instanceof RangeError ? 'it is nested too deep' : reason);
}

type Value = Data | undefined;

/** What strict.ts has written as text. */
const word = (value: Value): string => value as string;

function register(handlebars: typeof Handlebars, environment: { values: Readonly<Record<string, string>> }): void {
  /** Handlebars' own last argument is not a value. */
  const helper = (name: string, act: (line: number, ...values: Value[]) => unknown, lineAt: number): void => {
    handlebars.registerHelper(name, (...given: unknown[]): unknown => {
      const values = given.slice(0, -1) as Value[];
      const [line] = values.splice(lineAt, 1) as [number];
      try {
        return act(line, ...values);
      } catch (error) {
        throw error instanceof Complaint ? new TemplateError(line, error.message) : error;
      }
    });
  };
  const find = (base: Value, parts: readonly Value[]): Value => parts.reduce(valueIn, base);

  helper(INTERNAL.field, (_line, base, original, ...parts) => {
    const value = find(base, parts);
    if (value === undefined || value === null) throw new Complaint(missing(base, word(original), parts));
    return value;
  }, 1);
  helper(INTERNAL.mayBe, (_line, base, _original, ...parts) => find(base, parts), 1);
  helper(INTERNAL.print, (_line, value, original) => text(`{{${word(original)}}}`, value), 1);
  helper(INTERNAL.section, (_line, value, name) => {
    if (typeof value !== 'object' || value === null) throw new Complaint(`expected a list or a mapping for ${word(name)}, got ${kindOf(value)}`);
    return value;
  }, 1);
  const called = (name: Value, values: readonly Value[]): Value => HELPERS[word(name)]!.act(values, environment.values);
  helper(INTERNAL.call, (_line, name, ...values) => called(name, values), 1);
  helper(INTERNAL.mayCall, (_line, name, ...values) => {
    try {
      return called(name, values);
    } catch (error) {
      if (error instanceof Complaint) return undefined;
      throw error;
    }
  }, 1);
}

/** Which part of a path is missing, and what is there instead. */
function missing(base: Value, original: string, parts: readonly Value[]): string {
  let from = base;
  for (const part of parts) {
    const next = valueIn(from, part);
    if (next === undefined || next === null) {
      const keys = typeof from === 'object' && from !== null && !Array.isArray(from) ? Object.keys(from) : [];
      const near = nearest(word(part).slice(0, 40), keys);
      const advice = near !== undefined ? `did you mean "${near}"?`
        : keys.length === 0 ? `it is ${kindOf(from)}` : `there is: ${keys.slice(0, 12).join(' ').slice(0, 120)}`;
      return `expected a field named "${word(part)}"${original === part ? '' : ` for ${original}`}; ${advice}`;
    }
    from = next;
  }
  return `expected a value for ${original}; there is none here`;
}
