/** What the image has of s6-overlay: what there is not costs nothing. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Settings } from '../../core/settings.ts';
import type { Generation } from '../../core/overlay-messages.ts';

export type Image = Readonly<{
  /** 3 where /etc/s6-overlay is there; v1 and v2 look alike. */
  generation: Generation;
  /** Directories of the stages; under S6_RUNTIME_PROFILE those of the profile. */
  attributes: string;
  initScripts: string;
  finishScripts: string;
  /** Directories that hold s6-rc sources, in the order in which they are read. */
  sources: readonly string[];
  /** Directories `user/contents.d` and `user2/contents.d` (spec 5.9). */
  bundles: string;
}>;

/** undefined: an image that knows nothing of s6-overlay. Its services get the container's environment as it is. */
export function findImage(environment: Readonly<Record<string, string>>, settings: Settings): Image | undefined {
  const profile = settings.S6_RUNTIME_PROFILE;
  const etc = profile === undefined ? '/etc' : path.join('/etc/cont-profile.d', path.basename(profile));
  const attributes = path.join(etc, 'fix-attrs.d');
  const initScripts = path.join(etc, 'cont-init.d');
  const finishScripts = path.join(etc, 'cont-finish.d');
  const sources = ['/package/admin/s6-overlay/etc/s6-rc/sources', `${etc}/s6-overlay/s6-rc.d`];
  const third = existsSync('/etc/s6-overlay') || sources.some(existsSync);
  const asked = Object.keys(environment).some((name) => name.startsWith('S6_'));
  if (!third && !asked && ![attributes, initScripts, finishScripts].some(hasEntries)) return undefined;
  return {
    generation: third ? 3 : 2,
    attributes, initScripts, finishScripts,
    sources: sources.filter(existsSync),
    bundles: settings.S6_RUNTIME_BUNDLEDIR,
  };
}

/** The layer brings these directories, empty; `.gitkeep` and the like are nobody's script (spec/corpus 2.7, 9). */
function hasEntries(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => !name.startsWith('.'));
  } catch {
    return false;
  }
}
