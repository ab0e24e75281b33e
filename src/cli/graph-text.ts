/** Dependencies as text that Mermaid and Graphviz draw. Pure. An arrow leads from a service to what it depends on. */
import type { ShownNode } from '../control/protocol.ts';
import { PUBLIC_STATES, type PublicState } from '../core/status.ts';
import { edgesOf, type Edge } from './dependencies.ts';

/** Colours that are legible on white and on black. */
const FILL: Readonly<Record<PublicState, string>> = {
  'down': '#d0d4d9', 'starting': '#ffe08a', 'up': '#a8e0a8', 'ready': '#7fd08a', 'stopping': '#ffe08a',
  'backing-off': '#ffc078', 'failed': '#ff9d9d', 'done': '#b5d8f0',
};

/** As a flowchart (mermaid.js.org, "Flowcharts"). */
export function mermaid(nodes: readonly ShownNode[]): string {
  const ids = idsOf(nodes);
  const edges = allEdges(nodes, ids);
  const states = PUBLIC_STATES.filter((state) => nodes.some((node) => node.kind !== 'bundle' && node.state === state));
  return [
    'flowchart LR',
    ...nodes.map((node) => {
      const [open, close] = SHAPE[node.kind];
      return `  ${ids.get(node.name)}${open}"${mermaidText(node.name)}"${close}${node.kind === 'bundle' ? '' : `:::${className(node.state)}`}`;
    }),
    ...edges.map(({ from, to, kind }) => `  ${from} ${MERMAID_ARROW[kind]} ${to}`),
    ...edges.flatMap(({ kind }, index) => (kind === 'wants' || kind === 'after' ? [`  linkStyle ${index} stroke-dasharray: ${DASHES[kind]}`] : [])),
    ...states.map((state) => `  classDef ${className(state)} fill:${FILL[state]},stroke:#555,color:#000`),
  ].join('\n');
}

const SHAPE: Readonly<Record<ShownNode['kind'], readonly [open: string, close: string]>> = { longrun: ['[', ']'], oneshot: ['([', '])'], bundle: ['[[', ']]'] };
const MERMAID_ARROW: Readonly<Record<Edge['kind'], string>> = { needs: '-->', wants: '-. wants .->', after: '-. after .->', contents: '---' };
const DASHES = { wants: '6 4', after: '1 4' } as const;

/** A hyphen could be taken for the beginning of an arrow. */
const className = (state: PublicState): string => state.replace('-', '');

/** Everything but letters, digits and a few harmless signs as a numeric entity: quotes, `#`, HTML, and Markdown lose their meaning. */
const mermaidText = (text: string): string =>
  [...text].map((character) => (/[\p{L}\p{N} ._/:@-]/u.test(character) ? character : `#${character.codePointAt(0)};`)).join('');

/** In the DOT language (graphviz.org, "DOT Language"). */
export function dot(nodes: readonly ShownNode[]): string {
  const ids = idsOf(nodes);
  return [
    'digraph services {',
    '  rankdir=LR;',
    '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="sans-serif"];',
    ...nodes.map((node) => `  ${ids.get(node.name)} [label="${dotText(node.name)}"${DOT_NODE[node.kind](node)}];`),
    ...allEdges(nodes, ids).map(({ from, to, kind }) => `  ${from} -> ${to} [${DOT_EDGE[kind]}];`),
    '}',
  ].join('\n');
}

const filled = ({ state }: ShownNode): string => `, fillcolor="${FILL[state]}", tooltip="${state}"`;
const DOT_NODE: Readonly<Record<ShownNode['kind'], (node: ShownNode) => string>> = {
  longrun: filled, oneshot: (node) => `, shape=ellipse${filled(node)}`, bundle: () => ', shape=folder',
};
const DOT_EDGE: Readonly<Record<Edge['kind'], string>> = {
  needs: 'style=solid', wants: 'style=dashed', after: 'style=dotted', contents: 'style=solid, arrowhead=none',
};

/** In a label `\` begins an escape, and `&` an entity. */
const dotText = (text: string): string => text
  .replace(/[\x00-\x1f\x7f]/g, ' ')
  .replace(/[\\"]/g, '\\$&')
  .replace(/&/g, '&amp;');

/** Names can be anything, and some, such as `end`, mean something to Mermaid. */
const idsOf = (nodes: readonly ShownNode[]): ReadonlyMap<string, string> => new Map(nodes.map(({ name }, index) => [name, `n${index}`]));

const allEdges = (nodes: readonly ShownNode[], ids: ReadonlyMap<string, string>): Readonly<{ from: string; to: string; kind: Edge['kind'] }>[] =>
  nodes.flatMap((node) => edgesOf(node).flatMap(({ to, kind }) => (ids.has(to) ? [{ from: ids.get(node.name)!, to: ids.get(to)!, kind }] : [])));
