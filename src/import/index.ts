/** From another supervisor's configuration to service directories: `svc import`. Loaded only for that. */
export { FORMATS } from './formats.ts';
export type { Imported } from './model.ts';
export { quote, script } from './script.ts';
export { treeOf } from './tree.ts';
export { occupied, writeTree } from './write.ts';
