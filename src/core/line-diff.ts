/** Two texts beside each other, line by line, as diff -u shows them. Pure. */

/** Lines around a change that are shown. */
const CONTEXT = 3;
/** The table that finds what is common grows with the product of both: beyond it, all that differs is one change. */
const MOST_CELLS = 4_000_000;

type Edit = Readonly<{ sign: ' ' | '-' | '+'; line: string }>;

/** Hunks with their heads, without the two lines that name the files; empty: no line differs. */
export function lineDiff(before: string, after: string): string[] {
  const edits = editsOf(linesOf(before), linesOf(after));
  const shown = edits.map(() => false);
  edits.forEach(({ sign }, at) => {
    if (sign === ' ') return;
    for (let i = Math.max(0, at - CONTEXT); i <= Math.min(edits.length - 1, at + CONTEXT); i++) shown[i] = true;
  });
  const said: string[] = [];
  let [from, to] = [1, 1];
  for (let at = 0; at < edits.length;) {
    if (!shown[at]) {
      if (edits[at]!.sign !== '+') from++;
      if (edits[at]!.sign !== '-') to++;
      at++;
      continue;
    }
    let end = at;
    while (end < edits.length && shown[end]) end++;
    const hunk = edits.slice(at, end);
    const [removed, added] = [hunk.filter(({ sign }) => sign !== '+').length, hunk.filter(({ sign }) => sign !== '-').length];
    said.push(`@@ -${removed === 0 ? from - 1 : from},${removed} +${added === 0 ? to - 1 : to},${added} @@`, ...hunk.map(({ sign, line }) => sign + line));
    from += removed;
    to += added;
    at = end;
  }
  return said;
}

const linesOf = (text: string): string[] => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => ({ sign: ' ', line }));
  return [
    ...same(before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
}

/** By the longest common subsequence. */
function middle(before: readonly string[], after: readonly string[]): Edit[] {
  const removed = before.map((line): Edit => ({ sign: '-', line }));
  const added = after.map((line): Edit => ({ sign: '+', line }));
  if (before.length * after.length > MOST_CELLS || before.length === 0 || after.length === 0) return [...removed, ...added];
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? common[(i + 1) * width + j + 1]! + 1
        : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      edits.push({ sign: ' ', line: before[i]! });
      i++;
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) {
      edits.push(removed[i++]!);
    } else {
      edits.push(added[j++]!);
    }
  }
  return [...edits, ...removed.slice(i), ...added.slice(j)];
}
