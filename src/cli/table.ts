export type Cell = Readonly<{ text: string; paint?: (text: string) => string }>;

/**
 * Lines of aligned columns, two spaces between them, no trailing space. Where `columns` is given, the last column is
 * cut with … so that a line fits; the others never are, because they are names and numbers that somebody copies.
 */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[], columns: number | undefined): string[] {
  const all = [heading.map((text): Cell => ({ text })), ...rows];
  const last = heading.length - 1;
  const widths = heading.map((_, index) => Math.max(...all.map((row) => width(row[index]!.text))));
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + GAP, 0);
  const room = columns === undefined ? Infinity : Math.max(widths[last] === 0 ? 0 : 4, columns - before);
  return all.map((row) => row
    .map(({ text, paint }, index) => {
      const cut = index === last && width(text) > room ? `${[...text].slice(0, room - 1).join('')}…` : text;
      const padding = index === last ? '' : ' '.repeat(widths[index]! - width(cut));
      return (paint?.(cut) ?? cut) + padding;
    })
    .join(' '.repeat(GAP))
    .trimEnd());
}

const GAP = 2;
const width = (text: string): number => [...text].length;
