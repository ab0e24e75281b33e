/** Names that s6-overlay brings itself, and to which images attach their own (spec 4.3 item 7; corpus 2.7, 12). */
import { ALONE, type Node } from '../../core/graph.ts';

const node = (name: string, kind: Node['kind'], fields: Partial<Node> = {}): Node => ({ ...ALONE, name, kind, ...fields });

/** What a boot brings up. */
export const TOP = 'top';

/** Of a directory with one of these names only dependencies and contents count: what it does, n6 does itself. */
export const BUILT_INS: readonly Node[] = [
  node(TOP, 'bundle', { contents: ['base', 'user', 'user2', 'legacy-services'] }),
  node('base', 'bundle', { contents: ['fix-attrs', 'legacy-cont-init'] }),
  node('user', 'bundle'),
  node('user2', 'bundle'),
  node('fix-attrs', 'oneshot'),
  node('legacy-cont-init', 'oneshot', { needs: ['fix-attrs'] }),
  node('legacy-services', 'oneshot', { needs: ['base', 'user'] }),
];

export const isBuiltIn = (name: string): boolean => BUILT_INS.some((built) => built.name === name);

/** s6-rc's own services: they do what n6 does without any. */
export const isReserved = (name: string): boolean => name.startsWith('s6rc-') || name.startsWith('s6-rc-');
