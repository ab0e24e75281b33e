/** Where images keep what s6-overlay starts: /etc, or what S6_RUNTIME_PROFILE chooses instead of it (spec 4.9). */
import path from 'node:path';
import type { Settings } from '../core/settings.ts';

/** Paths as the container sees them. */
export type Stages = Readonly<{
  /** Everything but `bundles` and what packages bring is below it. */
  directory: string;
  services: string;
  attributes: string;
  initScripts: string;
  finishScripts: string;
  /** Directories that hold s6-rc sources, in the order in which they are read. */
  sources: readonly string[];
  /** Directories `user/contents.d` and `user2/contents.d` (spec 5.9). */
  bundles: string;
}>;

export function stagesOf({ S6_RUNTIME_PROFILE: profile, S6_RUNTIME_BUNDLEDIR }: Settings): Stages {
  const etc = profile === undefined ? '/etc' : path.join('/etc/cont-profile.d', path.basename(profile));
  return {
    directory: etc,
    services: path.join(etc, 'services.d'),
    attributes: path.join(etc, 'fix-attrs.d'),
    initScripts: path.join(etc, 'cont-init.d'),
    finishScripts: path.join(etc, 'cont-finish.d'),
    sources: ['/package/admin/s6-overlay/etc/s6-rc/sources', path.join(etc, 's6-overlay/s6-rc.d')],
    bundles: S6_RUNTIME_BUNDLEDIR,
  };
}
