/** A document as it is written: plain values that know their line. Everything hostile in a file is met here. */
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';

export type Written = Readonly<{ line: number } & (
  | { kind: 'map'; entries: readonly Entry[] }
  | { kind: 'list'; items: readonly Written[] }
  | { kind: 'text'; text: string }
  /** `text`: as it is written, such as `0o27` or `1.50`. */
  | { kind: 'number'; number: number; text: string }
  | { kind: 'flag'; flag: boolean; text: string }
  | { kind: 'nothing' }
)>;
export type Entry = Readonly<{ key: string; line: number; value: Written }>;
export type Kind = Written['kind'];

/** Something wrong with the text itself. */
export type Flaw = Readonly<{ line: number; value: string | undefined; expected: string; remedy: string }>;

/** Signs that mean something to YAML: what its parser's time and stack grow with. */
const MOST_SIGNS = 20_000;
const SIGN = /[[\]{},&*!"'?\n]|[:-](?=\s|$)/g;
/** The parser recurses for each: far below what exhausts the stack, which ends the process (V8's compiler of regular expressions). */
const MOST_BRACKETS = 4096;
const MOST_NODES = 5000;
const MOST_ALIASES = 100;
const DEEPEST = 20;
const MOST_FLAWS = 20;

/** undefined for an empty document. Never throws, and takes no time that is worth speaking of whatever it is given. */
export function readText(text: string): { written: Written | undefined; flaws: Flaw[] } {
  const early = tooMuch(text);
  if (early !== undefined) return { written: undefined, flaws: [early] };
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, schema: 'core', version: '1.2', logLevel: 'error' });
  } catch (error) {
    return { written: undefined, flaws: [{ line: 1, value: undefined, expected: 'YAML', remedy: `it cannot be understood: ${String(error).slice(0, 100)}` }] };
  }
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const flaws = [...document.errors, ...document.warnings].slice(0, MOST_FLAWS)
    .map(({ code, message, pos }) => ({ line: lineAt(pos[0]), value: undefined, expected: 'YAML', remedy: REMEDIES[code] ?? plainer(message) }));
  if (flaws.length > 0) return { written: undefined, flaws };
  try {
    const written = document.contents === null ? undefined : walker(lineAt, flaws)(document.contents);
    return { written: flaws.length > 0 ? undefined : written, flaws };
  } catch (error) {
    if (error instanceof Beyond) return { written: undefined, flaws: [error.flaw] };
    return { written: undefined, flaws: [{ line: 1, value: undefined, expected: 'YAML', remedy: String(error).slice(0, 100) }] };
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'one document and no more; take away what follows the line ---',
  TAB_AS_INDENT: 'indent with blanks, not with tabs',
  TAG_RESOLVE_FAILED: 'leave out the tag (a word that begins with !)',
};

const plainer = (message: string): string => message.replace(/\s+/g, ' ').slice(0, 160);

function tooMuch(text: string): Flaw | undefined {
  const directive = /^%/m.exec(text);
  if (directive !== null) {
    return { line: lineOf(text, directive.index), value: undefined, expected: 'YAML 1.2 without directives', remedy: 'take away the line that begins with %' };
  }
  let signs = 0;
  let brackets = 0;
  for (const { 0: sign, index } of text.matchAll(SIGN)) {
    if (sign === '[' || sign === '{') brackets++;
    if (++signs <= MOST_SIGNS && brackets <= MOST_BRACKETS) continue;
    return { line: lineOf(text, index), value: undefined, expected: 'a file of the size that a person writes', remedy: 'keep data in files of their own' };
  }
  return undefined;
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** The walk is given up. */
class Beyond extends Error {
  readonly flaw: Flaw;
  constructor(flaw: Flaw) {
    super(flaw.expected);
    this.flaw = flaw;
  }
}

function walker(lineAt: (offset: number) => number, flaws: Flaw[]): (root: unknown) => Written {
  let nodes = 0;
  let aliases = 0;
  const lineIn = (node: Node, otherwise: number): number => (node.range === null || node.range === undefined ? otherwise : lineAt(node.range[0]));
  const stop = (line: number, expected: string, remedy: string): never => {
    throw new Beyond({ line, value: undefined, expected, remedy });
  };
  const anchors = new Map<string, Node>();
  return (root) => walk(root, 0, 1);

  /** In the order of the file, so that an alias means the last anchor before it (YAML 1.2, 3.2.2.2). */
  function walk(node: unknown, depth: number, parentLine: number): Written {
    if (++nodes > MOST_NODES) stop(parentLine, `at most ${MOST_NODES} values`, 'what aliases (*name) stand for counts each time');
    if (depth > DEEPEST) stop(parentLine, `at most ${DEEPEST} levels`, 'no key of a service needs more than five');
    if (node === null || node === undefined) return { kind: 'nothing', line: parentLine };
    if (isAlias(node)) {
      const line = lineIn(node, parentLine);
      if (++aliases > MOST_ALIASES) stop(line, `at most ${MOST_ALIASES} aliases (*name)`, 'write the values out');
      const target = anchors.get(node.source);
      // What it is inside of is not among them yet: that would never end.
      if (target !== undefined) return { ...walk(target, depth + 1, line), line };
      const name = node.source.slice(0, 60);
      return stop(line, `an anchor &${name} before *${name}`, 'text that begins with * is written in quotes; an alias may not be inside of what it stands for');
    }
    const line = lineIn(node as Node, parentLine);
    const written = walkValue(node, depth, line);
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) anchors.set(anchor, node as Node);
    return written;
  }

  function walkValue(node: unknown, depth: number, line: number): Written {
    if (isScalar(node)) return scalar(node.value, node.source ?? '', line);
    if (isSeq(node)) return { kind: 'list', line, items: node.items.map((item) => walk(item, depth + 1, line)) };
    if (!isMap(node)) return stop(line, 'a value', isCollection(node) ? 'write a list or a mapping' : 'write text, a number, a list or a mapping');
    const seen = new Map<string, number>();
    const entries = node.items.filter(isPair).map((pair): Entry => {
      const key = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : undefined;
      const keyLine = isScalar(pair.key) ? lineIn(pair.key, line) : line;
      const flaw = (expected: string, remedy: string): void => void flaws.push({ line: keyLine, value: key?.slice(0, 60), expected, remedy });
      if (key === undefined) flaw('the name of a key before each colon', 'text in braces or beginning with * needs quotes');
      const before = seen.get(key ?? '');
      if (before !== undefined) flaw('each key once', `it is in line ${before}, too; take one of them away`);
      else seen.set(key ?? '', keyLine);
      return { key: key ?? '', line: keyLine, value: walk(pair.value, depth + 1, keyLine) };
    });
    return { kind: 'map', line, entries };
  }

  function scalar(value: unknown, source: string, line: number): Written {
    switch (typeof value) {
      case 'string': return { kind: 'text', text: value, line };
      case 'number': return { kind: 'number', number: value, text: source, line };
      case 'boolean': return { kind: 'flag', flag: value, text: source, line };
      default: return { kind: 'nothing', line };
    }
  }
}
