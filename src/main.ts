/** The supervisor's program. The launchers start it as `init [CMD…]`, `supervise [DIR]` or `s6-svscan [DIR]`. */
import { runAnywhere } from './boot/anywhere.ts';
import { runContainer } from './boot/container.ts';
import { runScanDirectory } from './boot/svscan.ts';
import { hideStandardStreams } from './boot/streams.ts';
import { withoutRoom } from './boot/title.ts';

hideStandardStreams();
const [way, ...rest] = withoutRoom(process.argv.slice(2));
if (way === 'init') runContainer(rest);
else if (way === 's6-svscan') runScanDirectory(rest);
else runAnywhere(rest);
