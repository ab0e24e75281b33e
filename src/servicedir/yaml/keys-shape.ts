/** A mapping of known keys. */
import { nearest } from '../../core/messages.ts';
import { below, orList, refuse, type JsonSchema, type Key, type Keys, type Read, type Shape } from './shape.ts';

/** `one`: exactly one of them must be there; `some`: at least one. */
export type Presence = Readonly<{ one?: readonly string[]; some?: readonly string[] }>;

/** A broken key is left out of what is read, and told: the rest of the mapping stands. */
export function keys<K extends Keys>(known: K, presence: Presence = {}): Shape<Read<K>> {
  const names = Object.keys(known);
  const required = names.filter((name) => known[name]!.required);
  const expected = `a mapping of ${names.length > 6 ? 'keys' : names.join(', ').replace(/, ([^,]*)$/, ' and $1')}`;
  return {
    expected,
    kinds: ['map'],
    nested: known,
    schema: {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, described(known[name]!)])),
      additionalProperties: false,
      ...(required.length > 0 ? { required } : {}),
      ...(presence.one === undefined ? {} : { oneOf: presence.one.map((name) => ({ required: [name] })) }),
      ...(presence.some === undefined ? {} : { anyOf: presence.some.map((name) => ({ required: [name] })) }),
    },
    read(written, at) {
      if (written.kind !== 'map') return refuse(written, at, expected, 'write a line "key: value" for each');
      const read: Record<string, unknown> = {};
      for (const { key, line, value } of written.entries) {
        const inside = below(at, key);
        if (!Object.hasOwn(known, key)) {
          const near = nearest(key.slice(0, 40), names);
          at.complain(line, key.slice(0, 60), at.path === '' ? 'a key of service.yaml' : `a key of ${at.path}`,
            near === undefined ? `these are known: ${names.join(' ')}` : `did you mean "${near}"?`);
          continue;
        }
        at.note(inside.path, line);
        const one = known[key]!.shape.read(value, inside);
        if (one !== undefined) read[key] = one;
      }
      const there = (name: string): boolean => written.entries.some(({ key }) => key === name);
      const wanting = required.filter((name) => !there(name));
      for (const name of wanting) {
        at.complain(written.line, undefined, `${at.path} to have the key ${name}`, `write it like this: ${name}: ${known[name]!.example}`);
      }
      const { one, some } = presence;
      const chosen = (one ?? some ?? []).filter(there);
      if ((one ?? some) !== undefined && chosen.length === 0) {
        return refuse(written, at, `a mapping with ${one === undefined ? 'at least' : 'exactly'} one of ${orList(one ?? some!)}`, 'write one of them');
      }
      if (one !== undefined && chosen.length > 1) {
        return refuse(written, at, `a mapping with only one of ${orList(one)}`, `take away all but one of ${chosen.join(', ')}`);
      }
      return wanting.length > 0 ? undefined : read as Read<K>;
    },
  };
}

/** `examples` are as they are written in YAML: whoever writes the schema parses them. */
const described = ({ shape, meaning, otherwise, example }: Key): JsonSchema =>
  ({ description: `${meaning[0]!.toUpperCase()}${meaning.slice(1)}. Default: ${otherwise}.`, examples: [example], ...shape.schema });
