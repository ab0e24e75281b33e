import { systemError } from './errno.ts';
import type { Successor } from './kernel.ts';
import type { Libc } from './libc.ts';
import type { DescriptorLimit } from './limits.ts';

/**
 * execve(2): another program in the same process, with the same pid and the same children. It gets 0, 1, 2, on which Node
 * has put a close-on-exec mark, and the soft descriptor limit that n6 was given. Returns only by throwing, and then
 * everything is as before. A start that is in flight would be cut in two: wait for its answer first.
 */
export function replaceProcess(libc: Libc, limit: DescriptorLimit, { program, arguments: words, environment, keep = [] }: Successor): never {
  const argv = libc.table(words);
  const variables = libc.table(environment);
  const passed = [0, 1, 2, ...keep];
  const marks = passed.map((descriptor) => libc.fcntl(descriptor, F_GETFD, 0));
  limit.lower();
  passed.forEach((descriptor) => libc.fcntl(descriptor, F_SETFD, 0));
  libc.execve(program, argv.pointers, variables.pointers);
  const code = libc.errno();
  passed.forEach((descriptor, index) => libc.fcntl(descriptor, F_SETFD, Math.max(0, marks[index]!)));
  limit.raise();
  throw systemError('execve', code, program);
}

const F_GETFD = 1;
const F_SETFD = 2;
