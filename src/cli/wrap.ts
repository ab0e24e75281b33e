/** Text in lines of at most `columns` characters, broken at blanks; undefined: one line. A word that is longer has a line of its own. */
export function wrap(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && [...longer].length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\n');
}
