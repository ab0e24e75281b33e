export type Cell = Readonly<{ text: string; paint?: (text: string) => string }>;

/**
 * Lines of aligned columns, two spaces between them, no trailing space. Where `columns` is given, the last column is
 * cut with … so that a line fits; the others are not, because they are names and numbers that somebody copies. Only where names leave
 * no room for anything else are they cut, too: whole they are in a pipe.
 */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[], columns: number | undefined): string[] {
  const all = [heading.map((text): Cell => ({ text })), ...rows];
  const last = heading.length - 1;
  const widths = heading.map((_, index) => Math.max(...all.map((row) => width(row[index]!.text))));
  const others = widths.slice(1, last).reduce((sum, each) => sum + each + GAP, 0);
  if (columns !== undefined) widths[0] = Math.min(widths[0]!, Math.max(LEAST_NAME, columns - others - GAP - Math.min(widths[last]!, LEAST_LAST)));
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + GAP, 0);
  const room = columns === undefined ? Infinity : Math.max(widths[last] === 0 ? 0 : 4, columns - before);
  return all.map((row) => row
    .map(({ text, paint }, index) => {
      const cut = fitted(text, index === last ? room : index === 0 ? widths[0]! : Infinity);
      const padding = index === last ? '' : ' '.repeat(widths[index]! - width(cut));
      return (paint?.(cut) ?? cut) + padding;
    })
    .join(' '.repeat(GAP))
    .trimEnd());
}

const GAP = 2;
/** Names are never cut to less, and for the last column not to more than leaves it so much. */
const LEAST_NAME = 16;
const LEAST_LAST = 12;
const fitted = (text: string, room: number): string => (width(text) > room ? `${[...text].slice(0, room - 1).join('')}…` : text);
const width = (text: string): number => [...text].length;
