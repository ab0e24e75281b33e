import type { IncomingMessage } from 'node:http';
import { Refusal } from './problem.ts';
import { BODY_LIMIT } from './protocol.ts';

/**
 * The body of a request as text. Rejects with a Refusal when it has more than BODY_LIMIT bytes or is not UTF-8, and
 * with the stream's error when the client goes before its end.
 *
 * A body that is too long is read on, and thrown away, up to a limit: closing a Unix socket with unread data makes the
 * client's next write fail (ECONNRESET), and many clients would then not look at the answer that says why.
 */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      if (length > PATIENCE) reject(tooLarge());
    });
    request.once('end', () => {
      if (length > BODY_LIMIT) {
        reject(tooLarge());
        return;
      }
      try {
        resolve(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
      } catch (error) {
        reject(new Refusal('bad-request', 'the body is not UTF-8; send JSON as UTF-8'));
      }
    });
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client went before the end of its request')));
  });
}

/** Bytes after which a body that is too long is not even thrown away any more. */
const PATIENCE = 16 * BODY_LIMIT;

const tooLarge = (): Refusal => new Refusal('body-too-large', `a body may have ${BODY_LIMIT} bytes; send less`);
