/**
 * The supervisor's program. The launchers start it as `init [CMD…]`, `supervise [DIR]` or `s6-svscan [DIR]`; a supervisor that is about to become
 * this build asks it to `check-state FILE` first.
 */
import { runAnywhere } from './boot/anywhere.ts';
import { checkState } from './boot/check-state.ts';
import { runContainer } from './boot/container.ts';
import { runScanDirectory } from './boot/svscan.ts';
import { hideStandardStreams } from './boot/streams.ts';
import { withoutRoom } from './boot/title.ts';

hideStandardStreams();
const [way, ...rest] = withoutRoom(process.argv.slice(2));
if (way === 'init') runContainer(rest);
else if (way === 'check-state') checkState(rest[0]);
else if (way === 's6-svscan') runScanDirectory(rest);
else runAnywhere(rest);
