/** What graph.ts left out, or passed over, and the sentences about it. */
import type { Field } from './graph.ts';
import type { Problem } from './messages.ts';

export type Fault =
  | { type: 'twice'; name: string }
  /** `of`: whose file names `target`. */
  | { type: 'unknown'; of: string; field: Field; target: string; near: string | undefined }
  /** Each points at the next by the field of the same place, the last one at the first. */
  | { type: 'cycle'; path: readonly string[]; fields: readonly Field[] }
  /** It needs something that was left out. */
  | { type: 'lost'; name: string; needs: string };

const VERBS: Readonly<Record<Field, string>> = { needs: 'needs', wants: 'wants', after: 'comes after', contents: 'contains' };

/** As a sentence without the file, which only the reader of the sources knows. */
export function faultText(fault: Fault): string {
  switch (fault.type) {
    case 'twice': return `${fault.name} is defined twice; the first definition counts`;
    case 'unknown':
      return `${fault.of} ${VERBS[fault.field]} ${fault.target}, which does not exist`
        + (fault.near === undefined ? '' : `; did you mean "${fault.near}"?`);
    case 'cycle': {
      const edges = fault.path.map((name, index) => `${name} ${VERBS[fault.fields[index]!]} ${fault.path[index + 1] ?? fault.path[0]}`);
      const chain = fault.path.map((name, index) => `${name} ${VERBS[fault.fields[index]!]} `).join('') + fault.path[0];
      const dropped = isSoft(fault) ? `; what does not count: ${edges.filter((_, index) => fault.fields[index] !== 'needs').join(', ')}` : '';
      return `${chain}: none of them can come first${dropped}`;
    }
    case 'lost': return `${fault.name} needs ${fault.needs}, which was left out`;
  }
}

/** Everybody is there all the same: what was asked for is passed over. */
export function isSoft(fault: Fault): boolean {
  if (fault.type === 'unknown') return fault.field === 'wants' || fault.field === 'after';
  return fault.type === 'cycle' && fault.fields.some((field) => field === 'wants' || field === 'after');
}

/** Services that were left out because of it. */
export function leftOut(fault: Fault): readonly string[] {
  if (isSoft(fault)) return [];
  switch (fault.type) {
    case 'twice': return [];
    case 'unknown': return fault.field === 'needs' ? [fault.of] : [];
    case 'cycle': return fault.fields[0] === 'needs' ? fault.path : [];
    case 'lost': return [fault.name];
  }
}

/** `place`: the file that says it, of a service or bundle and, where it is known, of one of its fields. */
export function faultProblem(fault: Fault, place: (name: string, field?: Field) => string): Problem {
  const text = faultText(fault);
  const about = (service: string, file: string, value: string, expected: string, what: string): Problem =>
    ({ service, file, value, expected, remedy: `${text}${what}` });
  switch (fault.type) {
    case 'twice': return about(fault.name, place(fault.name), fault.name, 'a name that is defined once', '; rename the other');
    case 'unknown':
      return about(fault.of, place(fault.of, fault.field), fault.target, 'a name that is defined',
        fault.near === undefined ? '; define it, or take the name away' : '');
    case 'cycle': {
      const [first] = fault.path as [string];
      return about(first, place(first), fault.path.join(' '), 'dependencies without a circle', '; take one of them away');
    }
    case 'lost': return about(fault.name, place(fault.name), fault.needs, 'a dependency that can run', '; mend that one');
  }
}
