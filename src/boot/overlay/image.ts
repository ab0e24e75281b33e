/** What the image has of s6-overlay: what there is not costs nothing. */
import { existsSync, readdirSync } from 'node:fs';
import type { Settings } from '../../core/settings.ts';
import type { Generation } from '../../core/overlay-messages.ts';
import { stagesOf, type Stages } from '../../image/stages.ts';

/** `sources`: only those that are there. */
export type Image = Stages & Readonly<{
  /** 3 where /etc/s6-overlay is there; v1 and v2 look alike. */
  generation: Generation;
}>;

/** undefined: an image that knows nothing of s6-overlay. Its services get the container's environment as it is. */
export function findImage(environment: Readonly<Record<string, string>>, settings: Settings): Image | undefined {
  const stages = stagesOf(settings);
  const { attributes, initScripts, finishScripts, sources } = stages;
  const third = existsSync('/etc/s6-overlay') || sources.some(existsSync);
  const asked = Object.keys(environment).some((name) => name.startsWith('S6_'));
  if (!third && !asked && ![attributes, initScripts, finishScripts].some(hasEntries)) return undefined;
  return { ...stages, generation: third ? 3 : 2, sources: sources.filter(existsSync) };
}

/** The layer brings these directories, empty; `.gitkeep` and the like are nobody's script (spec/corpus 2.7, 9). */
function hasEntries(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => !name.startsWith('.'));
  } catch {
    return false;
  }
}
