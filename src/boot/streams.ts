/**
 * Node opens 0, 1 and 2 as streams as soon as somebody reads process.stdout or the like, and makes a pipe that it opens
 * so non-blocking for everybody who shares it: services would get EAGAIN while they log (contract section 2). Libraries
 * read them while they are loaded, and node:net compares every socket that it destroys with process.stderr. So they are
 * taken away for the whole life of the supervisor, which writes to descriptors.
 */
export function hideStandardStreams(): void {
  for (const name of ['stdin', 'stdout', 'stderr'] as const) {
    Object.defineProperty(process, name, { configurable: true, enumerable: true, value: NOBODY });
  }
}

/** What is written to it is not for anybody: the log has a way of its own. */
const NOBODY = { isTTY: false, writable: false, write: () => true, on: () => undefined, once: () => undefined };
