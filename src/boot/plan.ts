/** What one life of the supervisor is to be: found out by whoever boots it, carried out by life.ts. */
import type { MembershipPlan } from '../core/membership-plan.ts';
import type { SavedLife } from '../core/persist/life.ts';
import type { Settings } from '../core/settings.ts';
import type { KernelListeners, LinuxKernel, Successor } from '../kernel/kernel.ts';
import type { Catalogue } from '../supervisor/catalogue.ts';
import type { ContainerCatalogue } from './catalogues.ts';
import type { Layout } from './layout.ts';
import type { Log } from './log.ts';
import type { Image } from './overlay/image.ts';
import type { Finder } from './rescue.ts';
import type { LazyYaml } from './yaml.ts';

export type Plan = Readonly<{
  kernel: LinuxKernel;
  /** Who listens to the kernel, said here: it had to exist before the runtime directory could be locked. */
  listen(listeners: KernelListeners, signal: (signal: string) => void): void;
  log: Log;
  settings: Settings;
  /** Who knows the members of the cluster; undefined: nobody but the handlers of an agent. */
  membership: MembershipPlan | undefined;
  layout: Layout;
  catalogue: Catalogue;
  yaml: LazyYaml;
  /** What services get, and scripts of the boot. */
  environment: readonly Buffer[];
  /** What CMD gets. */
  commandEnvironment: readonly Buffer[];
  /** Directory of the n6 installation; undefined: started without a launcher. */
  home: string | undefined;
  /** Milliseconds for the whole ordered shutdown. */
  grace: number;
  /** What the image has of s6-overlay; undefined: nothing. */
  image: Readonly<{ image: Image; catalogue: ContainerCatalogue }> | undefined;
  searchPath: string;
  command: readonly string[];
  hookDirectory: string;
  templateDirectory: string;
  watch: boolean;
  /** Milliseconds between looks for new services; undefined: only when asked. */
  rescanPeriod?: number | undefined;
  /** Called when s6-svscanctl can be used, before the first service is started. */
  listening?: (() => void) | undefined;
  /** Signals that came before anybody listened. */
  earlySignals: readonly string[];
  /** What an earlier life of this process has left; undefined: this is the first. */
  saved: SavedLife | undefined;
  /** Where that was; it is deleted when all has been taken over. */
  stateFile: string | undefined;
  /** Nothing of that could be read: `saved` is made of what was found. */
  lost: boolean;
  /** Finds what runs of a service of which that has said nothing; undefined: it has said all. */
  find: Finder | undefined;
  /** How this process becomes n6 once more, with what it leaves in this file. `commandPid`: of CMD. */
  successor(stateFile: string, commandPid?: number): Successor;
}>;
