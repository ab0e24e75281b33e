/** Who was in the cluster: where nobody can be asked in the next life, this is all that is known. */
import { MEMBER_STATUSES, type Member } from '../members.ts';
import { list, natural, object, oneOf, optional, record, text, type Codec } from './codec.ts';

/** `source`: who said so; `at`: when each was last told of, ISO 8601. */
export type SavedMembers = Readonly<{ source: string; members: readonly (Member & Readonly<{ at: string }>)[] }>;

export const NOBODY: SavedMembers = { source: 'none', members: [] };

export const membersCodec: Codec<SavedMembers> = object<SavedMembers>({
  source: text,
  members: list(object({
    name: text, address: text, port: optional(natural), role: text, tags: record(text), status: oneOf(...MEMBER_STATUSES), at: text,
  })),
});
