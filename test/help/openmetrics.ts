/** A strict reader of OpenMetrics text, for what n6 writes: it throws where the specification (1.0.0) is not kept. */
export type ReadSample = Readonly<{ name: string; labels: Readonly<Record<string, string>>; value: number }>;

const SUFFIXES: Readonly<Record<string, readonly string[]>> = { gauge: [''], counter: ['_total'], info: ['_info'], histogram: ['_bucket', '_count', '_sum'] };

export function readOpenMetrics(text: string): { samples: readonly ReadSample[]; value(series: string): number | undefined } {
  const fail = (line: string, why: string): never => {
    throw new Error(`${why}: ${JSON.stringify(line)}`);
  };
  if (!text.endsWith('\n# EOF\n')) fail(text.slice(-20), 'the end is not # EOF');
  const samples: ReadSample[] = [];
  const series = new Map<string, number>();
  const families = new Set<string>();
  let family = '';
  let type = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const told = /^# (TYPE|UNIT|HELP) ([a-zA-Z_][\w:]*) (.*)$/s.exec(line);
    if (told !== null) {
      const [, what, name, rest] = told as unknown as [string, string, string, string];
      if (what === 'TYPE') {
        if (families.has(name) || !(rest in SUFFIXES)) fail(line, 'a family twice, or of an unknown type');
        families.add(name);
        [family, type] = [name, rest];
      } else if (name !== family || (what === 'UNIT' && !name.endsWith(`_${rest}`))) fail(line, 'not of this family');
      continue;
    }
    const [, name = '', , labelText = '', number = ''] = /^([a-zA-Z_]\w*)(\{(.*)\})? (\S+)$/s.exec(line) ?? fail(line, 'no sample');
    if (family === '' || !SUFFIXES[type]!.some((suffix) => name === family + suffix)) fail(line, `no sample of the ${type} ${family}`);
    const labels: Record<string, string> = {};
    const pair = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
    for (pair.lastIndex = 0; pair.lastIndex < labelText.length;) {
      const [, label, value] = pair.exec(labelText) ?? fail(line, 'no label');
      if (label! in labels) fail(line, 'a label twice');
      labels[label!] = value!.replace(/\\(.)/gs, (_, letter: string) => (letter === 'n' ? '\n' : letter));
    }
    const value = number === '+Inf' ? Infinity : Number(number);
    if (!/^(\+Inf|-?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(number)) fail(line, 'no number');
    const key = line.slice(0, line.lastIndexOf(' '));
    if (series.has(key)) fail(line, 'a series twice');
    if (type !== 'gauge' && value < 0) fail(line, 'less than nothing');
    series.set(key, value);
    samples.push({ name, labels, value });
  }
  return { samples, value: (key) => series.get(key) };
}
