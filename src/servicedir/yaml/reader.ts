/** Reads `service.yaml`: the same for the supervisor and for `svc check`. The only door to the parser; imported when a file of that name is seen. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PLAIN, type Policy } from '../../core/policy.ts';
import { problemText, type Problem } from '../../core/messages.ts';
import { readSmallText } from './file.ts';
import { SERVICE_SHAPE, type ServiceYaml } from './keys.ts';
import { YAML_FILE, type Answer, type Asked, type YamlReader } from './port.ts';
import { checkTogether, conflicts, type Tell } from './rules.ts';
import { toPolicy } from './to-policy.ts';
import { readText } from './written.ts';

export type ReaderOptions = Readonly<{
  /** A variable of the container. Absent: `enabled-if` is not asked, everything is there. */
  variable?: ((name: string) => string | undefined) | undefined;
  /** What only `svc check` can tell, as problems that are no faults. */
  check?: ((yaml: ServiceYaml, asked: Asked, tell: Tell) => void) | undefined;
}>;

/** More than a person reads. */
const MOST_PROBLEMS = 50;

export const createYamlReader = ({ variable, check }: ReaderOptions = {}): YamlReader => (asked) => {
  const file = path.join(asked.directory, YAML_FILE);
  const faults: Problem[] = [];
  const lines = new Map<string, number>();
  const place = (key: string): string => {
    const line = lines.get(key) ?? lines.get(key.split('.')[0]!);
    return line === undefined ? file : `${file}:${line}`;
  };
  const complain = (line: number, value: string | undefined, expected: string, remedy: string): void => {
    if (faults.length >= MOST_PROBLEMS) return;
    faults.push({ service: asked.service, file: `${file}:${line}`, value, expected: plain(expected), remedy: plain(remedy) });
  };
  const problem = (key: string, value: string | undefined, expected: string, remedy: string): Problem =>
    ({ service: asked.service, file: place(key), value, expected: plain(expected), remedy: plain(remedy) });
  const tell: Tell = (...said) => void faults.push(problem(...said));
  const answer = (policy: Omit<Policy, 'faults'>, disabled?: string, others: readonly Problem[] = []): Answer =>
    ({ policy: { ...policy, faults: faults.map(problemText) }, problems: [...faults, ...others], disabled, place });

  const content = readSmallText(asked.find(file), file);
  if (!('text' in content)) {
    complain(content.line ?? 1, content.value, content.expected, content.remedy);
    return answer(PLAIN);
  }
  const { written, flaws } = readText(content.text);
  for (const { line, value, expected, remedy } of flaws) complain(line, value, expected, remedy);
  if (written === undefined || written.kind === 'nothing') return answer(PLAIN);
  const yaml = SERVICE_SHAPE.read(written, { path: '', complain, note: (key, line) => void lines.set(key, line) });
  if (yaml === undefined) return answer(PLAIN);
  conflicts(asked.present, (key) => lines.has(key), tell);
  checkTogether(yaml, asked.service, tell);
  const others: Problem[] = [];
  check?.(yaml, asked, (...said) => void others.push(problem(...said)));
  return answer(toPolicy(yaml, asked.service, asked.directory), variable === undefined ? undefined : whyDisabled(yaml['enabled-if'], variable, asked), others);
};

/** What a person wrote may be in a sentence, and must not break a line of the log. A value is quoted by who prints it. */
const plain = (sentence: string): string => sentence.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, ' ');

function whyDisabled(condition: ServiceYaml['enabled-if'], variable: (name: string) => string | undefined, { directory, find }: Asked): string | undefined {
  for (const wish of condition?.env ?? []) {
    const [, name, value] = /^([^=]+)(?:=([^]*))?$/.exec(wish)!;
    const is = variable(name!);
    const holds = value === undefined ? (is ?? '') !== '' : is === value;
    if (!holds) return `the variable ${name} ${is === undefined ? 'is not set' : is === '' ? 'is empty' : 'has another value'}`;
  }
  const missing = condition?.file?.find((file) => !existsSync(find(path.resolve(directory, file))));
  return missing === undefined ? undefined : `${missing} is not there`;
}
