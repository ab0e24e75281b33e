/** The supervisor's program. The launchers in companions/launch start it as `init [CMD…]` or `supervise [DIR]`. */
import { runAnywhere } from './boot/anywhere.ts';
import { runContainer } from './boot/container.ts';
import { hideStandardStreams } from './boot/streams.ts';
import { withoutRoom } from './boot/title.ts';

hideStandardStreams();
const [way, ...rest] = withoutRoom(process.argv.slice(2));
if (way === 'init') runContainer(rest);
else runAnywhere(rest);
