/**
 * Makes a tree of Handlebars strict before it is compiled: each path becomes a call of `field`, each output one of `print`, each call of a helper
 * one of `call`, so that a field that is missing is told with its line. What cannot be right whatever the data is told at once.
 */
import { nearest } from '../core/messages.ts';
import { HELPERS } from './helpers.ts';

/** The roots of what a template can see. */
export const ROOTS = ['members', 'services', 'env', 'files', 'values', 'template'] as const;
export type Root = (typeof ROOTS)[number];

/** `line` begins with 1. The message is a sentence without its place. */
export class TemplateError extends Error {
  readonly line: number;
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

type Node = hbs.AST.Node;
type Expression = hbs.AST.Expression;
type Path = hbs.AST.PathExpression;

/** Of Handlebars' own. */
export const BLOCKS = ['each', 'if', 'unless', 'with'] as const;
const LENIENT: ReadonlySet<string> = new Set(['if', 'unless', ...Object.entries(HELPERS).flatMap(([name, { lenient }]) => (lenient ? [name] : []))]);
/** What the compiler takes for them grows faster than their number. */
export const DEEPEST = 50;
export const isBlock = (name: string): boolean => (BLOCKS as readonly string[]).includes(name);

/** What is written here cannot be written in a template: a sign that no name can begin with. */
export const INTERNAL = { field: '@field', mayBe: '@mayBe', print: '@print', section: '@section', call: '@call', mayCall: '@mayCall' } as const;

/** Changes the tree in place, and gives what it looks at. Throws TemplateError. */
export function makeStrict(program: hbs.AST.Program): ReadonlySet<Root> {
  const uses = new Set<Root>();
  createWalker(uses).program(program);
  return uses;
}

function createWalker(uses: Set<Root>) {
  const inline = new Set<string>();

  function complain(node: Node, reason: string): never {
    throw new TemplateError(node.loc.start.line, reason);
  }

  function program({ body, blockParams = [] }: hbs.AST.Program, outer: readonly string[] = []): void {
    const names = [...outer, ...blockParams];
    for (const statement of body) visit(statement, names);
  }

  function visit(node: hbs.AST.Statement, names: readonly string[]): void {
    switch (node.type) {
      case 'ContentStatement': case 'CommentStatement':
        return;
      case 'MustacheStatement':
        return mustache(node as hbs.AST.MustacheStatement, names);
      case 'BlockStatement':
        return block(node as hbs.AST.BlockStatement, names);
      case 'DecoratorBlock': {
        const { path, params, program: inside } = node as hbs.AST.DecoratorBlock;
        const [name] = params as hbs.AST.StringLiteral[];
        if ((path).original !== 'inline' || name?.type !== 'StringLiteral') complain(node, 'expected {{#*inline "NAME"}}, the only decorator there is');
        inline.add(name.value);
        return program(inside, names);
      }
      case 'PartialStatement': {
        const { name, params, hash } = node as hbs.AST.PartialStatement;
        const called = name.type === 'PathExpression' ? String((name).original) : undefined;
        if (called === undefined || !inline.has(called)) {
          const got = called === undefined ? '' : `, got "${called}"`;
          complain(node, `expected {{> NAME}} of an inline partial before it${got}; write it: {{#*inline "NAME"}} … {{/inline}}`);
        }
        const partial = node as unknown as { params: Expression[] };
        partial.params = params.map((one) => argument(one, names, false));
        return pairs(hash, names);
      }
      default:
        return complain(node, `expected text, values, blocks or inline partials, got ${node.type}; n6 has no use for it`);
    }
  }

  function mustache(node: hbs.AST.MustacheStatement, names: readonly string[]): void {
    const called = nameOf(node.path);
    const isCall = node.params.length > 0 || hashOf(node.hash).length > 0;
    const changed = node as { path: Path; params: Expression[]; hash?: hbs.AST.Hash | undefined };
    const literal = textOf(node.path);
    if (!isCall && literal !== undefined) complain(node, `expected a value, got the text "${literal}"; write it without braces`);
    const value = isCall || (called !== undefined && Object.hasOwn(HELPERS, called) && !names.includes(called))
      ? call(node, called, node.params, node.hash, names, false) : path(node.path as Path, names, false);
    const original = String((node.path as Path).original ?? called);
    changed.path = internal(node, INTERNAL.print);
    changed.params = [value, numberNode(node, node.loc.start.line), stringNode(node, original)];
    changed.hash = undefined;
  }

  function block(node: hbs.AST.BlockStatement, names: readonly string[]): void {
    const called = nameOf(node.path);
    const isCall = node.params.length > 0;
    const changed = node as { path: Path; params: Expression[] };
    if (called !== undefined && isBlock(called) && !names.includes(called)) {
      if (node.params.length !== 1) complain(node, `expected one value for ${called}, got ${node.params.length}`);
      const [subject] = node.params;
      const value = argument(subject!, names, LENIENT.has(called));
      pairs(node.hash, names);
      changed.params = called === 'if' || called === 'unless'
        ? [sub(node, INTERNAL.call, [stringNode(node, 'or'), numberNode(node, node.loc.start.line), value])]
        : [sub(node, INTERNAL.section, [value, numberNode(node, node.loc.start.line), stringNode(node, called)])];
    } else if (isCall || (called !== undefined && Object.hasOwn(HELPERS, called) && !names.includes(called))) {
      complain(node, `expected a block of ${BLOCKS.join(', ')}, got "${called ?? ''}"${suggestion(called, BLOCKS)}`);
    } else {
      // A section of Mustache, by whether it is a list.
      complain(node, `expected a block of ${BLOCKS.join(', ')}; write {{#each ${String((node.path).original)}}} or {{#if …}}`);
    }
    program(node.program, names);
    if (node.inverse !== undefined) program(node.inverse, names);
  }

  function call(
    node: Node, called: string | undefined, params: readonly Expression[], hash: hbs.AST.Hash | undefined, names: readonly string[], lenient: boolean,
  ): Expression {
    const helper = called === undefined || !Object.hasOwn(HELPERS, called) ? undefined : HELPERS[called];
    if (helper === undefined) complain(node, `expected the name of a helper, got "${called ?? ''}"${suggestion(called, Object.keys(HELPERS))}`);
    const { least, most, usage } = helper;
    if (hashOf(hash).length > 0) complain(node, `expected ${usage}, without names for its values`);
    if (params.length < least || params.length > most) complain(node, `expected ${usage}, got ${params.length} values`);
    if (called === 'env') uses.add('env');
    const mayFail = lenient && (called === 'lookup' || called === 'env' || called === 'first');
    const values = params.map((one, index) => argument(one, names, helper.lenient === true || (called === 'where' && index > 0)));
    return sub(node, mayFail ? INTERNAL.mayCall : INTERNAL.call, [stringNode(node, called!), numberNode(node, node.loc.start.line), ...values]);
  }

  function argument(node: Expression, names: readonly string[], lenient: boolean): Expression {
    if (node.type === 'PathExpression') return path(node as Path, names, lenient);
    if (node.type !== 'SubExpression') return node;
    const { path: callee, params, hash } = node as hbs.AST.SubExpression;
    return call(node, nameOf(callee), params, hash, names, lenient);
  }

  /** The first part is left to Handlebars, which knows what is around it; the others are looked at one by one. */
  function path(node: Path, names: readonly string[], lenient: boolean): Expression {
    const parts = node.parts;
    note(node);
    const { line } = node.loc.start;
    const isParameter = parts[0] !== undefined && node.depth === 0 && !/^\.|this\b/.test(node.original) && names.includes(parts[0]);
    const isNamed = node.data || isParameter;
    const base: Path = { ...node, parts: isNamed ? parts.slice(0, 1) : [] };
    const rest = isNamed ? parts.slice(1) : parts;
    return sub(node, lenient ? INTERNAL.mayBe : INTERNAL.field,
      [base, numberNode(node, line), stringNode(node, node.original), ...rest.map((part) => stringNode(node, part))]);
  }

  function note({ parts, data }: Path): void {
    const names = parts;
    const known = (name: string | undefined): name is Root => (ROOTS as readonly string[]).includes(name ?? '');
    const first = data && names[0] === 'root' ? names[1] : names[0];
    if (known(first)) uses.add(first);
    else if (first === undefined) for (const root of ROOTS) uses.add(root);
  }

  function pairs(hash: hbs.AST.Hash | undefined, names: readonly string[]): void {
    for (const pair of hashOf(hash)) (pair as { value: Expression }).value = argument(pair.value, names, false);
  }

  return { program };
}

const hashOf = (hash: hbs.AST.Hash | undefined): readonly hbs.AST.HashPair[] => hash?.pairs ?? [];
const textOf = (node: Expression): string | undefined =>
  (node.type === 'StringLiteral' || node.type === 'NumberLiteral' ? String((node as hbs.AST.StringLiteral).value) : undefined);

/** The name of what is called; undefined for a path of several parts. */
function nameOf(node: Expression): string | undefined {
  if (node.type !== 'PathExpression') return undefined;
  const { parts, data, depth, original } = node as Path;
  return !data && depth === 0 && parts.length === 1 && original === parts[0] ? parts[0] : undefined;
}

const suggestion = (word: string | undefined, known: readonly string[]): string => {
  const near = word === undefined ? undefined : nearest(word.slice(0, 40), known);
  return near === undefined ? `; these are known: ${known.join(' ')}` : `; did you mean "${near}"?`;
};

const internal = ({ loc }: Node, name: string): Path =>
  ({ type: 'PathExpression', data: false, depth: 0, parts: [name], original: name, loc }) as unknown as Path;
const stringNode = ({ loc }: Node, value: string): Expression => ({ type: 'StringLiteral', value, original: value, loc }) as unknown as Expression;
const numberNode = ({ loc }: Node, value: number): Expression => ({ type: 'NumberLiteral', value, original: value, loc }) as unknown as Expression;
const sub = (node: Node, name: string, params: Expression[]): Expression =>
  ({ type: 'SubExpression', path: internal(node, name), params, hash: undefined, loc: node.loc }) as unknown as Expression;
