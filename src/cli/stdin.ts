import { constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';

/** Milliseconds without a byte after which nothing more is expected. */
export const PATIENCE = 2000;

/**
 * What an agent writes to its handler's standard input, as text, up to its end. Serf closes the pipe after the last
 * line, and always within milliseconds; but a handler that was started by hand inherits a terminal, and one that a
 * script started may inherit a pipe that stays open for ever: the first is not read, the second only as long as bytes come.
 */
export async function readInput(patience: number = PATIENCE): Promise<string> {
  const kind = fstatSync(0);
  if (kind.isFile()) return readFileSync(0, 'utf8');
  if (kind.isFIFO()) return readStream(reopened(), patience);
  if (kind.isSocket()) return readStream(0, patience);
  return '';
}

/**
 * A file description of our own for the same pipe (proc(5), /proc/PID/fd): node:net makes it non-blocking, and ours
 * alone is that, while whoever shares descriptor 0 keeps a blocking one.
 */
function reopened(): number {
  return openSync('/proc/self/fd/0', constants.O_RDONLY | constants.O_NONBLOCK);
}

function readStream(descriptor: number, patience: number): Promise<string> {
  return new Promise((resolve) => {
    const stream = new Socket({ fd: descriptor, readable: true, writable: false });
    const chunks: Buffer[] = [];
    const finish = (): void => {
      stream.destroy();
      resolve(Buffer.concat(chunks).toString());
    };
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.once('end', finish);
    stream.once('error', finish);
    stream.setTimeout(patience, finish);
  });
}
