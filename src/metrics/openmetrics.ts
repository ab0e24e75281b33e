/** Metrics as OpenMetrics text (version 1.0.0), which Prometheus and its relatives read. Pure. */

export type Sample = Readonly<{
  /** After the name of the family: `_total`, `_bucket` …; empty for a gauge. */
  suffix: '' | '_total' | '_bucket' | '_count' | '_sum' | '_info';
  labels: Readonly<Record<string, string>>;
  value: number;
}>;

export type Family = Readonly<{
  /** With its unit at the end, and without a suffix. */
  name: string;
  type: 'gauge' | 'counter' | 'histogram' | 'info';
  unit?: 'seconds' | 'bytes';
  help: string;
  samples: readonly Sample[];
}>;

/** Every family, also those without a sample: whoever reads learns what there could be. */
export function openMetrics(families: readonly Family[]): string {
  const lines = families.flatMap(({ name, type, unit, help, samples }) => [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ suffix, labels, value }) => `${name}${suffix}${labelText(labels)} ${numberText(value)}`),
  ]);
  return `${lines.join('\n')}\n# EOF\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

/** Bounds of buckets have to be floats: `1.0`. */
export const boundText = (bound: number): string => (bound === Infinity ? '+Inf' : Number.isInteger(bound) ? `${bound}.0` : String(bound));

const numberText = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value));
