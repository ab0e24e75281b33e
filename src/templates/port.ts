/** Templates as others know them: nothing of them is loaded before a file of `templates.d` is seen. */
import type { RenderResult, TemplateStatus } from '../control/backend.ts';
import type { Problem } from '../core/messages.ts';
import type { TemplateFailure } from '../core/template.ts';
import type { Root } from './strict.ts';

export type Templates = Readonly<{
  /** Reads the directory anew: what is new or edited is rendered at once. Gives what is wrong in it. */
  look(): readonly Problem[];
  /** Something that templates may see is another than before. */
  changed(root: Root): void;
  /** All of them are rendered, without waiting for quiet. */
  renderAll(): void;
  /** Sorted by name. */
  list(): readonly TemplateStatus[];
  /** In the order of `names`, which are known. Resolves when all have ended. */
  render(names: readonly string[], dry: boolean): Promise<readonly RenderResult[]>;
  /** What is wrong with the files of a service; undefined: nothing. `next`: monotonic. */
  wrong(service: string): Readonly<{ name: string; failure: TemplateFailure; tries: number; next: number | undefined; hasGood: boolean }> | undefined;
  /** Services that read a file of a template, and which template that is. */
  readers(): readonly Readonly<{ service: string; template: string }>[];
  /** What is to be watched: files with data always, sources and what describes them where people edit. */
  files(): Readonly<{ data: readonly string[]; written: readonly string[] }>;
  /** No further step is begun; resolves when none touches the disk. */
  freeze(): Promise<void>;
  thaw(): void;
  /** For good. */
  stop(): void;
}>;
