/** How services are started: the kernel that understands their hashbangs, and the launcher that makes of them what service.yaml says. */
import type { LinuxKernel } from '../kernel/kernel.ts';
import { createLauncher, type Launcher, type Surveyor } from '../launch/launcher.ts';
import { createSee, seeingThrough } from './programs.ts';

export type LaunchingOptions = Readonly<{
  home: string | undefined;
  containerEnvironment: string;
  keepEnvironment: boolean;
  environment: readonly Buffer[];
  searchPath: string;
}>;

export function createLaunching(real: LinuxKernel, options: LaunchingOptions): { kernel: LinuxKernel; launcher: Launcher & Surveyor } {
  const through = createSee(options);
  const { home, containerEnvironment, searchPath } = options;
  const launcher = createLauncher({
    environment: () => options.environment, searchPath, home, containerEnvironment, through, withGivenLimit: (act) => real.withGivenLimit(act),
  });
  return { kernel: seeingThrough(real, through), launcher };
}
