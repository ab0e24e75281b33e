/** Reads n6.yaml, and the file of members that it may name: the same for the supervisor and for `svc check`. Imported when such a file is there. */
import path from 'node:path';
import type { MembershipPlan, StaticMember, StaticPlan } from '../../core/membership-plan.ts';
import type { Problem } from '../../core/messages.ts';
import { readSmallText } from './file.ts';
import { MEMBERS, N6_SHAPE, type WrittenMembership } from './n6-keys.ts';
import { toMembers, toMembershipPlan, type Variable } from './n6-plan.ts';
import { keyOf, SETTING_NAMES } from './n6-settings.ts';
import type { Tell } from './rules.ts';
import type { Shape } from './shape.ts';
import { readText } from './written.ts';

export type N6File = Readonly<{
  /** Settings by the names of their variables, as these would have them. */
  variables: Readonly<Record<string, string>>;
  membership: MembershipPlan | undefined;
  problems: readonly Problem[];
}>;

/** More than a person reads. */
const MOST_PROBLEMS = 50;

/** `file`: absolute, as it is called; `place`: where it is. What is wrong is left out and told. Never throws. */
export function readN6File(file: string, variable?: Variable, place = file): N6File {
  const { read, problems, tell } = readWhole(file, place, N6_SHAPE);
  if (read === undefined) return { variables: {}, membership: undefined, problems };
  const given = read as Readonly<Record<string, unknown>>;
  const variables = Object.fromEntries(SETTING_NAMES.flatMap((name) => (given[keyOf(name)] === undefined ? [] : [[name, given[keyOf(name)] as string]])));
  const membership = given['membership'] as WrittenMembership | undefined;
  return { variables, membership: membership === undefined ? undefined : toMembershipPlan(membership, path.dirname(file), variable, tell), problems };
}

/** Members of `plan.file`; undefined: it cannot be understood, or read, and `problems` say why. Never throws. */
export function readMembersFile({ file, common }: Pick<StaticPlan, 'common'> & { file: string }): { members: StaticMember[] | undefined; problems: Problem[] } {
  const { read, problems, isEmpty } = readWhole(file, file, MEMBERS);
  if (problems.length > 0) return { members: undefined, problems };
  return { members: isEmpty ? [] : toMembers(read ?? [], common), problems };
}

function readWhole<T>(file: string, place: string, shape: Shape<T>): { read: T | undefined; problems: Problem[]; tell: Tell; isEmpty: boolean } {
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  const complain = (line: number | undefined, value: string | undefined, expected: string, remedy: string): void => {
    if (problems.length >= MOST_PROBLEMS) return;
    problems.push({ service: '', file: line === undefined ? file : `${file}:${line}`, value, expected: plain(expected), remedy: plain(remedy) });
  };
  const tell: Tell = (key, value, expected, remedy) => complain(lines.get(key) ?? lines.get(key.split('.')[0]!), value, expected, remedy);
  const content = readSmallText(place, file);
  if (!('text' in content)) {
    complain(content.line, content.value, content.expected, content.remedy);
    return { read: undefined, problems, tell, isEmpty: false };
  }
  const { written, flaws } = readText(content.text);
  for (const { line, value, expected, remedy } of flaws) complain(line, value, expected, remedy);
  if (written === undefined || written.kind === 'nothing') return { read: undefined, problems, tell, isEmpty: flaws.length === 0 };
  const read = shape.read(written, { path: '', complain, note: (key, line) => void lines.set(key, line) });
  return { read, problems, tell, isEmpty: false };
}

/** What a person wrote may be in a sentence, and must not break a line of the log. A value is quoted by who prints it. */
const plain = (sentence: string): string => sentence.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, ' ');
